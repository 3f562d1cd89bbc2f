"""What a caller may wish besides: when, until when, words of their own, what becomes of a note; and many at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from curtsy.domain.member import Cause
from curtsy.service import pauses
from curtsy.web.batch import MOST_ROWS
from tests.harness.agent import Reply
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served

INVITE = "/linkedin-agent/send-connection-request"
BATCH = "/linkedin-agent/send-connection-requests"
HOUR, DAY = 3_600_000, 86_400_000


def at(scene: Scene, ms: int) -> str:
    """A time so far from the server's now."""
    assert isinstance(scene.server, Served)
    now = datetime.fromtimestamp(scene.server.clock() / 1000, UTC)
    return (now + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%SZ")


def refused(reply: Reply, field: str) -> None:
    assert (reply.status, reply.code) == (400, "invalid_field")
    assert reply.body["error"].startswith(f"Invalid '{field}': ")


def test_words_of_the_caller_come_back_everywhere(scene: Scene) -> None:
    words = {"order": "4711", "campaign": "spring \u2603"}
    task = scene.invite("ada-words", metadata=words)
    assert scene.agent.turn() == "completed"
    assert scene.status(task)["metadata"] == words
    told = [one["data"]["task"] for one in scene.get("/v1/events").body["data"] if "task" in one["data"]]
    assert len(told) == 4
    assert all(one["metadata"] == words for one in told)
    plain = scene.invite("ben-words")
    assert scene.status(plain)["metadata"] == {}
    found = scene.get("/v1/tasks", **{"metadata.order": "4711"}).body["data"]
    assert [one["id"] for one in found] == [task]
    assert scene.get("/v1/tasks", **{"metadata.order": "4711", "status": "pending"}).body["data"] == []
    assert scene.get("/v1/tasks", **{"metadata.order": "0"}).body["data"] == []
    assert scene.get("/v1/tasks", **{"metadata.order": "1", "metadata.campaign": "x"}).code == "invalid_field"


def test_words_of_another_team_find_nothing(scene: Scene) -> None:
    scene.invite("ada-mine", metadata={"order": "1"})
    other = set_scene(scene.server, scene.sky, name=f"Other {scene.house.team_id[-8:]}")
    try:
        assert other.get("/v1/tasks", **{"metadata.order": "1"}).body["data"] == []
    finally:
        other.close()


def test_a_list_by_words_goes_page_by_page(scene: Scene) -> None:
    tasks = [scene.invite(f"ada-{number}", metadata={"list": "one"}) for number in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = scene.get("/v1/tasks", limit="2", **{"metadata.list": "one"}, **cursor).body
        seen += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == list(reversed(tasks))


@pytest.mark.parametrize(
    "metadata",
    [
        7, [], "x", {"a": 1}, {"a": None}, {"a": {"b": "c"}}, {"": "x"}, {"k" * 41: "x"}, {"k": "v" * 501},
        {f"k{n}": "v" for n in range(21)}, {"k": "\x00"},
    ],
)  # fmt: skip
def test_words_that_cannot_be_kept_are_refused(scene: Scene, metadata: Any) -> None:
    refused(scene.post(INVITE, {"profile_urn": "ada-words", "metadata": metadata}), "metadata")


def test_what_is_for_later_waits(scene: Scene) -> None:
    task = scene.invite("ada-later", not_before=at(scene, 2 * HOUR))
    assert scene.agent.lease() is None
    assert scene.status(task)["estimated_at"] >= at(scene, 2 * HOUR - 60_000)
    assert scene.status(task)["expires_at"] > at(scene, 30 * DAY + HOUR)


@pytest.mark.parametrize("field", ["not_before", "expires_at"])
@pytest.mark.parametrize(
    "value", [7, "", "tomorrow", "2026-13-01T00:00:00Z", "2026-11-26", "2026-11-26T10:00:00", "9999-12-31T23:59:59Z"]
)
def test_a_time_that_is_none_is_refused(scene: Scene, field: str, value: Any) -> None:
    refused(scene.post(INVITE, {"profile_urn": "ada-times", field: value}), field)


def test_an_end_before_the_beginning_is_refused(scene: Scene) -> None:
    refused(scene.post(INVITE, {"profile_urn": "ada-times", "expires_at": at(scene, -HOUR)}), "expires_at")
    both = {"not_before": at(scene, 2 * HOUR), "expires_at": at(scene, HOUR)}
    refused(scene.post(INVITE, {"profile_urn": "ada-times", **both}), "expires_at")


def test_a_task_that_will_hardly_be_due_in_time_is_made_with_a_warning(scene: Scene) -> None:
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.THROTTLED, 6 * HOUR)
    made = scene.post(INVITE, {"profile_urn": "ada-late", "expires_at": at(scene, HOUR)})
    assert (made.status, made.body["warnings"]) == (200, ["may_expire"])
    assert "warnings" not in scene.post(INVITE, {"profile_urn": "ada-fine", "expires_at": at(scene, DAY)}).body


def test_without_a_policy_a_note_that_is_not_taken_fails_the_task(scene: Scene) -> None:
    task = scene.invite("ada-note", note="Hello.")
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work)
    scene.agent.finish(work, "note_unavailable", {"acted": True, "http_status": 429})
    assert scene.status(task)["task_output"]["code"] == "note_unavailable"


def test_a_note_that_may_be_dropped_is_dropped_once_and_said(scene: Scene) -> None:
    task = scene.invite("ada-drop", note="Hello.", note_policy="drop_if_unavailable")
    work = scene.agent.lease()
    assert work is not None
    assert work.note == "Hello."
    scene.agent.start(work)
    evidence = {"acted": True, "http_status": 429, "linkedin_code": "CUSTOM_INVITE_LIMIT_REACHED"}
    assert scene.agent.finish(work, "note_unavailable", evidence).body["state"] == "queued"
    assert scene.agent.turn() == "completed"
    assert [one.note for one in scene.sky.sent] == [None]
    done = scene.status(task)
    assert (done["task_output"]["sent"], done["task_output"]["note_dropped"]) == (True, True)
    assert done["task_input"]["note"] == "Hello."
    # Its allowance is known spent now: who insists is refused, who does not is taken.
    assert scene.post(INVITE, {"profile_urn": "ben-note", "note": "Hi."}).code == "note_limit_reached"
    more = {"profile_urn": "ben-note", "note": "Hi.", "note_policy": "drop_if_unavailable"}
    assert scene.post(INVITE, more).status == 200


@pytest.mark.parametrize("policy", ["", "drop", 7, "dropped"])
def test_a_policy_nobody_knows_is_refused(scene: Scene, policy: Any) -> None:
    refused(scene.post(INVITE, {"profile_urn": "ada-note", "note_policy": policy}), "note_policy")


# ------------------------------------------------------------------ many at once


def test_every_row_is_answered_for_itself(scene: Scene) -> None:
    stood = scene.invite("ada-stood")
    rows: list[Any] = [
        {"profile_urn": "ada-row-one", "metadata": {"row": "1"}}, {"profile_urn": "?"}, 7, None,
        {"profile_urn": "ada-row-one"}, {"profile_urn": "ada-stood"},
        {"profile_urn": "ada-row-two", "sender": "nobody@example.com"}, {"profile_urn": "ada-row-two", "note": 5},
        {"profile_urn": "ada-row-three", "note": "x" * 301},
    ]  # fmt: skip
    body = scene.post(BATCH, {"invitations": rows}).body
    assert [one["index"] for one in body["results"]] == list(range(9))
    codes = [one.get("code") for one in body["results"]]
    assert codes == [
        None, "invalid_profile_urn", "invalid_field", "invalid_field", None, None, "unknown_member", "invalid_note",
        "note_too_long",
    ]  # fmt: skip
    assert (body["accepted"], body["refused"]) == (3, 6)
    first, again, standing = (body["results"][index] for index in (0, 4, 5))
    assert (again["api_agent_task_id"], again["deduplicated"]) == (first["api_agent_task_id"], True)
    assert (standing["api_agent_task_id"], standing["deduplicated"]) == (stood, True)
    assert scene.status(first["api_agent_task_id"])["metadata"] == {"row": "1"}


def test_a_thousand_rows_are_a_thousand_tasks(scene: Scene) -> None:
    rows = [{"profile_urn": f"ACoAA{scene.house.team_id[-8:]}{number}", "note": "x" * 200} for number in range(1000)]
    body = scene.post(BATCH, {"invitations": rows}).body
    assert (body["accepted"], body["refused"]) == (1000, 0)
    assert len({one["api_agent_task_id"] for one in body["results"]}) == 1000


@pytest.mark.parametrize(
    "rows", [None, [], {}, "x", [{}] * (MOST_ROWS + 1)], ids=["none", "empty", "object", "text", "many"]
)
def test_a_batch_that_is_none_is_refused(scene: Scene, rows: Any) -> None:
    refused(scene.post(BATCH, {"invitations": rows}), "invitations")


def test_a_body_of_four_mebibytes_is_taken_and_one_more_is_not(scene: Scene) -> None:
    padding = {"profile_urn": "?", "padding": "x" * 4_000}
    rows = [padding] * 1_000
    assert len(json.dumps({"invitations": rows})) < 4 * 1024 * 1024
    assert scene.post(BATCH, {"invitations": rows}).body["refused"] == 1_000
    too_much = scene.post(BATCH, {"invitations": [{**padding, "padding": "x" * 4_300}] * 1_000})
    assert (too_much.status, too_much.code) == (413, "body_too_large")
    elsewhere = scene.post(INVITE, {"profile_urn": "?", "padding": "x" * 70_000})
    assert (elsewhere.status, elsewhere.code) == (413, "body_too_large")


def test_a_batch_with_a_key_is_done_once(scene: Scene) -> None:
    headers = {"x-api-key": scene.house.key, "idempotency-key": "batch-1"}
    body = {"invitations": [{"profile_urn": "ada-once"}, {"profile_urn": "?"}]}
    first, second = (scene.calls.post(scene.url + BATCH, json=body, headers=headers, timeout=20) for _ in range(2))
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    other = scene.calls.post(
        scene.url + BATCH, json={"invitations": [{"profile_urn": "x-y"}]}, headers=headers, timeout=20
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_row_with_a_key_is_done_once(scene: Scene) -> None:
    row = {"profile_urn": "ada-row-key", "idempotency_key": "row-1"}
    first = scene.post(BATCH, {"invitations": [row, row]}).body["results"]
    again = scene.post(BATCH, {"invitations": [row]}).body["results"]
    assert {one["api_agent_task_id"] for one in [*first, *again]} == {first[0]["api_agent_task_id"]}
    other = scene.post(BATCH, {"invitations": [{**row, "note": "Hi."}, {**row, "idempotency_key": ""}]}).body["results"]
    assert [one["code"] for one in other] == ["idempotency_key_reused", "invalid_field"]
