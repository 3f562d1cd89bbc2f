"""Which extensions are served, and what a refusal is made of."""

import pytest

from curtsy.domain import agent, errors
from curtsy.domain.agent import is_served
from curtsy.domain.errors import Refusal


@pytest.mark.parametrize("version", ["0.1", "0.1.0", "0.1.9", "0.2.0", "1.0", "10.0.0-beta"])
def test_this_and_later_versions_are_served(version: str) -> None:
    assert is_served(version)


@pytest.mark.parametrize("version", ["", "0.0.9", "0", "one.two", "v0.1", "0.x"])
def test_older_and_unreadable_versions_are_not(version: str) -> None:
    assert not is_served(version)


REFUSALS: list[type[Refusal]] = [
    value
    for module in (errors, agent)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Refusal) and value is not Refusal
]


def test_no_two_refusals_share_a_code() -> None:
    assert len({refusal.code for refusal in REFUSALS}) == len(REFUSALS)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_its_sentence_unless_told_another(refusal: type[Refusal]) -> None:
    assert str(refusal()) == refusal.sentence
    assert str(refusal("Something else", retry_at=5)) == "Something else"
    assert refusal("x", state="queued").fields == {"state": "queued"}


@pytest.mark.parametrize("refusal", [one for one in REFUSALS if one.__module__ == errors.__name__])
def test_the_tree_of_refusals_is_drawn_whole(refusal: type[Refusal]) -> None:
    assert f" {refusal.__name__}" in (errors.__doc__ or "").replace("\n", " ")
