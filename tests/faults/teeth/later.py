"""Stories of what comes after an invitation was sent: the looks, and the world of tests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from curtsy.domain.task import Kind
from curtsy.service import access
from curtsy.service.upkeep import upkeep
from curtsy.storage.store import CLOCK_JUMPED, Store
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.news import serving
from tests.harness.scene import Scene
from tests.harness.sky import urn_of

HOUR = 3_600_000
WITHDRAW = "/linkedin-agent/withdraw-connection-request"


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


def a_list_says_nothing_while_the_clock_is_in_doubt(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.vanish(urn_of("ada"))
        scene.server.run(lambda store, now: store.set_house(CLOCK_JUMPED, str(now)))
        for _ in range(2):
            t.clock.jump(HOUR)
            look(scene)
        assert becomes(scene, task) == "pending"


def what_was_not_read_back_to_is_not_missed(t: Town) -> None:
    with sent(t) as (scene, _task):
        t.clock.jump(3 * HOUR)
        look(scene)
        scene.sky.vanish(urn_of("ada"))
        # A look that reads what is new, whatever the hour.
        scene.server.run(_ask_for_what_is_new)
        assert scene.agent.turn() == "completed"
        [followed] = scene.server.run(lambda store, _now: store.invitations.pending(scene.house.admin.id))
        assert followed.missed_at is None


def _ask_for_what_is_new(store: Store, now: int) -> None:
    member_id, team_id = store.invitations.due(now + 400 * HOUR, 1)[0]
    question = {"connected_since": now - HOUR, "pending_since": now - HOUR, "missing": []}
    store.tasks.add([
        {"id": store.new_id(), "team_id": team_id, "member_id": member_id, "kind": Kind.CHECK_INVITATIONS,
         "profile_key": "", "profile_urn": None, "profile_slug": None, "note": None, "now": now, "not_before": now,
         "expires_at": now + HOUR, "metadata": None, "note_wish": "require", "question": json.dumps(question)}
    ])  # fmt: skip


def gone_is_in_the_relationship_too(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.relations[urn_of("ada")] = "unknown"
        scene.sky.vanish(urn_of("ada"))
        for _ in range(3):
            t.clock.jump(HOUR)
            look(scene)
        assert becomes(scene, task) == "pending"


def another_accounts_lists_say_nothing(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.agent = scene.browser(account=urn_of("another-account"))
        scene.sky.vanish(urn_of("ada"))
        scene.invite("ben")
        assert scene.agent.turn() == "completed"
        for _ in range(3):
            t.clock.jump(HOUR)
            look(scene)
        assert becomes(scene, task) == "pending"


def what_is_being_taken_back_is_not_gone(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.vanish(urn_of("ada"))
        t.clock.jump(HOUR)
        look(scene)
        t.clock.jump(HOUR)
        scene.agent.ask()
        scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
        scene.server.run(upkeep)
        scene.post(WITHDRAW, {"api_agent_task_id": task})
        assert scene.agent.turn() == "completed"
        assert becomes(scene, task) == "pending"


def who_accepts_at_once_is_seen(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.accept(urn_of("ada"))
        scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
        scene.agent.ask()
        scene.server.run(upkeep)
        work = scene.agent.lease()
        assert work is not None
        t.clock.jump(20_000)  # the lists are read
        scene.agent.finish(work, "completed", {}, scene.sky.looked(work.input))
        assert becomes(scene, task) == "accepted"


def a_look_for_nothing_is_not_made_again_at_once(t: Town) -> None:
    with sent(t) as (scene, _task):
        scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
        scene.agent.ask()
        scene.server.run(upkeep)
        work = scene.agent.lease()
        assert work is not None
        assert scene.agent.finish(work, "not_attempted", {"http_status": 500}).body["state"] == "queued"
        t.clock.jump(60_000)
        assert scene.agent.lease() is None


def gone_frees_the_person_in_time(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.sky.vanish(urn_of("ada"))
        look(scene)
        t.clock.jump(HOUR)
        look(scene)
        t.clock.jump(181 * 24 * HOUR)
        scene.agent.ask()
        assert scene.invite(urn_of("ada")) != task


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
