"""Idempotency-Key: the same request gets the answer it got, whatever happened to that answer on its way."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from curtsy.service.idempotency import KEPT_MS
from tests.harness.scene import Scene, scene, set_scene

PATH = "/linkedin-agent/send-connection-request"


def post(story: Scene, body: str, key: str, path: str = PATH) -> requests.Response:
    headers = {"x-api-key": story.house.key, "content-type": "application/json", "idempotency-key": key}
    return requests.post(story.url + path, data=body, headers=headers, timeout=20)


def test_the_same_key_and_body_get_the_stored_answer(tmp_path: Path) -> None:
    with scene(tmp_path) as story:
        body = '{"profile_urn": "ada-example", "surprise": 1}'
        first, second = post(story, body, "once"), post(story, body, '"once"')
        assert first.status_code == second.status_code == 200
        assert second.json() == first.json()
        assert first.headers.get("idempotent-replayed") is None
        assert second.headers["idempotent-replayed"] == "true"


def test_it_is_the_stored_answer_after_the_task_failed_too(tmp_path: Path) -> None:
    with scene(tmp_path) as story:
        body = '{"profile_urn": "ada-example"}'
        first = post(story, body, "once").json()
        cancelled = story.post("/linkedin-agent/cancel-task", {"api_agent_task_id": first["api_agent_task_id"]})
        assert cancelled.status == 200
        assert post(story, body, "once").json() == first
        assert post(story, body, "another").json()["api_agent_task_id"] != first["api_agent_task_id"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"profile_urn":"ada-example"}', PATH),
        ('{"profile_urn": "bob-example"}', PATH),
        ('{"profile_urn": "ada-example", "profile_slug": "ada-example"}', "/linkedin-agent/fetch-profile"),
    ],
    ids=["other-bytes", "other-person", "other-path"],
)
def test_another_request_with_the_key_is_refused(tmp_path: Path, body: str, path: str) -> None:
    with scene(tmp_path) as story:
        post(story, '{"profile_urn": "ada-example"}', "once")
        refused = post(story, body, "once", path)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refused_call_may_be_sent_again_with_its_key(tmp_path: Path) -> None:
    with scene(tmp_path) as story:
        body = '{"profile_urn": "ada-example", "sender": "new@example.com"}'
        assert post(story, body, "once").json()["code"] == "unknown_member"
        newcomer = story.house.member("new@example.com")
        story.browser(story.house.code(newcomer), account="urn:li:fsd_profile:ACoAANewcomer")
        assert post(story, body, "once").status_code == 200


def test_a_malformed_request_says_so_before_its_key_is_looked_at(tmp_path: Path) -> None:
    with scene(tmp_path) as story:
        post(story, '{"profile_urn": "ada-example"}', "once")
        assert post(story, '{"profile_urn": 7}', "once").json()["code"] == "invalid_profile_urn"


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "caf\xe9"])
def test_a_key_nobody_can_repeat_is_refused(tmp_path: Path, key: str) -> None:
    with scene(tmp_path) as story:
        assert post(story, '{"profile_urn": "ada-example"}', key).json()["code"] == "invalid_idempotency_key"


def test_fifty_at_once_make_one_task(tmp_path: Path) -> None:
    with scene(tmp_path) as story, ThreadPoolExecutor(50) as callers:
        answers = list(callers.map(lambda _: post(story, '{"profile_urn": "ada-example"}', "once").text, range(50)))
        assert len(set(answers)) == 1
        assert len(story.get("/v1/tasks").body["data"]) == 1


def test_a_key_is_a_teams_own(tmp_path: Path) -> None:
    with scene(tmp_path) as story:
        other = set_scene(story.server, story.sky, name="Other")
        body = '{"profile_urn": "ada-example"}'
        mine, theirs = post(story, body, "once").json(), post(other, body, "once").json()
        other.close()
        assert mine["api_agent_task_id"] != theirs["api_agent_task_id"]


def test_an_answer_is_kept_for_thirty_days(tmp_path: Path) -> None:
    with scene(tmp_path) as story:
        post(story, '{"profile_urn": "ada-example"}', "once")
        story.server.jump(KEPT_MS - 60_000)
        assert post(story, '{"profile_urn": "bob-example"}', "once").status_code == 422
        story.server.jump(61_000)
        story.agent.ask()  # still about, so that the team may ask
        assert post(story, '{"profile_urn": "bob-example"}', "once").status_code == 200


def test_a_cancel_is_held_to_its_key_too(tmp_path: Path) -> None:
    with scene(tmp_path) as story:
        task = post(story, '{"profile_urn": "ada-example"}', "asked").json()["api_agent_task_id"]
        body, path = f'{{"api_agent_task_id": "{task}"}}', "/linkedin-agent/cancel-task"
        assert post(story, body, "asked", path).json()["code"] == "idempotency_key_reused"
        first, again = post(story, body, "stop", path), post(story, body, "stop", path)
        assert (first.status_code, again.status_code) == (200, 200)
        preview = post(story, '{"profile_urn": "bob-example", "dry_run": true}', "asked").json()
        assert (preview["would"], preview["code"]) == ("refuse", "idempotency_key_reused")
