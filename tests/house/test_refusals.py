"""Every refusal has a code of its own, a sentence, a status, and a row in the documents."""

import importlib
import pkgutil
import re
from collections import Counter

import curtsy.domain
from curtsy.domain.errors import Refusal
from curtsy.web.problems import STATUS
from tests.house.test_outcomes import untold
from tests.house.tree import read


def below(refusal: type[Refusal]) -> set[type[Refusal]]:
    """Returns every class that comes from a refusal."""
    return {found for child in refusal.__subclasses__() for found in {child, *below(child)}}


def refusals() -> list[type[Refusal]]:
    """Returns every refusal of the domain that has a code of its own, by code."""
    for module in pkgutil.iter_modules(curtsy.domain.__path__):
        importlib.import_module(f"curtsy.domain.{module.name}")
    ours = {refusal for refusal in below(Refusal) if refusal.__module__.startswith("curtsy.domain.")}
    return sorted((refusal for refusal in ours if "code" in vars(refusal)), key=lambda refusal: refusal.code)


def twice(codes: list[str]) -> list[str]:
    """Returns the codes that more than one refusal claims."""
    return [code for code, count in Counter(codes).items() if count > 1]


def test_there_are_refusals() -> None:
    assert len(refusals()) > 10


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [refusal.code for refusal in refusals()]
    assert twice(codes) == []
    assert [code for code in codes if not re.fullmatch(r"[a-z][a-z0-9_]*", code)] == []


def test_every_refusal_has_a_status() -> None:
    assert [refusal.code for refusal in refusals() if refusal not in STATUS] == []
    assert [status for status in STATUS.values() if not 400 <= status < 600] == []


def test_every_refusal_is_documented() -> None:
    assert untold([refusal.code for refusal in refusals()], read("docs/errors.md")) == []


def test_a_code_claimed_twice_is_found() -> None:
    assert twice(["no_admin", "in_flight", "no_admin"]) == ["no_admin"]
