"""Two server processes on one PostgreSQL are one server: whatever is asked of either, and whichever of them dies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from curtsy.service import access
from tests.harness.agent import Agent
from tests.harness.clock import MovableClock
from tests.harness.follower import following
from tests.harness.postgres import Postgres, postgres
from tests.harness.scene import Scene, set_scene
from tests.harness.served import ServerProcess
from tests.harness.sky import Sky
from tests.harness.waiting import until

pytestmark = pytest.mark.postgresql
QUIET_S = 0.7
RING_S = 20
MONTH_MS = 31 * 86_400_000
INVITE = "/linkedin-agent/send-connection-request"


class Two:
    """Two replicas, the scene as the first one shows it, and the same for who calls the second."""

    def __init__(self, address: str, name: str) -> None:
        self.one, self.two = ServerProcess(address), ServerProcess(address)
        self.scene = set_scene(self.one, Sky(MovableClock()), name=name)
        self.other = Scene(self.two, self.scene.house, self.scene.sky, self.at(self.two))

    def at(self, server: ServerProcess) -> Agent:
        """The scene's browser, as it calls this server."""
        mine = self.scene.agent
        moved = Agent(server.url, self.scene.sky, account=mine.account, installation_id=mine.installation_id)
        moved.boot_id, moved.token, moved.agent_id = mine.boot_id, mine.token, mine.agent_id
        return moved

    def close(self) -> None:
        self.other.close()
        self.scene.close()
        self.one.kill()
        self.two.kill()


@pytest.fixture
def two() -> Iterator[Two]:
    made = Two(postgres().fresh(), "Two")
    try:
        yield made
    finally:
        made.close()


def quiet(bell: ClientConnection) -> None:
    """Hear out what rings because the bell was hung up, or because nobody listened for a while."""
    try:
        while True:
            bell.recv(QUIET_S)
    except TimeoutError:
        return


def hear_out(bell: ClientConnection) -> None:
    """Listen until its end."""
    while True:
        bell.recv(RING_S)


def rings(bell: ClientConnection) -> bool:
    return bool(json.loads(bell.recv(RING_S)) == {"type": "ring"})


def test_a_task_posted_here_rings_the_bell_that_hangs_there(two: Two) -> None:
    with two.other.agent.bell() as bell:
        for person in ("ada-one", "ada-two", "ada-three"):
            quiet(bell)
            task = two.scene.invite(person)
            assert rings(bell)
            assert two.other.agent.turn() == "completed"
            assert two.scene.status(task)["status"] == "completed"
    assert len(two.scene.sky.sent) == 3


def test_whoever_waits_there_is_woken_by_a_report_made_here(two: Two) -> None:
    waits = {"prefer": "wait=50"}
    with two.scene.agent.at_work():
        reply = two.other.calls.post(
            two.two.url + "/linkedin-agent/send-connection-request",
            json={"profile_urn": "ada-waits"}, headers=two.scene.house.headers | waits, timeout=60,
        )  # fmt: skip
    assert reply.status_code == 200
    assert reply.headers["preference-applied"] == "wait=50"
    assert reply.json()["data"]["status"] == "completed"


def test_a_killed_replica_costs_its_callers_another_address_and_nothing_else(two: Two) -> None:
    asked = [two.scene.invite(f"ada-{n}") for n in range(3)]
    with two.scene.agent.bell() as bell:
        work = two.scene.agent.lease()
        assert work is not None
        assert two.scene.agent.start(work).status == 200
        two.one.kill()
        with pytest.raises(ConnectionClosed):
            hear_out(bell)
    there = two.other.agent
    sent = two.scene.sky.invite(two.scene.sky.resolve(work.urn, work.slug), work.note)
    told = there.finish(work, "sent", {"after": "pending_out", "invitation_urn": sent.urn, "acted": True})
    assert told.body["state"] == "completed"
    while there.turn() is not None:
        pass
    assert [two.other.status(task)["status"] for task in asked] == ["completed"] * 3
    assert len(two.scene.sky.sent) == 3


def test_who_follows_a_replica_that_is_killed_goes_on_at_the_other(two: Two) -> None:
    made: list[str] = []
    key = two.scene.house.key
    with following(two.one.url, key, cursor="0-0") as first:
        made += [two.other.invite(f"ada-{n}") for n in range(10)]
        until(lambda: len(first.events) > 5, "some events")
        two.one.kill()
        assert first.ended.wait(RING_S)
    made += [two.other.invite(f"ben-{n}") for n in range(10)]
    with following(two.two.url, key, last_id=first.last_id) as second:
        until(lambda: len(first.events) + len(second.events) == 21, "the rest")
    seen = first.events + second.events
    assert seen == _feed(two.other)
    assert [one["data"]["task"]["id"] for one in seen if one["type"] == "task.created"] == made


def test_upkeep_in_both_ends_each_task_once(two: Two) -> None:
    asked = {two.scene.invite(f"ada-{n}") for n in range(25)}
    for server in (two.one, two.two):
        server.jump(MONTH_MS)
    for task in asked:
        assert two.other.ended(task)["status"] == "failed"
    events = _feed(two.scene)
    assert sorted(one["data"]["task"]["id"] for one in events if one["type"] == "task.expired") == sorted(asked)


def test_a_key_revoked_here_is_refused_there(two: Two) -> None:
    key = two.scene.house.new_key()
    assert two.other.get("/v1/tasks", key=key.secret).status == 200
    two.one.run(access.revoke_key, two.scene.house.team_id, key.id)
    # It is believed for half a second after it was last looked up.
    until(lambda: two.other.get("/v1/tasks", key=key.secret).status == 401, "its end", seconds=5)


def test_a_database_that_dies_under_both_loses_nothing_and_the_bells_ring_again() -> None:
    server = Postgres()
    try:
        two = Two(server.fresh(), "Away")
        try:
            _lose_the_database(server, two)
        finally:
            two.close()
    finally:
        server.close()


def _lose_the_database(server: Postgres, two: Two) -> None:
    with two.other.agent.bell() as there, two.scene.agent.bell() as here, ThreadPoolExecutor(2) as hands:
        asked = [two.scene.invite("ada-before"), two.other.invite("bob-before")]
        quiet(there)
        short = hands.submit(_waits, two.scene, 3, "POST", INVITE, json={"profile_urn": "ada-waits"})
        until(lambda: len(two.other.get("/v1/tasks").body["data"]) == 3, "the task that is waited for")
        long = hands.submit(_waits, two.other, 55, "GET", f"/v1/tasks/{asked[0]}")
        server.kill()
        for scene in (two.scene, two.other):
            said = scene.post(INVITE, {"profile_urn": "ada-meanwhile"})
            assert (said.status, said.code) == (503, "try_again")
            assert int(said.headers["retry-after"]) >= 1
        made = short.result(30)  # its time is over while nothing can be said of the task, but that it is made
        assert (made["success"], made.get("data")) == (True, None)
        asked.append(made["api_agent_task_id"])
        server.start()
        for scene in (two.scene, two.other):
            until(partial(_ready, scene), "a server that is ready again", seconds=60)
        for bell in (here, there):
            quiet(bell)
        asked.append(two.scene.invite("ada-after"))
        assert rings(there)
        quiet(here)
        asked.append(two.other.invite("bob-after"))
        assert rings(here)
        while two.other.agent.turn() is not None:
            pass
        assert long.result(30)["data"]["status"] == "completed"
    assert [two.scene.status(task)["status"] for task in asked] == ["completed"] * 5


def _waits(scene: Scene, seconds: int, method: str, path: str, **more: Any) -> dict[str, Any]:
    """What a call is answered that waits for the end of its task."""
    headers = scene.house.headers | {"prefer": f"wait={seconds}"}
    body: dict[str, Any] = requests.request(method, scene.url + path, headers=headers, timeout=90, **more).json()
    return body


def _ready(scene: Scene) -> bool:
    return scene.get("/readyz").status == 200


def _feed(scene: Scene) -> list[dict[str, Any]]:
    """Everything that happened."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = scene.get("/v1/events", **cursor).body
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = {"cursor": page["next_cursor"]}
