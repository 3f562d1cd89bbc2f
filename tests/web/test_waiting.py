"""Calls that wait for the end of a task: answered the moment it ends, or with the state when the time is over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from curtsy.web.crowd import Limits
from tests.harness.agent import Script, Work
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until
from tests.web.line import Line

STATUS = "/linkedin-agent/get-task-status"
INVITE = "/linkedin-agent/send-connection-request"


@pytest.fixture
def hands() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def waited(scene: Scene, task: str, seconds: int = 20, **headers: str) -> requests.Response:
    """get-task-status with `wait`, on a connection of its own."""
    return requests.get(
        scene.url + STATUS,
        params={"api_agent_task_id": task, "wait": str(seconds)},
        headers={"x-api-key": scene.house.key, **headers},
        timeout=30,
    )


def waiters(scene: Scene, task: str) -> int:
    """How many wait for this task."""
    assert isinstance(scene.server, Served)
    return len(scene.server.database.doorbell._listeners.get(f"task:{task}", ()))


def parked(scene: Scene, task: str) -> bool:
    """Whether somebody waits for this task."""
    return waiters(scene, task) > 0


def wait_until_parked(scene: Scene, task: str) -> None:
    until(lambda: parked(scene, task), "a caller that waits")


def test_the_answer_comes_the_moment_the_task_ends(scene: Scene, hands: ThreadPoolExecutor) -> None:
    task = scene.invite("ada-example")
    answer = hands.submit(waited, scene, task)
    wait_until_parked(scene, task)
    assert scene.agent.turn() == "completed"
    got = answer.result(20)
    assert got.status_code == 200
    assert got.json() == scene.get(STATUS, api_agent_task_id=task).body
    assert got.json()["data"]["status"] == "completed"
    assert got.headers["preference-applied"] == "wait=20"
    until(lambda: not parked(scene, task), "nobody to wait any more")


def test_a_post_that_prefers_to_wait_is_answered_with_the_outcome(scene: Scene, hands: ThreadPoolExecutor) -> None:
    def ask() -> requests.Response:
        headers = {"x-api-key": scene.house.key, "prefer": 'respond-async, Wait="30"; really'}
        return requests.post(scene.url + INVITE, json={"profile_urn": "ada-post"}, headers=headers, timeout=40)

    answer = hands.submit(ask)
    until(lambda: scene.agent.turn() == "completed", "the invitation")
    body = answer.result(20).json()
    assert body["message"] == "Send connection request task created successfully"
    assert body["data"] == scene.status(body["api_agent_task_id"])
    assert body["data"]["task_output"]["sent"] is True
    assert answer.result().headers["preference-applied"] == "wait=30"


def test_when_the_time_is_over_the_state_of_that_moment_is_told(scene: Scene) -> None:
    task = scene.invite("ada-slow")
    got = waited(scene, task, 1)
    assert (got.status_code, got.json()["data"]["status"]) == (200, "pending")
    assert got.headers["preference-applied"] == "wait=1"


def test_a_task_that_has_ended_is_not_waited_for(scene: Scene) -> None:
    task = scene.invite("ada-done")
    assert scene.agent.turn() == "completed"
    got = waited(scene, task, 100)
    assert got.headers["preference-applied"] == "wait=55"  # more is not to be had
    assert scene.get(f"/v1/tasks/{task}").body == got.json()


def test_a_merged_task_is_waited_for_to_the_end_of_the_other(scene: Scene, hands: ThreadPoolExecutor) -> None:
    first, second = scene.invite(urn_of("ada-one")), scene.invite("ada-one")
    answers: list[Future[requests.Response]] = []
    leased = threading.Event()

    def other_waits(_work: Work) -> None:
        leased.set()

    assert scene.agent.turn(Script(leased=other_waits)) == "completed"
    answers.append(hands.submit(waited, scene, second))
    until(lambda: scene.agent.turn() == "merged" or scene.status(second)["status"] == "completed", "the merge")
    told = answers[0].result(20).json()["data"]
    assert (told["status"], told["same_as"]) == ("completed", first)


@pytest.mark.parametrize("wait", ["-1", "soon", "1.5", "", "\u0661", "9999999999"])
def test_a_wait_that_is_no_number_is_refused(scene: Scene, wait: str) -> None:
    said = scene.get(STATUS, api_agent_task_id=scene.invite("ada-example"), wait=wait)
    assert (said.status, said.code) == (400, "invalid_field")
    assert said.body["error"] == "Invalid 'wait': must be a number of seconds, up to 55"


@pytest.mark.parametrize("prefer", ["wait", "wait=", "wait=soon", "handling=strict", "wait=-1", ",,;;"])
def test_a_preference_nobody_can_read_is_no_wish(scene: Scene, prefer: str) -> None:
    headers = {"x-api-key": scene.house.key, "prefer": prefer}
    got = requests.get(
        scene.url + STATUS, params={"api_agent_task_id": scene.invite("ada-example")}, headers=headers, timeout=20
    )
    assert got.status_code == 200
    assert "preference-applied" not in got.headers


def test_no_wait_is_a_wait_of_nothing(scene: Scene) -> None:
    assert waited(scene, scene.invite("ada-example"), 0).headers["preference-applied"] == "wait=0"


def test_an_unknown_task_is_not_waited_for(scene: Scene) -> None:
    got = waited(scene, "0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f")
    assert (got.status_code, got.json()["code"]) == (404, "task_not_found")


def test_a_caller_that_goes_away_leaves_nothing(scene: Scene) -> None:
    task = scene.invite("ada-gone")
    with Line(scene.url) as line:
        asked = f"{STATUS}?api_agent_task_id={task}&wait=55"
        line.say(f"GET {asked} HTTP/1.1\r\nhost: x\r\nx-api-key: {scene.house.key}\r\n\r\n")
        wait_until_parked(scene, task)
    until(lambda: not parked(scene, task), "the waiter to be gone")


def test_who_waits_keeps_nobody_out_and_too_many_do_not_wait(hands: ThreadPoolExecutor) -> None:
    narrow = replace(Limits(), calls=3, waiters=4)
    with quick_folder() as folder, served(folder, limits=narrow) as server:
        scene = set_scene(server, Sky(server.clock), name="Narrow")
        task = scene.invite("ada-example")
        answers = [hands.submit(waited, scene, task) for _ in range(4)]
        until(lambda: waiters(scene, task) == 4, "four callers that wait")
        late = waited(scene, task)
        assert (late.status_code, late.json()["data"]["status"]) == (200, "pending")
        assert "preference-applied" not in late.headers
        assert scene.agent.turn() == "completed"
        assert {answer.result(20).json()["data"]["status"] for answer in answers} == {"completed"}
        scene.close()


def test_a_server_that_stops_tells_who_waits_what_it_knows(hands: ThreadPoolExecutor) -> None:
    with quick_folder() as folder:
        with served(folder) as server:
            scene = set_scene(server, Sky(server.clock), name="Leaving")
            task = scene.invite("ada-example")
            answer = hands.submit(waited, scene, task, 55)
            wait_until_parked(scene, task)
            scene.close()
        got: dict[str, Any] = answer.result(20).json()
        assert got["data"]["status"] == "pending"
