"""What a member allows is said in the same words wherever a browser can be connected, and its numbers are the law's."""

import re

from curtsy.domain import pace
from curtsy.domain.member import DAY_MS
from curtsy.service.acceptance import BY_HAND_KEPT_MS
from curtsy.web.pages.terms import TERMS
from tests.house.tree import read


def extensions(text: str) -> list[str]:
    """The points as the extension has them."""
    listed = text.split("const POINTS = [", 1)[1].split("];", 1)[0]
    return re.findall(r'^ *"(.*)",$', listed, re.MULTILINE)


def documents(text: str) -> list[str]:
    """The points as the document on pairing has them."""
    part = text.split("## What you allow\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^- (.*)$", part, re.MULTILINE)


def test_the_extension_says_it_in_the_servers_words() -> None:
    assert extensions(read("extension/src/terms.ts")) == list(TERMS)


def test_the_document_says_it_in_the_servers_words() -> None:
    assert documents(read("docs/pairing.md")) == list(TERMS)


def test_the_page_has_no_terms_of_its_own() -> None:
    assert "{% for point in terms %}<li>{{ point }}</li>" in read("src/curtsy/web/templates/connect.html")


def test_the_numbers_are_those_that_hold() -> None:
    said = " ".join(TERMS)
    for numbers in (
        f"{pace.PROFILE_READS} a day (your team can make it {pace.PROFILE_READS_CEILING})",
        f"{pace.CONNECTION_READS} a day ({pace.CONNECTION_READS_CEILING})", f"{BY_HAND_KEPT_MS // DAY_MS} days",
        f"{pace.DAY_CEILING} invitations a day and {pace.WEEK_CEILING} a week",
    ):  # fmt: skip
        assert numbers in said
