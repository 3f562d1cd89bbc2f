"""Calls that wait for the end of a task: answered the moment it ends, or with the state when the time is over."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from curtsy.service import access, teams
from curtsy.storage.database import open_database
from curtsy.web.crowd import Limits
from curtsy.web.waiting import preferred
from tests.harness.agent import Script, Work
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until
from tests.web.line import Line

STATUS = "/linkedin-agent/get-task-status"
INVITE = "/linkedin-agent/send-connection-request"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """A server on which nobody looks by themselves: whoever is woken was rung for."""
    with quick_folder() as folder, served(folder, limits=replace(Limits(), look_s=3600)) as server:
        yield server


@pytest.fixture
def scene(server: Served) -> Iterator[Scene]:
    made = set_scene(server, Sky(server.clock), name=f"Waits {next(NUMBERS)}")
    try:
        yield made
    finally:
        made.close()


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
        timeout=60,
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


@pytest.mark.parametrize("wait", ["-1", "soon", "1.5", "", "\u0661", '"5"'])
def test_a_wait_that_is_no_number_is_refused(scene: Scene, wait: str) -> None:
    said = scene.get(STATUS, api_agent_task_id=scene.invite("ada-example"), wait=wait)
    assert (said.status, said.code) == (400, "invalid_field")
    assert said.body["error"] == "Invalid 'wait': must be a number of seconds, up to 55"


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=5", 5),
        ('wait="5"', 5),
        ("WAIT = 5", 5),
        ("wait=5; of=ten", 5),
        ("respond-async, wait=5", 5),
        ("return=minimal; foo=bar,wait=5,", 5),
        ("wait=5, wait=9", 5),
        ('to="a, wait=9", wait=5', 5),
        ('to="say \\", wait=9", wait=5', 5),
        ("wait=0", 0),
        ("wait=56", 55),
        ("wait=9999999999999999999999", 55),
        ("wait=soon, wait=5", None),
        ("wait", None),
        ("wait=", None),
        ('wait="', None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=\u0665", None),
        ("await=5", None),
        ('to="wait=5"', None),
        ("handling=strict", None),
        (",,;;", None),
        ("", None),
    ],
)
def test_a_preference_is_read_as_rfc_7240_has_it(prefer: str, seconds: int | None) -> None:
    assert preferred(prefer.encode()) == seconds


@pytest.mark.parametrize("prefer", ["wait=soon", "handling=strict", '"'])
def test_a_preference_nobody_can_read_is_no_wish(scene: Scene, prefer: str) -> None:
    headers = {"x-api-key": scene.house.key, "prefer": prefer}
    got = requests.get(
        scene.url + STATUS, params={"api_agent_task_id": scene.invite("ada-example")}, headers=headers, timeout=20
    )
    assert got.status_code == 200
    assert "preference-applied" not in got.headers


def test_preferences_may_stand_in_several_headers(scene: Scene) -> None:
    task = scene.invite("ada-headers")
    assert scene.agent.turn() == "completed"
    with Line(scene.url) as line:
        line.say(f"GET {STATUS}?api_agent_task_id={task} HTTP/1.1\r\nhost: x\r\nx-api-key: {scene.house.key}\r\n")
        line.say("prefer: respond-async\r\nPrefer: wait=7\r\nprefer: wait=9\r\n\r\n")
        assert line.answer().headers["preference-applied"] == "wait=7"


def test_whoever_asks_for_more_is_told_what_is_granted(scene: Scene) -> None:
    task = scene.invite("ada-granted")
    assert scene.agent.turn() == "completed"
    assert waited(scene, task, 10**12).headers["preference-applied"] == "wait=55"


def test_every_call_about_a_task_can_be_waited_for(scene: Scene, hands: ThreadPoolExecutor) -> None:
    headers = {"x-api-key": scene.house.key, "prefer": "wait=30"}
    task = scene.invite("ada-every")

    def post(path: str, **body: str) -> requests.Response:
        return requests.post(scene.url + path, json=body, headers=headers, timeout=40)

    looked = hands.submit(requests.get, scene.url + f"/v1/tasks/{task}", headers=headers, timeout=40)
    wait_until_parked(scene, task)
    cancelled = post("/linkedin-agent/cancel-task", api_agent_task_id=task)
    read = hands.submit(post, "/linkedin-agent/fetch-profile", profile_slug="ada-read")
    until(lambda: scene.agent.turn() == "completed", "the profile")
    got = [looked.result(20), cancelled, read.result(20)]
    assert [one.headers["preference-applied"] for one in got] == ["wait=30"] * 3
    assert [one.json()["data"]["status"] for one in got] == ["cancelled", "cancelled", "completed"]


def test_many_ends_that_come_while_they_are_asked_for_are_all_heard(scene: Scene, hands: ThreadPoolExecutor) -> None:
    """Nothing looks by itself here, so that an end between the reading and the listening would never be heard."""
    for n in range(40):
        task = scene.invite(f"ada-race-{n}")
        answer = hands.submit(waited, scene, task)
        cancel = hands.submit(scene.post, "/linkedin-agent/cancel-task", {"api_agent_task_id": task})
        assert answer.result(15).json()["data"]["status"] == "cancelled"
        assert cancel.result(15).status == 200


def test_what_a_command_does_beside_the_server_is_noticed(hands: ThreadPoolExecutor) -> None:
    with quick_folder() as folder, served(folder, limits=replace(Limits(), look_s=0.05)) as server:
        scene = set_scene(server, Sky(server.clock), name="Beside")
        task = scene.invite("ada-beside")
        answer = hands.submit(waited, scene, task, 55)
        wait_until_parked(scene, task)
        with contextlib.closing(open_database(server.address, clock=server.clock)) as beside:
            beside.run_now(teams.leave, scene.house.team_id, scene.house.admin.id, even_last_admin=True)
        assert answer.result(20).json()["data"]["error"]["code"] == "member_removed"
        scene.close()


def test_a_key_that_is_revoked_waits_no_longer(scene: Scene, hands: ThreadPoolExecutor) -> None:
    key = scene.house.new_key()
    task = scene.invite("ada-revoked")
    answer = hands.submit(waited, scene, task, 55, **{"x-api-key": key.secret})
    stays = hands.submit(waited, scene, task, 55)
    until(lambda: waiters(scene, task) == 2, "two callers that wait")
    scene.server.run(access.revoke_key, scene.house.team_id, key.id)
    got = answer.result(20)
    assert (got.status_code, got.json()["code"]) == (401, "invalid_api_key")
    assert scene.agent.turn() == "completed"
    assert stays.result(20).json()["data"]["status"] == "completed"


def test_what_was_made_is_said_though_its_key_was_revoked_meanwhile(scene: Scene, hands: ThreadPoolExecutor) -> None:
    key = scene.house.new_key()

    def ask() -> requests.Response:
        headers = {"x-api-key": key.secret, "prefer": "wait=55"}
        return requests.post(scene.url + INVITE, json={"profile_urn": "ada-made"}, headers=headers, timeout=60)

    answer = hands.submit(ask)
    server = scene.server
    assert isinstance(server, Served)
    until(server.staying, "a caller that waits")
    server.run(access.revoke_key, scene.house.team_id, key.id)
    got = answer.result(20)
    assert got.status_code == 200
    assert scene.status(got.json()["api_agent_task_id"])["status"] == "pending"
    assert "data" not in got.json()
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
    server = scene.server
    assert isinstance(server, Served)
    until(lambda: server.staying() == 0, "nobody to be looked after any more")


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
