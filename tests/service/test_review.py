"""What nobody could see a person settles: with a reason, in their name, and only where it is theirs to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from curtsy.service.access import Scope
from curtsy.storage.store import Store
from tests.harness.agent import Reply
from tests.harness.scene import Scene, set_scene
from tests.service.restored import SENT
from tests.service.sights import doubtful, events, evidence, jump, looked, row, started, state

REASON = "It stands under Sent invitations."


def in_review(scene: Scene, profile: str) -> str:
    """A task that was twice not found."""
    doubt = doubtful(scene, profile)
    jump(scene, 165_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    assert looked(scene.agent, "absent").body["state"] == "needs_review"
    return doubt.id


def settle(scene: Scene, task: str, key: str | None = None, **said: Any) -> Reply:
    """A caller's word."""
    return scene.post(f"/v1/tasks/{task}/settle", {"sent": True, "reason": REASON, **said}, key)


def told(scene: Scene, task: str) -> dict[str, Any]:
    """What the last event of a task says."""

    def ask(store: Store, _now: int) -> str:
        row = store.rows.one("SELECT data FROM events WHERE task_id = :id ORDER BY n DESC LIMIT 1", {"id": task})
        assert row is not None
        return str(row[0])

    return dict(json.loads(scene.server.run(ask)))


def test_a_person_who_saw_it_completes_it(scene: Scene) -> None:
    task = in_review(scene, "review-sent")
    reply = settle(scene, task, reason="  It stands\n under   Sent invitations. ")
    assert (reply.status, reply.body["data"]["status"]) == (200, "completed")
    assert reply.body["data"]["task_output"] == {"sent": True}
    key = str(told(scene, task)["by"])
    assert key.startswith("API key ")
    assert evidence(scene, task)[-1] == {"source": "person", "outcome": "sent", "reason": REASON, "by": key}
    assert scene.status(task)["evidence"]["reason"] == REASON
    assert (events(scene, task)[-1], told(scene, task)["reason"]) == ("completed", REASON)
    assert scene.invite("review-sent") == task  # it guards the person like any other that was sent


def test_a_person_who_saw_that_it_is_not_there_fails_it(scene: Scene) -> None:
    task = in_review(scene, "review-not-sent")
    reply = settle(scene, task, sent=False)
    assert reply.body["data"]["status"] == "failed"
    assert reply.body["data"]["task_output"]["sent"] is False
    assert reply.body["data"]["error"]["code"] == "settled_not_sent"
    assert (events(scene, task)[-1], told(scene, task)["state"]) == ("failed", "failed")
    again = scene.invite("review-not-sent")
    assert again != task  # the person can be invited again
    assert scene.agent.turn() == "completed"


@pytest.mark.parametrize(
    "said",
    [
        {"reason": ""},
        {"reason": " a "},
        {"reason": "x" * 501},
        {"reason": None},
        {"reason": "a\x00b\x00c"},
        {"reason": 7},
        {"sent": "yes"},
        {"sent": None},
    ],
)
def test_a_word_without_a_reason_is_none(scene: Scene, said: dict[str, Any]) -> None:
    task = in_review(scene, "review-" + "".join(c for c in str(said) if c.isalnum())[:40].lower())
    refused = settle(scene, task, **said)
    assert (refused.status, refused.code) == (400, "invalid_field")
    assert "reason" in str(refused.body["error"]) or "sent" in str(refused.body["error"])
    assert state(scene, task) == "needs_review"
    assert "person" not in {one["source"] for one in evidence(scene, task)}


def test_a_reason_may_be_as_long_as_it_says(scene: Scene) -> None:
    for n, reason in enumerate(("yes", "é" * 500)):
        assert settle(scene, in_review(scene, f"review-length-{n}"), reason=reason).status == 200


def test_only_what_needs_review_is_settled(scene: Scene) -> None:
    sent = scene.invite("review-done")
    assert scene.agent.turn() == "completed"
    reviewed = in_review(scene, "review-once")
    assert settle(scene, reviewed, sent=False).status == 200
    doubt = doubtful(scene, "review-doubt").id
    looked(scene.agent, "connected")
    queued = scene.invite("review-queued")
    for task in (sent, reviewed, doubt, queued):
        before = row(scene, task)
        refused = settle(scene, task)
        assert (refused.status, refused.code) == (409, "not_in_review")
        assert row(scene, task) == before


def test_what_is_being_sent_is_not_settled(scene: Scene) -> None:
    work = started(scene, "review-started")
    assert settle(scene, work.id, sent=False).code == "not_in_review"
    assert scene.agent.finish(work, "sent", SENT).body["state"] == "completed"


@pytest.mark.parametrize("scope", [Scope.READ, Scope.INVITE])
def test_a_key_that_may_not_manage_may_not_settle(scene: Scene, scope: Scope) -> None:
    task = in_review(scene, f"review-scope-{scope}")
    refused = settle(scene, task, scene.house.new_key(scope).secret)
    assert (refused.status, refused.code) == (403, "missing_scope")
    assert state(scene, task) == "needs_review"


def test_another_team_does_not_know_it(scene: Scene) -> None:
    task = in_review(scene, "review-foreign")
    other = set_scene(scene.server, scene.sky, name=f"Other than {scene.house.team_id}")
    assert settle(other, task).code == "task_not_found"
    assert settle(scene, "0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f").status == 404
    assert settle(scene, "17").code == "invalid_api_agent_task_id"
    other.close()


def test_late_evidence_settles_it_too_and_first_come_first_believed(scene: Scene) -> None:
    work = started(scene, "review-late")
    jump(scene, 150_000)
    scene.agent.reboot()
    jump(scene, 15_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    assert looked(scene.agent, "absent").body["state"] == "needs_review"
    assert scene.agent.finish(work, "sent", SENT).body["state"] == "completed"
    assert settle(scene, work.id, sent=False).code == "not_in_review"


def test_evidence_after_a_persons_word_is_kept_and_changes_nothing(scene: Scene) -> None:
    work = started(scene, "review-overruled")
    scene.agent.finish(work, "unknown", {"acted": True})
    jump(scene, 165_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    looked(scene.agent, "absent")
    settle(scene, work.id, sent=False)
    scene.agent.finish(work, "sent", SENT)
    assert state(scene, work.id) == "failed"
    assert evidence(scene, work.id)[-1]["invitation_urn"] == SENT["invitation_urn"]


def test_a_word_that_is_said_twice_with_its_key_is_one_word(scene: Scene) -> None:
    task, other = in_review(scene, "review-twice"), in_review(scene, "review-other")
    headers = {"x-api-key": scene.house.key, "Idempotency-Key": "word-1"}

    def say(which: str) -> requests.Response:
        said = {"sent": True, "reason": REASON}
        return requests.post(f"{scene.url}/v1/tasks/{which}/settle", json=said, headers=headers, timeout=20)

    assert [say(task).status_code for _ in range(2)] == [200, 200]
    assert events(scene, task).count("completed") == 1
    reused = say(other)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert state(scene, other) == "needs_review"
