"""Many invitations in one call: each row checked and answered for itself, none half done."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from curtsy.service.idempotency import claim, read_once
from curtsy.web.batch import MOST_ROWS
from curtsy.web.crowd import Limits
from tests.harness.agent import Reply
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import served
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.line import Line

INVITE = "/linkedin-agent/send-connection-request"
BATCH = "/linkedin-agent/send-connection-requests"


def refused(reply: Reply, field: str) -> None:
    assert (reply.status, reply.code) == (400, "invalid_field")
    assert reply.body["error"].startswith(f"Invalid '{field}': ")


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


def test_what_nobody_knows_is_named_for_its_row(scene: Scene) -> None:
    rows = [{"profile_urn": "ada-known", "idempotency_key": "k", "note": "Hi"}, {"profile_urn": "ada-known", "nope": 1}]
    body = scene.post(BATCH, {"invitations": rows, "colour": "red"}).body
    assert body["warnings"] == ["unknown field ignored: colour"]
    assert "warnings" not in body["results"][0]
    assert body["results"][1]["warnings"][0] == "unknown field ignored: nope"
    assert body["results"][1]["warnings"][1].startswith("this person is already being invited")


def test_a_trial_is_never_carried_out(scene: Scene) -> None:
    refused(scene.post(BATCH, {"invitations": [{"profile_urn": "ada-dry"}], "dry_run": True}), "dry_run")
    rows = [{"profile_urn": "ada-dry", "dry_run": True}, {"profile_urn": "ada-wet", "dry_run": False}]
    results = scene.post(BATCH, {"invitations": rows}).body["results"]
    assert [one.get("code") for one in results] == ["invalid_field", None]
    assert len(scene.get("/v1/tasks").body["data"]) == 1


ODD_ROWS = """{"invitations": [
  {"profile_urn": "ada-odd", "idempotency_key": "odd-1", "odd": ODD},
  {"profile_urn": ODD},
  {"profile_urn": "ada-odd", "note": ODD},
  {"profile_urn": "ada-odd", "metadata": {"k": ODD}},
  {"profile_urn": "ben-odd", "sender": ODD},
  {"profile_urn": "ben-odd", "idempotency_key": ODD},
  {"profile_urn": "ben-odd", "expires_at": ODD},
  {"profile_urn": "ben-odd", "dry_run": ODD},
  ODD
]}"""


@pytest.mark.parametrize(
    "odd", ['"\\ud800"', '"\\u0000"', "1e999", "9" * 400, "-0.0", "[" * 60 + "]" * 60, '{"\\udfff": 1}']
)
def test_odd_values_in_a_row_are_its_own_matter(scene: Scene, odd: str) -> None:
    """Half a character, NUL, a number too long for a machine: never a failure of the whole call."""
    raw = ODD_ROWS.replace("ODD", odd)
    headers = {"x-api-key": scene.house.key, "content-type": "application/json"}
    got = scene.calls.post(scene.url + BATCH, data=raw, headers=headers, timeout=20)
    if got.status_code == 400:  # some of this is no JSON by its grammar
        assert got.json()["code"] == "malformed_body"
        return
    results = got.json()["results"]
    assert results[0]["success"] is True
    assert all(not one["success"] for one in results[1:]), results
    assert {one["code"] for one in results[1:]} <= {
        "invalid_profile_urn", "invalid_note", "invalid_field", "unknown_member"
    }  # fmt: skip


def test_the_same_batch_at_once_is_answered_once(scene: Scene) -> None:
    headers = {"x-api-key": scene.house.key, "idempotency-key": "at-once"}
    body = {"invitations": [{"profile_urn": f"ada-{n}"} for n in range(300)] + [{"profile_urn": "?"}]}
    with ThreadPoolExecutor(6) as threads:
        sent = [
            threads.submit(lambda: scene.calls.post(scene.url + BATCH, json=body, headers=headers, timeout=20))
            for _ in range(6)
        ]
    answers = [one.result() for one in sent]
    assert [one.status_code for one in answers] == [200] * 6
    assert len({one.text for one in answers}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in answers) == 1


def test_a_key_whose_batch_was_cut_off_belongs_to_that_batch(scene: Scene) -> None:
    raw = json.dumps({"invitations": [{"profile_urn": "ada-cut"}]})
    once = read_once(b"cut-off", "POST", BATCH, raw.encode())
    assert once is not None
    assert scene.server.run(claim, scene.house.team_id, once) is None  # as a server that was killed leaves it
    headers = {"x-api-key": scene.house.key, "idempotency-key": "cut-off", "content-type": "application/json"}
    other = scene.calls.post(scene.url + BATCH, data=raw.replace("cut", "new"), headers=headers, timeout=20)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    again = scene.calls.post(scene.url + BATCH, data=raw, headers=headers, timeout=20)
    assert (again.status_code, again.json()["accepted"]) == (200, 1)


def test_there_is_room_for_few_large_calls_at_a_time() -> None:
    """Before anything of the body is read: twenty thousand callers with four megabytes each would be too much."""
    with quick_folder() as folder, served(folder, limits=replace(Limits(), large=1)) as server:
        scene = set_scene(server, Sky(server.clock))
        assert scene.get("/v1/tasks").status == 200  # from here on the key is known
        with Line(server.url) as line:
            line.say(f"POST {BATCH} HTTP/1.1\r\nhost: x\r\nx-api-key: {scene.house.key}\r\n")
            line.say("content-type: application/json\r\ncontent-length: 100000\r\n\r\n{")
            assert scene.get("/healthz").status == 200
            turned_away = scene.post(BATCH, {"invitations": [{"profile_urn": "ada-room"}]})
            assert (turned_away.status, turned_away.code) == (503, "try_again")
            assert scene.post(INVITE, {"profile_urn": "ada-room"}).status == 200
        until(lambda: scene.post(BATCH, {"invitations": [{"profile_urn": "ben-room"}]}).status == 200, "room again")
        scene.close()
