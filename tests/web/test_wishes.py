"""What a caller may wish besides: when, until when, words of their own, what becomes of a note."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from curtsy.domain.member import Cause
from curtsy.service import pauses, teams
from curtsy.web.actions import OTHER_NOTE
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
    scene.server.run(teams.set_pace, house.team_id, house.admin.id, 1, 2, (0, 0))
    soon = {"expires_at": at(scene, HOUR)}
    assert "warnings" not in scene.post(INVITE, {"profile_urn": "ada-first", **soon}).body
    late = scene.post(INVITE, {"profile_urn": "ada-late", **soon})
    assert (late.status, late.body["warnings"]) == (200, ["may_expire"])
    assert "warnings" not in scene.post(INVITE, {"profile_urn": "ada-fine", "expires_at": at(scene, 8 * DAY)}).body
    dry = scene.post(INVITE, {"profile_urn": "ada-dry", **soon, "dry_run": True}).body
    assert (dry["would"], dry["warnings"]) == ("accept", ["may_expire"])
    again = scene.post(INVITE, {"profile_urn": "ada-late", **soon}).body
    assert (again["deduplicated"], "warnings" in again) == (True, False)


def test_so_is_one_at_the_end_of_a_line_of_more_than_thirty_days(scene: Scene) -> None:
    house = scene.house
    scene.server.run(teams.set_pace, house.team_id, house.admin.id, 1, 1, (0, 0))
    warned = [scene.post(INVITE, {"profile_urn": f"ada-{n}"}).body.get("warnings") for n in range(7)]
    # One a week: the fifth waits for four others, and thirty days are over before the sixth.
    assert warned == [None] * 5 + [["may_expire"]] * 2
    tasks = scene.get("/v1/tasks").body["data"]
    assert [one["estimated_at"] >= one["expires_at"] for one in tasks] == [True] * 2 + [False] * 5
    rows = scene.post(BATCH, {"invitations": [{"profile_urn": "ben-late", "oops": 1}]}).body["results"]
    assert rows[0]["warnings"] == ["unknown field ignored: oops", "may_expire"]


def test_a_key_sent_again_is_warned_of_the_same(scene: Scene) -> None:
    house = scene.house
    scene.server.run(teams.set_pace, house.team_id, house.admin.id, 1, 1, (0, 0))
    scene.invite("ada-first")
    headers = {"x-api-key": house.key, "idempotency-key": "late-1"}
    body = {"profile_urn": "ada-late", "expires_at": at(scene, DAY)}
    first, again = (scene.calls.post(scene.url + INVITE, json=body, headers=headers, timeout=20) for _ in range(2))
    assert first.json() == again.json()
    assert first.json()["warnings"] == ["may_expire"]
    assert again.headers["idempotent-replayed"] == "true"


def test_time_that_linkedin_takes_is_given_back_and_makes_nothing_late(scene: Scene) -> None:
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.THROTTLED, 6 * HOUR)
    made = scene.post(INVITE, {"profile_urn": "ada-held", "expires_at": at(scene, HOUR)}).body
    assert "warnings" not in made
    stands = scene.status(made["api_agent_task_id"])
    assert (stands["blocked_by"], stands["estimated_at"] >= at(scene, 5 * HOUR)) == ("throttled", True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (INVITE + "?dry_run=true", {"profile_urn": "ada-trial"}),
        (INVITE + "?dry_run", {"profile_urn": "ada-trial", "dry_run": True}),
        ("/linkedin-agent/fetch-profile", {"profile_slug": "ada-trial", "dry_run": True}),
        ("/linkedin-agent/fetch-connections", {"dry_run": "yes"}),
        ("/linkedin-agent/withdraw-connection-request", {"profile_urn": "ada-trial", "dry_run": 1}),
        ("/v1/do-not-contact", {"profile_urn": "ada-trial", "reason": "asked", "dry_run": True}),
    ],
)
def test_a_trial_that_there_is_none_of_is_not_the_real_thing(scene: Scene, path: str, body: dict[str, Any]) -> None:
    reply = scene.post(path, body)
    assert (reply.status, reply.code) == (400, "invalid_field")
    assert "dry_run" in reply.body["error"]
    assert scene.get("/v1/tasks").body["data"] == []
    assert scene.get("/v1/do-not-contact").body["data"] == []


def test_a_dry_run_says_who_would_send_it_and_when(scene: Scene) -> None:
    dry = {"profile_urn": "ada-dry", "dry_run": True, "note": "Hi \U0001f600", "what": 1}
    said = scene.post(INVITE, dry).body
    sender = {"id": scene.house.admin.id, "name": scene.house.admin.name}
    assert set(said) == {
        "success", "dry_run", "would", "error", "code", "retry_at", "sender", "estimated_at", "blocked_by",
        "note_units", "warnings",
    }  # fmt: skip
    assert (said["would"], said["sender"], said["blocked_by"]) == ("accept", sender, None)
    assert (said["note_units"], said["warnings"]) == (5, ["unknown field ignored: what"])
    assert said["estimated_at"] <= at(scene, 60_000)
    scene.invite("ada-stands", note="Hello")
    assert scene.post(INVITE, dry).body["blocked_by"] == "pacing"
    stands = scene.post(INVITE, {**dry, "profile_urn": "ada-stands"}).body
    assert (stands["would"], stands["warnings"][1]) == ("deduplicate", OTHER_NOTE)
    refused = scene.post(INVITE, {**dry, "sender": "nobody@example.com"}).body
    assert (refused["would"], refused["code"], refused["sender"]) == ("refuse", "unknown_member", None)
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.INVITATION_LIMIT, HOUR)
    refused = scene.post(INVITE, dry).body
    assert (refused["code"], refused["sender"]) == ("invitation_limit_reached", sender)
    assert len(scene.get("/v1/tasks").body["data"]) == 1


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


def test_a_note_is_not_offered_where_notes_are_known_to_be_spent(scene: Scene) -> None:
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.NOTE_LIMIT, DAY)
    task = scene.invite("ada-spent", note="Hello.", note_policy="drop_if_unavailable")
    assert scene.agent.turn() == "completed"
    assert [one.note for one in scene.sky.sent] == [None]
    done = scene.status(task)
    assert (done["task_output"]["note_dropped"], done["attempts"]) == (True, 1)
    assert done["task_input"]["note"] == "Hello."


@pytest.mark.parametrize("policy", ["", "drop", 7, "dropped"])
def test_a_policy_nobody_knows_is_refused(scene: Scene, policy: Any) -> None:
    refused(scene.post(INVITE, {"profile_urn": "ada-note", "note_policy": policy}), "note_policy")
