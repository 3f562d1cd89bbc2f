"""Stories of what a member allows: nothing without their yes, nobody else's yes, and no more than they wish."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from curtsy.service import teams
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.news import serving
from tests.harness.scene import Scene
from tests.harness.sky import urn_of


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
