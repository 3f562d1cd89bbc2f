"""What `error` says of a task that ended without what it was for: every field filled, and true of the next call."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from curtsy.domain.ending import ENDINGS
from curtsy.domain.member import Cause
from curtsy.domain.outcome import DISPOSITIONS, Outcome
from curtsy.domain.task import TaskState
from curtsy.service import approvals, pauses, teams
from curtsy.storage.store import Store
from curtsy.web.task_data import TaskData, TaskError
from tests.harness.scene import Scene
from tests.service.sights import DAY, MINUTE, jump, row, started

INVITE = "/linkedin-agent/send-connection-request"
FIELDS = set(TaskError.__struct_fields__)


def error(scene: Scene, task: str) -> dict[str, Any]:
    """The error of a task, which has the fields that are declared and says what the table says."""
    shown = scene.status(task)
    said = shown["error"]
    rule = ENDINGS[said["code"]]
    assert set(said) == FIELDS
    assert (said["scope"], said["retryable"], said["next_action"]) == (rule.scope, rule.retryable, rule.next_action)
    assert said["message"] == shown["task_output"]["error"]
    assert said["code"] == shown["task_output"]["code"]
    return dict(said)


def failed(scene: Scene, name: str, outcome: str, **more: Any) -> str:
    """A task that ended with an outcome."""
    work = started(scene, name, **more)
    assert scene.agent.finish(work, outcome, {"linkedin_code": "CUSTOM_INVITE_LIMIT_REACHED"}).body["state"] == "failed"
    return work.id


FAILED = [
    outcome
    for outcome, rule in DISPOSITIONS.items()
    if rule.state is TaskState.FAILED and outcome is not Outcome.NOT_PENDING
]


@pytest.mark.parametrize("outcome", FAILED)
def test_of_every_outcome_it_says_what_the_table_says(scene: Scene, outcome: Outcome) -> None:
    work = started(scene, f"ends-{outcome.replace('_', '-')}")
    scene.agent.finish(work, outcome)
    assert error(scene, work.id)["code"] == outcome


def test_a_lock_of_linkedins_says_until_when_as_the_next_call_does(scene: Scene) -> None:
    task = failed(scene, "locked-person", "cannot_resend_yet")
    told = error(scene, task)["retry_at"]
    assert told == scene.post(INVITE, {"profile_urn": "locked-person"}).body["retry_at"]
    assert told is not None
    (listed,) = (one for one in scene.get("/v1/tasks").body["data"] if one["id"] == task)
    assert listed["error"]["retry_at"] == told
    jump(scene, 22 * DAY)
    assert scene.agent.ask().status == 200
    assert error(scene, task)["retry_at"] is None
    assert scene.invite("locked-person") != task


def test_notes_that_are_spent_say_until_when(scene: Scene) -> None:
    task = failed(scene, "noted-person", "note_unavailable", note="Hello")
    refused = scene.post(INVITE, {"profile_urn": "noted-person", "note": "Hello"})
    assert (refused.code, refused.body["retry_at"]) == ("note_limit_reached", error(scene, task)["retry_at"])


def test_a_limit_that_the_sender_met_meanwhile_is_waited_for_too(scene: Scene) -> None:
    task = scene.invite("hurried-person")
    jump(scene, 30 * DAY)
    assert scene.agent.ask().status == 200
    assert error(scene, task)["code"] == "expired"
    assert error(scene, task)["retry_at"] is None
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.INVITATION_LIMIT)
    refused = scene.post(INVITE, {"profile_urn": "hurried-person"})
    assert (refused.status, refused.body["retry_at"]) == (429, error(scene, task)["retry_at"])


def test_what_is_not_to_be_sent_again_has_no_time_for_it(scene: Scene) -> None:
    task = failed(scene, "known-person", "already_connected")
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.INVITATION_LIMIT)
    assert error(scene, task)["retry_at"] is None


def test_what_was_cancelled_says_so_also_of_an_earlier_release(scene: Scene) -> None:
    task = scene.invite("cancelled-person")
    assert scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": task}).status == 200
    said = error(scene, task)
    assert (said["code"], said["scope"], said["retryable"]) == ("cancelled", "request", False)
    assert row(scene, task).error == said["message"]
    scene.server.run(lambda store, _now: store.rows.one("UPDATE tasks SET error = NULL WHERE id = :id", {"id": task}))
    assert error(scene, task) == said


def test_what_others_decided_is_told_in_full(scene: Scene) -> None:
    house = scene.house
    listed, declined, orphaned = (scene.invite(name) for name in ("listed-one", "declined-one", "orphaned-one"))
    assert scene.post("/v1/do-not-contact", {"profile_urn": "listed-one", "reason": "asked us to stop"}).status == 200
    assert error(scene, listed)["code"] == "do_not_contact"
    scene.server.run(approvals.decide, house.admin.id, declined, approve=False)
    assert error(scene, declined)["code"] == "declined"
    scene.server.run(teams.end_queue_of_removed, house.admin.id)
    assert error(scene, orphaned)["code"] == "member_removed"


def test_three_leases_that_run_out_are_no_progress(scene: Scene) -> None:
    task = scene.invite("slow-browser")
    for _ in range(3):
        assert scene.agent.lease() is not None
        jump(scene, 2 * MINUTE)
    assert error(scene, task)["code"] == "no_progress"


def test_a_task_is_what_the_document_declares(scene: Scene) -> None:
    sent = started(scene, "declared-sent")
    scene.agent.finish(sent, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"})
    ended = failed(scene, "declared-failed", "not_found")
    waits = scene.invite("declared-waits", metadata={"campaign": "spring"})
    known = set(TaskData.__struct_fields__)
    for task in (sent.id, ended, waits):
        shown = scene.status(task)
        msgspec.convert(shown, TaskData)
        assert set(shown) <= known
    assert {"mode", "same_as", "invitation"} == known - set(scene.status(waits))


def test_a_pause_kept_under_the_word_of_an_earlier_release_is_a_doubt(scene: Scene) -> None:
    waits = scene.invite("waits-for-a-look")
    member = scene.house.admin.id

    def kept(store: Store, now: int) -> None:
        store.rows.one(
            "INSERT INTO pauses (id, team_id, member_id, cause, since) VALUES (:id, :team, :member, 'needs_review', 1)",
            {"id": store.new_id(), "team": scene.house.team_id, "member": member},
        )

    scene.server.run(kept)
    shown = scene.status(waits)
    assert (shown["status"], shown["blocked_by"], shown["error"]) == ("pending", "doubt", None)
    assert scene.post(f"/v1/tasks/{waits}/settle", {"sent": True, "reason": "it is there"}).code == "not_in_review"
    assert scene.agent.resume().body["resumed"] == ["doubt"]
    assert scene.status(waits)["blocked_by"] is None
