"""What a member allows, on their own page: nobody else sets it, and an admin is told that it rules."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.member import Cause, Member, Role
from curtsy.domain.pace import Pace
from curtsy.service import access, consent, pauses
from curtsy.service.upkeep import tidy
from tests.pages.visitor import Premises, Visitor, premises, said

HOUR = 3_600_000


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


@contextlib.contextmanager
def by_a_link_of(here: Premises, maker: Visitor, member: Member) -> Iterator[Visitor]:
    """Somebody at the pages who came in by a link that was made on a page."""
    shown = maker.press("/members", f"/members/{member.id}/sign-in-link")
    link = re.search(r"/sign-in/([\w-]{43})", shown.text)
    assert link
    with here.visitor() as visitor:
        visitor.sign_in(link[1])
        yield visitor


def press(visitor: Visitor, member: Member, first: str, day: str, week: str) -> int:
    """Say what is allowed; the status of the answer."""
    return visitor.press("/members", f"/members/{member.id}/consent", first=first, day=day, week=week).status_code


def test_somebody_elses_link_lets_look_and_tighten_and_no_more(here: Premises) -> None:
    bob = here.house.member("bob@example.com")
    here.server.run(consent.allow, bob.id, {"approve_first": True, "own_day": 5})
    here.server.run(pauses.pause, bob.team_id, bob.id, Cause.CHALLENGE)
    with here.visitor(here.house.admin) as ada, by_a_link_of(here, ada, bob) as visitor:
        for looser in (("go", "5", ""), ("ask", "6", ""), ("ask", "", "")):
            assert press(visitor, bob, *looser) == 403
        assert (now(here, bob).approve_first, now(here, bob).own_day, now(here, bob).own_week) == (1, 5, None)
        assert press(visitor, bob, "ask", "4", "9") == 200
        assert (now(here, bob).own_day, now(here, bob).own_week) == (4, 9)
        page = visitor.open("/members")
        assert f"/members/{bob.id}/resume" not in page.text
        assert "Resume it in Curtsy's popup" in said(page)
        token = visitor.token("/members", f"/members/{bob.id}/consent")
        refused = visitor.send(f"/members/{bob.id}/resume", token=token)
        assert (refused.status_code, "Curtsy's popup in the paired browser" in said(refused)) == (403, True)
    assert [pause.cause for pause in here.server.run(lambda store, at: store.teams.pauses(bob.id, at))] == ["challenge"]


def test_ones_own_link_and_the_servers_say_all(here: Premises) -> None:
    ada = here.house.admin
    with here.visitor(ada) as by_the_servers, by_a_link_of(here, by_the_servers, ada) as by_her_own:
        for visitor in (by_the_servers, by_her_own):
            here.server.run(consent.allow, ada.id, {"approve_first": True})
            assert press(visitor, ada, "go", "", "") == 200
            assert now(here, ada).approve_first == 0


def test_a_link_made_in_such_a_session_is_somebody_elses_too(here: Premises) -> None:
    bob = here.house.member("bob@example.com", Role.ADMIN)
    here.server.run(consent.allow, bob.id, {"approve_first": True})
    with (
        here.visitor(here.house.admin) as ada,
        by_a_link_of(here, ada, bob) as lent,
        by_a_link_of(here, lent, bob) as again,
    ):
        assert press(again, bob, "go", "", "") == 403


def test_a_member_sees_for_a_month_who_made_links_for_them(here: Premises) -> None:
    bob = here.house.member("bob@example.com")
    with here.visitor(bob) as own, here.visitor(here.house.admin) as ada:
        assert "links that others made" not in said(own.open("/members"))
        with by_a_link_of(here, ada, bob):
            shown = said(own.open("/members"))
        assert "Sign-in links that others made for you: 1" in shown
        assert "ada, just now , used just now" in shown
        assert "links that others made for bob: 1" in said(ada.open("/members"))
        for later, seen in ((access.SIGN_IN_MS + HOUR, 1), (access.SIGN_IN_MS + access.LENT_SHOWN_MS, 0)):
            here.server.run(lambda store, at, ahead: tidy(store, at + ahead), later)
            assert len(here.server.run(access.lent_links, bob.id)) == seen
