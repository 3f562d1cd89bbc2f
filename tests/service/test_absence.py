"""A team may let an invitation that was twice not found be sent again: once more, and never a third time."""

from __future__ import annotations

import pytest

from tests.harness.agent import Work
from tests.harness.scene import Scene, set_scene
from tests.harness.sky import urn_of
from tests.service.restored import SENT
from tests.service.sights import doubtful, events, jump, looked, row, spent, started, state


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """A team that has the setting on."""
    scene.server.run(lambda store, _now: store.teams.set_absence_requeues(scene.house.team_id, True))
    return scene


def absent_twice(scene: Scene) -> str:
    """Two absences that count; the state after the second."""
    jump(scene, 165_000)
    assert looked(scene.agent, "absent").body["state"] == "unconfirmed"
    jump(scene, 30_000)
    return str(looked(scene.agent, "absent").body["state"])


def second_act(scene: Scene, first: Work) -> Work:
    """The task once more in hand, and started."""
    work = scene.agent.lease()
    assert work is not None
    assert (work.id, work.purpose) == (first.id, "act")
    assert work.lease != first.lease
    assert scene.agent.start(work).status == 200
    return work


def test_twice_absent_is_sent_once_more(scene: Scene) -> None:
    first = doubtful(scene, "absent-sent")
    assert absent_twice(scene) == "queued"
    assert (events(scene, first.id)[-1], row(scene, first.id).acts, spent(scene)) == ("requeued", 1, 1)
    assert scene.agent.turn() == "completed"
    assert len(scene.sky.to(urn_of("absent-sent"))) == 1
    assert (row(scene, first.id).acts, spent(scene)) == (2, 2)


def test_there_is_no_third_act(scene: Scene) -> None:
    first = doubtful(scene, "absent-thrice")
    absent_twice(scene)
    second = second_act(scene, first)
    scene.agent.finish(second, "unknown", {"acted": True})
    scene.agent.resume()
    assert absent_twice(scene) == "needs_review"
    assert (row(scene, first.id).acts, spent(scene)) == (2, 2)
    assert scene.agent.lease() is None


def test_the_second_act_has_its_own_165_seconds(scene: Scene) -> None:
    first = doubtful(scene, "absent-anew")
    absent_twice(scene)
    second = second_act(scene, first)
    assert row(scene, first.id).absent_at is None
    scene.agent.finish(second, "unknown", {"acted": True})
    assert looked(scene.agent, "absent").body["state"] == "unconfirmed"
    assert row(scene, first.id).absent_at is None
    scene.agent.resume()
    assert absent_twice(scene) == "needs_review"


def test_a_second_act_that_was_not_made_leaves_room_for_one(scene: Scene) -> None:
    first = doubtful(scene, "absent-not-attempted")
    absent_twice(scene)
    second = second_act(scene, first)
    assert scene.agent.finish(second, "not_attempted").body["state"] == "queued"
    assert (row(scene, first.id).acts, spent(scene)) == (1, 1)
    jump(scene, 60_000)
    assert scene.agent.turn() == "completed"


@pytest.mark.parametrize("relation", ["pending_out", "connected"])
def test_the_first_act_that_shows_late_is_found_before_the_second(scene: Scene, relation: str) -> None:
    first = doubtful(scene, f"absent-late-{relation}".replace("_", "-"))
    absent_twice(scene)
    work = scene.agent.lease()
    assert work is not None
    refused = scene.agent.start(work, relation=relation)
    assert (refused.status, refused.code) == (409, "not_connectable")
    assert state(scene, first.id) == "completed"
    assert scene.status(first.id)["evidence"]["inferred"] is True


def test_the_first_acts_late_answer_is_kept_and_starts_nothing(scene: Scene) -> None:
    first = doubtful(scene, "absent-answered")
    absent_twice(scene)
    scene.agent.finish(first, "sent", SENT)
    assert state(scene, first.id) == "queued"
    scene.sky.invite(urn_of("absent-answered"), None)
    assert scene.agent.turn() == "not_connectable"
    assert (state(scene, first.id), len(scene.sky.to(urn_of("absent-answered")))) == ("completed", 1)


def test_a_wish_to_cancel_stops_the_second_act(scene: Scene) -> None:
    first = started(scene, "absent-unwanted")
    cancel = scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": first.id})
    assert cancel.code == "in_flight"
    scene.agent.finish(first, "unknown", {"acted": True})
    assert absent_twice(scene) == "cancelled"
    assert scene.agent.lease() is None


def test_turned_off_again_it_asks_a_person(scene: Scene) -> None:
    doubtful(scene, "absent-off-again")
    scene.server.run(lambda store, _now: store.teams.set_absence_requeues(scene.house.team_id, False))
    assert absent_twice(scene) == "needs_review"


def test_the_setting_is_the_teams_own(scene: Scene) -> None:
    other = set_scene(scene.server, scene.sky, name=f"Other than {scene.house.team_id}")
    doubtful(other, "absent-elsewhere")
    assert absent_twice(other) == "needs_review"
    other.close()


@pytest.mark.parametrize(("ago", "equal"), [(None, None), (0, True), (0, False)])
def test_an_invitation_found_before_the_second_act_is_a_conclusion_unless_it_is_seen_to_be_ours(
    scene: Scene, ago: int | None, equal: bool | None
) -> None:
    first = doubtful(scene, f"absent-whose-{ago}-{equal}".lower())
    absent_twice(scene)
    work = scene.agent.lease()
    assert work is not None
    seen = {"before": "pending_out", "invitation_sent_ms_ago": ago, "message_equal": equal}
    scene.agent.finish(work, "already_pending", seen)
    shown = scene.status(first.id)
    assert shown["task_output"]["sent"] is (equal is not False)
    assert shown["evidence"].get("inferred", False) is (equal is None)
