"""Reading a page of the sender's connections."""

from __future__ import annotations

from typing import Any

import pytest

from curtsy.service import access
from tests.harness.scene import Scene
from tests.harness.waiting import until

FETCH = "/linkedin-agent/fetch-connections"


def test_a_page_is_asked_for_and_read(scene: Scene) -> None:
    made = scene.post(FETCH, {"keyword": " ada ", "start": 40, "count": 20}).body
    assert made["message"] == "Connections fetch task created successfully"
    task = made["api_agent_task_id"]
    asked = {"keyword": "ada", "sort_type": "RECENTLY_ADDED", "start": 40, "count": 20}
    assert scene.status(task)["task_input"] == {"task_type": "agent_fetch_connections", **asked}
    work = scene.agent.lease()
    assert work is not None
    assert (work.kind, work.input) == ("fetch_connections", asked)
    assert 60_000 < work.expires_in_ms <= 120_000
    people = {"connections": [{"name": "Ada"}], "paging": {"start": 40, "count": 20, "total": None}}
    assert scene.agent.finish(work, "completed", {}, people).body["state"] == "completed"
    assert scene.status(task)["task_output"] == people


def test_the_same_page_is_one_task_while_it_waits(scene: Scene) -> None:
    first, again, other = (scene.post(FETCH, {"start": start}).body for start in (0, 0, 40))
    assert (again["api_agent_task_id"], again["deduplicated"]) == (first["api_agent_task_id"], True)
    assert other["api_agent_task_id"] != first["api_agent_task_id"]
    assert scene.agent.turn() == "completed"
    assert scene.post(FETCH, {"start": 0}).body["api_agent_task_id"] != first["api_agent_task_id"]


def test_an_extension_that_cannot_is_not_given_it(scene: Scene) -> None:
    scene.post(FETCH, {})
    scene.agent.kinds = None
    assert scene.agent.lease() is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("keyword", 7), ("keyword", "x" * 101), ("sort_type", "NEWEST"), ("start", -1), ("start", "0"), ("start", True),
        ("count", 0), ("count", 101), ("count", 1.5), ("sender", 7),
    ],
)  # fmt: skip
def test_a_page_that_is_none_is_refused(scene: Scene, field: str, value: Any) -> None:
    said = scene.post(FETCH, {field: value})
    assert (said.status, said.code) == (400, "invalid_field")
    assert said.body["error"].startswith(f"Invalid '{field}': ")


def test_in_test_mode_a_few_people_are_there(scene: Scene) -> None:
    key = scene.server.run(access.create_key, scene.house.team_id, test=True).secret
    made = scene.post(FETCH, {"keyword": "ada"}, key).body["api_agent_task_id"]

    def ended() -> Any:
        data = scene.get("/linkedin-agent/get-task-status", key, api_agent_task_id=made, wait="10").body["data"]
        return data["task_output"]

    assert [one["profile_slug"] for one in until(ended, "the page")["connections"]] == ["ada-example"]
