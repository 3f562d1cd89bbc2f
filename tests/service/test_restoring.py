"""After a restore nothing open is believed, nobody works without handing in a journal, and no act is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import served
from tests.harness.sky import Sky, urn_of
from tests.service.restored import SENT, entry, hand_in, restore
from tests.service.sights import (
    HOUR,
    doubtful,
    events,
    evidence,
    jump,
    leased,
    looked,
    row,
    spent,
    started,
    state,
)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A server of its own: a restore is felt by everybody on it."""
    with quick_folder() as folder, served(folder, stands=True) as server:
        made = set_scene(server, Sky(server.clock))
        try:
            yield made
        finally:
            made.close()


def test_every_open_invitation_is_in_doubt_and_nothing_else_changes(scene: Scene) -> None:
    done = scene.invite("was-sent")
    assert scene.agent.turn() == "completed"
    reviewed = doubtful(scene, "was-reviewed").id
    jump(scene, 165_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    looked(scene.agent, "absent")
    gone = scene.invite("was-cancelled")
    scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": gone})
    waiting = scene.invite("was-waiting")
    settled = {task: row(scene, task) for task in (done, reviewed, gone)}
    assert restore(scene) == 1
    assert {task: row(scene, task) for task in (done, reviewed, gone)} == settled
    assert (state(scene, waiting), events(scene, waiting)[-1]) == ("unconfirmed", "unconfirmed")
    assert scene.status(waiting)["status"] == "processing"
    assert scene.invite("was-waiting") == waiting


@pytest.mark.parametrize("how", ["queued", "leased", "started", "unconfirmed"])
def test_whatever_it_was_it_is_looked_at_first(scene: Scene, how: str) -> None:
    lease = ""
    if how == "queued":
        task = scene.invite("a-person")
    else:
        work = {"leased": leased, "started": started, "unconfirmed": doubtful}[how](scene, "a-person")
        task, lease = work.id, work.lease
    assert restore(scene) == 1
    refused = scene.agent.ask()
    assert (refused.status, refused.code) == (409, "journal_required")
    assert refused.body["incarnation"] > 1
    hand_in(scene.agent)
    look = scene.agent.lease()
    assert look is not None
    assert (look.id, look.purpose) == (task, "verify")
    assert look.lease != lease
    assert row(scene, task).acts == 1


def test_a_read_in_hand_waits_again(scene: Scene) -> None:
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "a-reader"}).body["api_agent_task_id"]
    assert scene.agent.lease() is not None
    assert restore(scene) == 0
    assert (state(scene, read), events(scene, read)[-1]) == ("queued", "requeued")
    hand_in(scene.agent)
    assert scene.agent.turn() == "completed"


def test_old_leases_mean_nothing(scene: Scene) -> None:
    before = leased(scene, "leased-before")
    restore(scene)
    assert scene.agent.start(before).code == "lease_lost"
    assert scene.agent.release(before).code == "lease_lost"
    assert scene.agent.finish(before, "already_connected", {"before": "connected"}).code == "lease_lost"
    assert state(scene, before.id) == "unconfirmed"


def test_the_act_of_an_old_start_is_not_taken_for_undone(scene: Scene) -> None:
    before = started(scene, "started-before")
    restore(scene)
    assert scene.agent.start(before).code == "lease_lost"
    assert scene.agent.finish(before, "not_attempted").code == "lease_lost"
    assert (state(scene, before.id), row(scene, before.id).acts) == ("unconfirmed", 1)
    assert evidence(scene, before.id)[-1]["outcome"] == "not_attempted"


def test_a_restored_backup_can_be_restored_again(scene: Scene) -> None:
    restore(scene)
    hand_in(scene.agent)
    first = scene.agent.incarnation
    assert scene.agent.ask().status == 200
    scene.server.run(lambda store, _now: store.set_house("incarnation", None))  # the same old backup once more
    jump(scene, 1000)
    restore(scene)
    refused = scene.agent.ask()
    assert refused.code == "journal_required"
    assert refused.body["incarnation"] > first


def test_what_linkedin_answered_is_believed_from_the_journal(scene: Scene) -> None:
    task = scene.invite("sent-after-backup")
    restore(scene)
    for _ in range(2):  # an answer that was lost: the journal is sent again
        hand_in(scene.agent, entry(task, "a-lease-nobody-knows", "answered", SENT))
    shown = scene.status(task)
    assert shown["task_output"] == {"sent": True, "invitation_urn": SENT["invitation_urn"]}
    assert shown["evidence"]["source"] == "journal"
    assert (events(scene, task)[-1], spent(scene)) == ("completed", 1)
    assert scene.agent.lease() is None


@pytest.mark.parametrize(
    "told",
    [
        {"acted": True, "http_status": 400, "invitation_urn": "urn:li:fsd_invitation:1", "after": "pending_out"},
        {"acted": False, "http_status": 200, "invitation_urn": "urn:li:fsd_invitation:1", "after": "pending_out"},
        {"acted": True, "http_status": 200},
        None,
    ],
)
def test_what_was_only_read_back_is_looked_at(scene: Scene, told: dict[str, object] | None) -> None:
    task = scene.invite("read-back")
    restore(scene)
    hand_in(scene.agent, entry(task, "unknown-lease", "answered", told))
    assert state(scene, task) == "unconfirmed"
    done = looked(scene.agent, "pending", invitation_sent_ms_ago=0, message_equal=True)
    assert done.body["state"] == "completed"


def test_a_lease_the_backup_knows_is_reported_by_its_agent(scene: Scene) -> None:
    work = leased(scene, "leased-then-sent")
    restore(scene)
    hand_in(scene.agent, entry(work.id, work.lease, "acting"))
    assert spent(scene) == 1
    late = scene.agent.finish(work, "sent", SENT)
    assert (late.status, late.body["state"]) == (200, "completed")


def test_nobody_speaks_for_anothers_lease(scene: Scene) -> None:
    work = leased(scene, "in-anothers-hand")
    other = scene.browser()
    restore(scene)
    hand_in(other, entry(work.id, work.lease, "answered", SENT))
    assert state(scene, work.id) == "unconfirmed"
    assert row(scene, work.id).act_agent is None


def test_another_team_hears_of_nothing(scene: Scene) -> None:
    task = scene.invite("team-secret")
    stranger = set_scene(scene.server, scene.sky, name="Other")
    restore(scene)
    hand_in(stranger.agent, entry(task, "my-lease", "answered", SENT))
    assert state(scene, task) == "unconfirmed"
    assert evidence(scene, task) == []
    stranger.close()


def test_looks_and_reads_are_no_acts(scene: Scene) -> None:
    task = scene.invite("looked-at")
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "a-reader"}).body["api_agent_task_id"]
    restore(scene)
    seen = {"acted": False, "after": "pending_out", "http_status": 200}
    hand_in(scene.agent, entry(task, "a-look", "answered", seen), entry(read, "a-read", "answered"))
    assert (spent(scene), row(scene, task).act_agent) == (0, None)


@pytest.mark.parametrize("said", [None, {"http_status": 200}, {"acted": True}])
def test_what_does_not_say_that_it_was_no_act_counts_as_one(scene: Scene, said: dict[str, object] | None) -> None:
    task = scene.invite("perhaps-acted")
    restore(scene)
    hand_in(scene.agent, entry(task, "some-lease", "answered", said))
    assert (spent(scene), row(scene, task).act_agent) == (1, scene.agent.agent_id)


def test_acts_made_after_the_backup_spend_the_members_pace(scene: Scene) -> None:
    restore(scene)
    forgotten = [entry(f"task-{n}", f"lease-{n}", "answered", SENT) for n in range(50)]
    hand_in(scene.agent, *forgotten)
    hand_in(scene.agent, *forgotten)
    assert spent(scene) == 50
    scene.invite("one-too-many")
    assert scene.agent.ask().body["reason"] == "day_limit"


def test_the_browser_that_acted_is_the_one_whose_absence_counts(scene: Scene) -> None:
    task, other = scene.invite("acted-by-one"), scene.browser()
    restore(scene)
    hand_in(scene.agent, entry(task, "unknown-lease", "acting"))
    hand_in(other)
    jump(scene, 165_000)
    assert looked(other, "absent").body["state"] == "unconfirmed"
    assert row(scene, task).absent_at is None
    looked(scene.agent, "absent")
    assert row(scene, task).absent_at is not None


def test_an_absence_counts_from_165_seconds_after_the_restore(scene: Scene) -> None:
    task = scene.invite("old-task")
    jump(scene, 5 * HOUR)
    restore(scene)
    hand_in(scene.agent)
    assert looked(scene.agent, "absent").body["state"] == "unconfirmed"
    assert row(scene, task).absent_at is None
    jump(scene, 165_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    assert looked(scene.agent, "absent").body["state"] == "needs_review"
    assert scene.sky.to(urn_of("old-task")) == []


def test_nobody_acts_until_what_was_sent_before_the_restore_must_show(scene: Scene) -> None:
    restore(scene)
    hand_in(scene.agent)
    task = scene.invite("asked-again")
    said = scene.agent.ask().body
    assert (said["task"], said["reason"]) == (None, "pacing")
    waits = scene.status(task)
    assert waits["blocked_by"] == "pacing"
    assert datetime.fromisoformat(waits["estimated_at"]).timestamp() * 1000 == scene.sky.clock() + 165_000
    jump(scene, 164_999)
    assert scene.agent.lease() is None
    jump(scene, 1)
    assert scene.agent.lease() is not None
    jump(scene, 200)
    assert scene.agent.turn() == "completed"


def test_a_start_that_rests_on_a_read_of_that_time_is_refused(scene: Scene) -> None:
    restore(scene)
    hand_in(scene.agent)
    jump(scene, 165_000)
    work = leased(scene, "read-too-early")
    jump(scene, 30_000)
    refused = scene.agent.start(work, read_ms_ago=30_001)
    assert (refused.code, refused.body["blocked_by"], refused.body["retry_in_ms"]) == ("not_now", "pacing", 0)
    assert (state(scene, work.id), row(scene, work.id).acts) == ("queued", 0)
    again = scene.agent.lease()
    assert again is not None
    assert scene.agent.start(again, read_ms_ago=30_000).status == 200


def test_reading_goes_on_meanwhile(scene: Scene) -> None:
    restore(scene)
    hand_in(scene.agent)
    scene.invite("asked-again")
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "a-reader"}).body["api_agent_task_id"]
    assert scene.agent.turn() == "completed"
    assert state(scene, read) == "completed"


def test_two_acts_after_the_backup_leave_no_third(scene: Scene) -> None:
    scene.server.run(lambda store, _now: store.teams.set_absence_requeues(scene.house.team_id, True))
    task = scene.invite("tried-twice")
    restore(scene)
    hand_in(scene.agent, entry(task, "second-lease", "answered", None), entry(task, "first-lease", "answered", None))
    assert (row(scene, task).acts, row(scene, task).act_lease) == (2, "second-lease")
    jump(scene, 165_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    assert looked(scene.agent, "absent").body["state"] == "needs_review"


def test_what_no_browser_comes_back_for_a_person_settles(scene: Scene) -> None:
    task = scene.invite("nobody-back")
    jump(scene, 80 * HOUR)
    restore(scene)
    jump(scene, 72 * HOUR - 1)
    assert state(scene, task) == "unconfirmed"
    jump(scene, 1)
    assert (state(scene, task), events(scene, task)[-1]) == ("needs_review", "needs_review")


@pytest.mark.parametrize("phase", ["", "begun", None, 7])
def test_a_journal_of_another_shape_is_refused(scene: Scene, phase: object) -> None:
    said = {"incarnation": 1, "entries": [{"task_id": "x", "lease": "y", "phase": phase}]}
    assert scene.agent.call("/agent/journal", said).status == 400
    assert scene.agent.call("/agent/journal", {"incarnation": 1}).status == 400


WITHDRAW = "/linkedin-agent/withdraw-connection-request"
GONE = {"acted": True, "http_status": 200, "after": "none"}


@pytest.mark.parametrize(
    ("told", "withdrawn"),
    [
        (GONE, {"withdrawn": True}),
        ({**GONE, "after": "pending_out", "invitation_urn": "urn:li:fsd_invitation:7000"}, None),
        ({**GONE, "http_status": 500}, None),
        ({**GONE, "acted": False}, None),
    ],
)
def test_a_withdrawal_is_believed_from_the_journal_when_it_was_seen(
    scene: Scene, told: dict[str, object], withdrawn: dict[str, object] | None
) -> None:
    first = scene.invite("ada")
    assert scene.agent.turn() == "completed"
    task = scene.post(WITHDRAW, {"api_agent_task_id": first}).body["api_agent_task_id"]
    restore(scene)
    hand_in(scene.agent, entry(task, "a-lease-nobody-knows", "answered", told))
    shown = scene.status(task)
    if withdrawn is None:
        assert (state(scene, task), shown["task_output"]) == ("unconfirmed", None)
    else:
        assert withdrawn.items() <= shown["task_output"].items()
        assert scene.status(first)["invitation"]["state"] == "withdrawn"


@pytest.mark.parametrize("remembered", [True, False])
def test_gone_after_a_restore_is_a_withdrawal_only_where_a_browser_remembers_an_act(
    scene: Scene, remembered: bool
) -> None:
    task = scene.post(WITHDRAW, {"profile_urn": "never-invited"}).body["api_agent_task_id"]
    restore(scene)
    hand_in(scene.agent, *([entry(task, "some-lease", "acting")] if remembered else []))
    looked(scene.agent, "absent")
    output = scene.status(task)["task_output"]
    assert (output["withdrawn"], output.get("code")) == (remembered, None if remembered else "not_pending")
    cooling = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "never-invited"})
    assert cooling.code == ("cooling_down" if remembered else None)


def test_what_still_waits_after_a_restore_is_withdrawn(scene: Scene) -> None:
    first = scene.invite("ada")
    assert scene.agent.turn() == "completed"
    task = scene.post(WITHDRAW, {"api_agent_task_id": first}).body["api_agent_task_id"]
    restore(scene)
    hand_in(scene.agent)
    jump(scene, 165_000)
    assert scene.agent.turn() == "queued"
    jump(scene, 200)
    assert scene.agent.turn() == "completed"
    assert (scene.status(task)["task_output"]["withdrawn"], scene.sky.sent) == (True, [])
