"""What a member allows, on their own page: nobody else sets it, and an admin is told that it rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.member import Member
from curtsy.domain.pace import Pace
from curtsy.service import consent
from tests.pages.visitor import Premises, premises, said


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Premises]:
    with premises(tmp_path) as opened:
        yield opened


def now(here: Premises, member: Member) -> Member:
    return here.server.run(consent.allowed, member.id)


def test_a_member_says_what_they_allow(here: Premises) -> None:
    bob = here.house.member("bob@example.com")
    with here.visitor(bob) as visitor:
        page = visitor.press("/members", f"/members/{bob.id}/consent", first="ask", day="3", week="")
        assert "It holds from now on" in said(page)
        assert "You are asked before each invitation" in said(page)
        assert "You allow less, and that rules: 3 a day, 200 a week" in said(page)
        assert (now(here, bob).approve_first, now(here, bob).own_day, now(here, bob).own_week) == (1, 3, None)
        visitor.press("/members", f"/members/{bob.id}/consent", first="go", day="", week="")
        assert now(here, bob).pace == Pace(50, 200, 0, 0)


@pytest.mark.parametrize("typed", ["0", "51", "many"])
def test_a_ceiling_that_cannot_be_is_told_at_the_form(here: Premises, typed: str) -> None:
    ada = here.house.admin
    with here.visitor(ada) as visitor:
        page = visitor.press("/members", f"/members/{ada.id}/consent", first="ask", day=typed, week="")
        assert page.status_code == 400
        assert "A pace has a day of 1 to 50" in said(page)
    assert now(here, ada) == ada


def test_an_admin_says_nothing_for_a_member_and_is_told_what_rules(here: Premises) -> None:
    bob = here.house.member("bob@example.com")
    here.server.run(consent.allow, bob.id, {"approve_first": True, "own_day": 2})
    with here.visitor(here.house.admin) as visitor:
        shown = said(visitor.open("/members"))
        assert "bob allows less, and that rules: 2 a day, 200 a week" in shown
        assert "bob is asked before each invitation" in shown
        token = visitor.token("/members", f"/members/{bob.id}/pace")
        assert visitor.send(f"/members/{bob.id}/consent", token=token, first="go").status_code == 403
        visitor.press("/members", f"/members/{bob.id}/pace", day="40", week="100", **{"from": "0", "to": "0"})
    assert (now(here, bob).day, now(here, bob).pace.day, now(here, bob).approve_first) == (40, 2, 1)
