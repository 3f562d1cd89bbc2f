"""Stories of what comes after an invitation was sent: the looks, and the world of tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from curtsy.service import access
from curtsy.service.upkeep import upkeep
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.news import serving
from tests.harness.scene import Scene
from tests.harness.sky import urn_of

HOUR = 3_600_000


@contextlib.contextmanager
def sent(t: Town) -> Iterator[tuple[Scene, str]]:
    """An invitation that was sent."""
    with serving(t, Limits()) as (scene, _server):
        task = scene.invite("ada")
        assert scene.agent.turn() == "completed"
        yield scene, task


def look(scene: Scene) -> None:
    """The browser looks at what became of invitations, now."""
    scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
    scene.agent.ask()
    scene.server.run(upkeep)
    assert scene.agent.turn() == "completed"


def becomes(scene: Scene, task: str) -> str:
    return str(scene.status(task)["invitation"]["state"])


def a_list_that_broke_off_says_nothing_of_absence(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.vanish(urn_of("ada"))
        scene.sky.complete = False
        for _ in range(3):
            t.clock.jump(HOUR)
            look(scene)
        assert becomes(scene, task) == "pending"


def gone_is_seen_twice_and_apart(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.vanish(urn_of("ada"))
        look(scene)
        look(scene)
        assert becomes(scene, task) == "pending"


def gone_frees_the_person(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.vanish(urn_of("ada"))
        look(scene)
        t.clock.jump(HOUR)
        look(scene)
        assert scene.invite("ada") != task


def an_older_browser_is_not_given_what_it_cannot_do(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.post("/linkedin-agent/fetch-connections", {})
        scene.agent.kinds = None
        assert scene.agent.lease() is None


def tests_and_earnest_never_meet(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        key = scene.server.run(access.create_key, scene.house.team_id, test=True).secret
        made = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "ada"}, key).body
        status = scene.get("/linkedin-agent/get-task-status", api_agent_task_id=made["api_agent_task_id"])
        assert status.code == "task_not_found"
        assert scene.agent.lease() is None
