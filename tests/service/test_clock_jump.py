"""A clock set by more than five minutes stops every act until a person confirms it; one set by less changes no wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from curtsy.service.review import confirm_clock
from curtsy.storage.database import open_database
from curtsy.storage.store import Store
from tests.harness import place
from tests.harness.clock import Clocks
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served
from tests.harness.sky import Sky, urn_of
from tests.service.restored import SENT
from tests.service.sights import DAY, HOUR, MINUTE, doubtful, events, jump, looked, row, spent, started, state

JUMPS = [HOUR, -HOUR, 5 * MINUTE + 1, -5 * MINUTE - 1, 3650 * DAY, -3650 * DAY]


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def scene(clocks: Clocks) -> Iterator[Scene]:
    """A server that has both clocks, as `serve` wires them."""
    with quick_folder() as folder:
        server = Served(place.fresh(folder), clocks.wall)
        server.database.close()
        server.database = open_database(server.address, clock=clocks.wall, steady=clocks.steady)
        server.start()
        made = set_scene(server, Sky(clocks.wall))
        try:
            yield made
        finally:
            made.close()
            server.close()


def doubted(scene: Scene) -> bool:
    """Whether the server doubts its clock."""
    return scene.server.run(lambda store, _now: store.house("clock_jumped")) is not None


@pytest.mark.parametrize("ms", JUMPS)
def test_nobody_acts_until_a_person_confirms(scene: Scene, clocks: Clocks, ms: int) -> None:
    assert scene.agent.ask().status == 200
    task = scene.invite("jump-a-person")
    clocks.wall.set_by(ms)
    assert (scene.agent.lease(), doubted(scene)) == (None, True)
    told = scene.agent.ask().body
    assert (told["reason"], told["ends_by"]) in (("clock", "admin"), ("nothing_due", None))
    assert scene.status(task)["blocked_by"] in ("clock", "agent_offline")
    clocks.pass_(HOUR)
    assert scene.agent.lease() is None
    assert scene.sky.to(urn_of("jump-a-person")) == []
    assert scene.server.run(confirm_clock) is True
    if ms < 30 * DAY:
        assert scene.agent.turn() == "completed"
    assert scene.server.run(confirm_clock) is False


@pytest.mark.parametrize("ms", [5 * MINUTE, -5 * MINUTE, 1, 0])
def test_a_little_is_no_jump(scene: Scene, clocks: Clocks, ms: int) -> None:
    scene.invite("jump-none")
    clocks.wall.set_by(ms)
    assert not doubted(scene)
    clocks.pass_(5 * MINUTE)
    assert scene.agent.turn() == "completed"


@pytest.mark.parametrize("ms", [2 * MINUTE, -2 * MINUTE, 5 * MINUTE, -5 * MINUTE])
def test_a_small_step_lets_no_absence_count_too_early(scene: Scene, clocks: Clocks, ms: int) -> None:
    doubt = doubtful(scene, "step-absent")
    clocks.wall.set_by(ms)
    clocks.pass_(160_000)
    looked(scene.agent, "absent")
    assert row(scene, doubt.id).absent_at is None
    clocks.pass_(10_000)
    looked(scene.agent, "absent")
    assert row(scene, doubt.id).absent_at is not None
    assert not doubted(scene)


@pytest.mark.parametrize("ms", [2 * MINUTE, -2 * MINUTE, 5 * MINUTE, -5 * MINUTE])
def test_a_small_step_makes_our_invitation_nobody_elses(scene: Scene, clocks: Clocks, ms: int) -> None:
    doubtful(scene, "step-pending")
    clocks.wall.set_by(ms)
    clocks.pass_(30_000)
    assert (
        looked(scene.agent, "pending", invitation_sent_ms_ago=30_000, message_equal=True).body["state"] == "completed"
    )


def test_a_machine_that_sleeps_makes_no_jump(scene: Scene, clocks: Clocks) -> None:
    scene.invite("jump-asleep")
    clocks.pass_(20 * HOUR)
    assert scene.agent.turn() == "completed"
    assert not doubted(scene)


def test_a_refused_call_right_after_the_jump_does_not_hide_it(scene: Scene, clocks: Clocks) -> None:
    clocks.wall.set_by(HOUR)
    jump(scene, 0)
    assert doubted(scene)
    scene.server.run(confirm_clock)
    clocks.wall.set_by(HOUR)
    for _ in range(3):
        assert scene.agent.pair("no-such-code").code == "unknown_code"
    assert doubted(scene)


def test_set_and_set_back_is_still_for_a_person_to_say(scene: Scene, clocks: Clocks) -> None:
    for ms in (HOUR, -HOUR):
        clocks.wall.set_by(ms)
        assert doubted(scene)


def test_what_was_leased_is_not_started_any_more(scene: Scene, clocks: Clocks) -> None:
    task = scene.invite("jump-leased")
    work = scene.agent.lease()
    assert work is not None
    clocks.wall.set_by(-HOUR)
    refused = scene.agent.start(work)
    assert (refused.code, refused.body["blocked_by"]) == ("not_now", "clock")
    assert (state(scene, task), row(scene, task).acts) == ("queued", 0)


@pytest.mark.parametrize("ms", [HOUR, -HOUR, -4 * MINUTE, 4 * MINUTE])
def test_what_is_left_of_the_time_to_act_is_not_changed_by_a_step_and_nothing_after_a_jump(
    scene: Scene, clocks: Clocks, ms: int
) -> None:
    work = started(scene, "jump-started")
    clocks.wall.set_by(ms)
    left = scene.agent.start(work).body["act_within_ms"]
    assert left == (15_000 if abs(ms) < HOUR else 0)
    scene.server.run(confirm_clock)
    assert scene.agent.start(work).body.get("act_within_ms", 0) <= 15_000


def test_reading_goes_on(scene: Scene, clocks: Clocks) -> None:
    clocks.wall.set_by(HOUR)
    assert doubted(scene)
    scene.invite("jump-not-this")
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "jump-reader"}).body["api_agent_task_id"]
    assert scene.agent.turn() == "completed"
    assert state(scene, read) == "completed"


@pytest.mark.parametrize("ms", [HOUR, -HOUR])
def test_whose_it_is_and_whether_it_is_absent_wait_for_a_clock_that_is_right(
    scene: Scene, clocks: Clocks, ms: int
) -> None:
    doubt = doubtful(scene, "jump-doubt")
    clocks.wall.set_by(ms)
    assert doubted(scene)
    clocks.pass_(abs(ms) + MINUTE)
    for seen in ("absent", "pending", "absent"):
        answer = looked(scene.agent, seen, invitation_sent_ms_ago=2 * MINUTE, message_equal=True)
        assert answer.body["state"] == "unconfirmed"
        clocks.pass_(HOUR)
    assert row(scene, doubt.id).absent_at is None
    scene.server.run(confirm_clock)
    done = looked(scene.agent, "pending", invitation_sent_ms_ago=0, message_equal=True)
    assert done.body["state"] == "completed"
    assert scene.status(doubt.id)["evidence"]["inferred"] is True


@pytest.mark.parametrize("ms", [HOUR, -HOUR])
def test_absence_counts_anew_from_the_confirmation(scene: Scene, clocks: Clocks, ms: int) -> None:
    doubt = doubtful(scene, "jump-absent")
    clocks.wall.set_by(ms)
    assert doubted(scene)
    scene.server.run(confirm_clock)
    assert looked(scene.agent, "absent").body["state"] == "unconfirmed"
    assert row(scene, doubt.id).absent_at is None
    clocks.pass_(165_000)
    looked(scene.agent, "absent")
    clocks.pass_(30_000)
    assert looked(scene.agent, "absent").body["state"] == "needs_review"
    assert events(scene, doubt.id)[-1] == "needs_review"


def test_connected_is_believed_whatever_the_clock_says(scene: Scene, clocks: Clocks) -> None:
    doubtful(scene, "jump-connected")
    clocks.wall.set_by(HOUR)
    assert looked(scene.agent, "connected").body["state"] == "completed"


def test_an_answer_of_an_act_under_way_is_taken(scene: Scene, clocks: Clocks) -> None:
    work = started(scene, "jump-under-way")
    clocks.wall.set_by(-HOUR)
    assert scene.agent.finish(work, "sent", SENT).body["state"] == "completed"


def test_a_clock_put_back_from_the_future_leaves_nobody_waiting_for_it(scene: Scene, clocks: Clocks) -> None:
    scene.invite("jump-acted")
    assert scene.agent.turn() == "completed"
    released = scene.invite("jump-released")
    work = scene.agent.lease()
    assert work is not None
    scene.agent.release(work)
    held = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "jump-held"}).body["api_agent_task_id"]
    assert scene.agent.lease() is not None
    clocks.wall.set_by(-9 * DAY)
    assert doubted(scene)
    scene.server.run(confirm_clock)
    assert spent(scene) == 1
    clocks.pass_(3 * MINUTE)
    jump(scene, 0)
    assert state(scene, held) == "queued"
    for _ in range(2):
        assert scene.agent.turn() == "completed", scene.agent.ask().body
    assert (state(scene, held), state(scene, released)) == ("completed", "completed")
    seen = scene.server.run(_seen, scene.agent.agent_id)
    assert 0 <= clocks.wall() - seen < HOUR


def _seen(store: Store, _now: int, agent_id: str) -> int:
    agent = store.agents.get(agent_id)
    assert agent is not None
    return agent.last_seen_at
