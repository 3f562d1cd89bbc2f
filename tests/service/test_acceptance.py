"""What becomes of invitations after they were sent: seen by a look now and then, told once, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.looks import HIDDEN, look, looks, pass_time, sent, told
from tests.service.sights import DAY, HOUR, MINUTE, events, jump, row


def test_who_accepts_is_told_with_the_task_and_the_time(scene: Scene) -> None:
    task = sent(scene)
    assert scene.status(task)["invitation"] == {"state": "pending", "accepted_at": None, "last_checked_at": None}
    jump(scene, 20 * MINUTE)
    scene.sky.accept(urn_of("ada"))
    assert look(scene) == "completed"
    (event,) = told(scene, task)
    assert event["type"] == "invitation.accepted"
    assert event["data"]["accepted_at"] < event["data"]["detected_at"] == event["timestamp"]
    state = scene.status(task)["invitation"]
    assert (state["state"], state["accepted_at"]) == ("accepted", event["data"]["accepted_at"])
    assert scene.status(task)["status"] == "completed"
    again = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "ada"}).body
    assert (again["api_agent_task_id"], again["deduplicated"]) == (task, True)


def test_what_still_waits_is_only_noted(scene: Scene) -> None:
    task = sent(scene)
    assert look(scene) == "completed"
    assert told(scene, task) == []
    state = scene.status(task)["invitation"]
    assert (state["state"], state["last_checked_at"] is not None) == ("pending", True)


def test_what_is_not_found_twice_is_gone_and_counts_as_a_no(scene: Scene) -> None:
    task = sent(scene)
    scene.sky.vanish(urn_of("ada"))
    assert look(scene) == "completed"
    assert scene.status(task)["invitation"]["state"] == "pending"
    assert look(scene, 2 * HOUR) == "completed"
    assert [one["type"] for one in told(scene, task)] == ["invitation.gone"]
    assert scene.status(task)["invitation"]["state"] == "gone"
    assert scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "ada"}).code == "cooling_down"
    jump(scene, 180 * DAY)
    scene.agent.ask()
    assert scene.invite("ada") != task


def test_what_shows_again_was_never_gone(scene: Scene) -> None:
    task = sent(scene)
    held = list(scene.sky.sent)
    scene.sky.vanish(urn_of("ada"))
    assert look(scene) == "completed"
    scene.sky.sent.extend(held)
    assert look(scene, 2 * HOUR) == "completed"
    scene.sky.vanish(urn_of("ada"))
    assert look(scene, 2 * HOUR) == "completed"
    assert told(scene, task) == []


def test_a_list_that_was_not_read_to_its_end_says_nothing_of_absence(scene: Scene) -> None:
    task = sent(scene)
    scene.sky.vanish(urn_of("ada"))
    scene.sky.complete = False
    for _ in range(3):
        assert look(scene, 2 * HOUR) == "completed"
    assert told(scene, task) == []
    assert scene.status(task)["invitation"]["state"] == "pending"


def test_two_looks_at_one_moment_are_one_absence(scene: Scene) -> None:
    task = sent(scene)
    scene.sky.vanish(urn_of("ada"))
    assert look(scene) == "completed"
    again = scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
    assert again is None
    scene.agent.ask()
    jump(scene, 0)
    assert scene.agent.turn() == "completed"
    assert told(scene, task) == []


def test_looks_are_nobodys_tasks_and_leave_nothing(scene: Scene) -> None:
    task = sent(scene)
    pass_time(scene, HOUR)
    assert looks(scene) == 1
    assert [one["id"] for one in scene.get("/v1/tasks").body["data"]] == [task]
    work = scene.agent.lease()
    assert work is not None
    assert work.kind == HIDDEN
    assert work.input["pending_ms_ago"] >= HOUR
    assert scene.get(f"/v1/tasks/{work.id}").code == "task_not_found"
    assert scene.agent.finish(work, "completed", {}, scene.sky.looked(work.input)).body["state"] == "completed"
    assert looks(scene) == 0
    assert not [one for one in scene.get("/v1/events").body["data"] if one["data"].get("task", {}).get("id") == work.id]
    assert scene.agent.finish(work, "completed", {}, scene.sky.looked(work.input)).code == "lease_lost"


def test_there_is_no_look_while_nothing_is_pending(scene: Scene) -> None:
    pass_time(scene, DAY)
    assert looks(scene) == 0
    sent(scene)
    scene.sky.accept(urn_of("ada"))
    assert look(scene) == "completed"
    for _ in range(5):
        pass_time(scene, DAY)
    assert looks(scene) == 0


def test_there_is_no_look_while_no_browser_is_online(scene: Scene) -> None:
    sent(scene)
    jump(scene, 2 * HOUR)
    assert looks(scene) == 0
    pass_time(scene, 10 * MINUTE)
    assert looks(scene) == 1


def test_a_look_that_nobody_takes_is_dropped(scene: Scene) -> None:
    sent(scene)
    scene.agent.kinds = None  # an older extension, which does not know it
    pass_time(scene, HOUR)
    assert looks(scene) == 1
    assert scene.agent.lease() is None
    jump(scene, HOUR + MINUTE)
    assert looks(scene) <= 1
    task = scene.invite("ben")
    assert scene.agent.turn() == "completed"
    assert row(scene, task).state == "completed"


def test_at_most_a_few_looks_an_hour(scene: Scene) -> None:
    sent(scene)
    done = 0
    for _ in range(24 * 4):
        pass_time(scene, 5 * MINUTE)
        done += scene.agent.turn() == "completed"
    assert 15 <= done <= 25


@pytest.mark.parametrize("outcome", ["challenge", "throttled", "restricted"])
def test_what_stops_every_read_stops_a_look(scene: Scene, outcome: str) -> None:
    sent(scene)
    pass_time(scene, HOUR)
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.finish(work, outcome, {}).body["state"] == "queued"
    reply = scene.agent.ask()
    assert (reply.body["task"], reply.body["reason"]) == (None, outcome)


@pytest.mark.parametrize(
    "output",
    [
        None, {}, [], "x", {"connected": [], "pending": [{"profile": "", "ms_ago": 1}], "complete": True},
        {"connected": [{"profile": "A", "ms_ago": -1}], "pending": [], "complete": True},
        {"connected": [], "pending": [], "complete": "yes"},
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_read_changes_nothing(scene: Scene, output: Any) -> None:
    task = sent(scene)
    pass_time(scene, HOUR)
    work = scene.agent.lease()
    assert work is not None
    said = scene.agent.finish(work, "completed", {}, output)
    assert (said.status, said.code) == (400, "invalid_field")
    assert told(scene, task) == []
    assert scene.agent.finish(work, "completed", {}, scene.sky.looked(work.input)).body["state"] == "completed"


def test_what_the_member_sent_by_hand_is_seen_and_is_no_task(scene: Scene) -> None:
    sent(scene)
    scene.sky.invite(urn_of("by-hand"), None)
    assert look(scene) == "completed"
    account = str(scene.agent.account)
    found = scene.server.run(lambda store, now: store.invitations.hand_made(account, now - DAY))
    assert [profile for profile, _ in found] == [urn_of("by-hand").removeprefix("urn:li:fsd_profile:")]
    assert len(scene.get("/v1/tasks").body["data"]) == 1


def test_events_of_an_acceptance_come_after_those_of_the_task(scene: Scene) -> None:
    task = sent(scene)
    scene.sky.accept(urn_of("ada"))
    assert look(scene) == "completed"
    assert events(scene, task) == ["created", "leased", "started", "completed", "invitation.accepted"]
