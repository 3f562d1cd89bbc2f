"""Stories of what a member allows: nothing without their yes, nobody else's yes, and no more than they wish."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from curtsy.domain.member import Cause, Role
from curtsy.service import access, consent, pauses, teams
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.news import serving
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.pages.visitor import Visitor


@contextlib.contextmanager
def asked_first(t: Town, **said: object) -> Iterator[Scene]:
    """A member who wishes to be asked before each invitation."""
    with serving(t, Limits()) as (scene, _server):
        assert scene.agent.call("/agent/consent", {"approve_first": True, **said}).status == 200
        yield scene


def no_start_without_a_yes(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.invite("ada")
        work = scene.agent.lease()
        assert work is not None
        scene.agent.call("/agent/consent", {"approve_first": True})
        assert scene.agent.start(work).code == "not_now"


def what_waits_for_a_yes_is_given_to_no_browser(t: Town) -> None:
    with asked_first(t) as scene:
        scene.agent.kinds = ["send_connection_request"]
        scene.invite("ada")
        assert scene.agent.lease() is None


def nobody_says_yes_for_another(t: Town) -> None:
    with asked_first(t) as scene:
        task = scene.invite("ada")
        bob = scene.browser(scene.house.code(scene.house.member("bob@example.com")), account=urn_of("bob"))
        assert bob.call(f"/agent/approvals/{task}", {"approve": True}).code == "task_not_found"
        assert scene.status(task)["blocked_by"] == "awaiting_approval"


def the_members_own_pace_rules(t: Town) -> None:
    with asked_first(t, approve_first=False, day=1) as scene:
        scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, 50, 200, (0, 0))
        scene.invite("ada")
        scene.invite("ben")
        assert [scene.agent.turn(), scene.agent.turn()] == ["completed", None]


@contextlib.contextmanager
def at_the_pages(scene: Scene, link: str) -> Iterator[Visitor]:
    """Somebody who came in by a link."""
    visitor = Visitor(scene.url)
    try:
        visitor.sign_in(link)
        yield visitor
    finally:
        visitor.window.close()


@contextlib.contextmanager
def lent(scene: Scene) -> Iterator[Visitor]:
    """Another admin, who came in as the member by a link of their own making."""
    bob = scene.house.member("bob@example.com", Role.ADMIN)
    link = scene.server.run(access.sign_in_link, scene.house.admin.id, made_by=bob.id)
    with at_the_pages(scene, link) as visitor:
        yield visitor


def stays_asked(scene: Scene, visitor: Visitor) -> None:
    """The visitor ends the asking, and does not succeed."""
    ada = scene.house.admin.id
    visitor.press("/members", f"/members/{ada}/consent", first="go", day="", week="")
    assert scene.server.run(consent.allowed, ada).approve_first == 1


def somebody_elses_link_allows_nothing_more(t: Town) -> None:
    with asked_first(t) as scene, lent(scene) as visitor:
        stays_asked(scene, visitor)


def a_link_out_of_such_a_session_allows_nothing_more(t: Town) -> None:
    with asked_first(t) as scene, lent(scene) as visitor:
        shown = visitor.press("/members", f"/members/{scene.house.admin.id}/sign-in-link")
        link = re.search(r"/sign-in/([\w-]{43})", shown.text)
        assert link
        with at_the_pages(scene, link[1]) as again:
            stays_asked(scene, again)


def somebody_elses_link_resumes_nothing(t: Town) -> None:
    with asked_first(t) as scene, lent(scene) as visitor:
        ada = scene.house.admin
        scene.server.run(pauses.pause, ada.team_id, ada.id, Cause.CHALLENGE)
        token = visitor.token("/members", f"/members/{ada.id}/consent")
        visitor.send(f"/members/{ada.id}/resume", token=token)
        assert scene.agent.ask().body["reason"] == "challenge"
