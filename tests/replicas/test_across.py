"""Who waits or follows at one replica hears what happens at another: nobody looks by themselves here, all is rung."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import psycopg
import pytest
import requests

from curtsy.service import access
from curtsy.service.events import end, read_on
from curtsy.web.crowd import Limits
from tests.harness.clock import MovableClock
from tests.harness.follower import Follower, following
from tests.harness.postgres import postgres
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until

pytestmark = pytest.mark.postgresql
NUMBERS = itertools.count(1)
STATUS = "/linkedin-agent/get-task-status"
INVITE = "/linkedin-agent/send-connection-request"


@dataclass(slots=True)
class Across:
    """Two servers with nothing in common but the database: the browser is at the first, whoever waits at the second."""

    here: Scene
    there: Served
    hands: ThreadPoolExecutor

    def waits(self, task: str, key: str | None = None) -> Future[requests.Response]:
        """Somebody who waits for a task at the second server, once they do."""
        before = self.there.staying()
        headers = {"x-api-key": key or self.here.house.key, "prefer": "wait=55"}
        params = {"api_agent_task_id": task}
        answer = self.hands.submit(requests.get, self.there.url + STATUS, params=params, headers=headers, timeout=60)
        until(lambda: self.there.staying() > before, "a caller that waits")
        return answer


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Served, Served]]:
    address, clock = postgres().fresh(), MovableClock()
    limits = replace(Limits(), look_s=3600)
    with contextlib.ExitStack() as opened:
        made = Served(address, clock, limits), Served(address, clock, limits)
        for server in made:
            server.start()
            opened.callback(server.close)
        yield made


@pytest.fixture
def across(servers: tuple[Served, Served]) -> Iterator[Across]:
    here, there = servers
    scene = set_scene(here, Sky(here.clock), name=f"Across {next(NUMBERS)}")
    with ThreadPoolExecutor(4) as hands:
        yield Across(scene, there, hands)
    scene.close()


def test_an_end_here_answers_who_waits_there(across: Across) -> None:
    for n in range(5):
        task = across.here.invite(f"ada-{n}")
        answer = across.waits(task)
        assert across.here.agent.turn() == "completed"
        got = answer.result(20)
        assert got.json() == across.here.get(STATUS, api_agent_task_id=task).body
        assert got.headers["preference-applied"] == "wait=55"


def test_a_merge_here_answers_who_waits_there(across: Across) -> None:
    first, second = across.here.invite(urn_of("ada-one")), across.here.invite("ada-one")
    answer = across.waits(second)
    assert [across.here.agent.turn(), across.here.agent.turn()] == ["completed", "merged"]
    told = answer.result(20).json()["data"]
    assert (told["id"], told["same_as"], told["status"]) == (second, first, "completed")


def test_an_invitation_asked_for_there_and_carried_out_here_is_one_call(across: Across) -> None:
    def ask() -> requests.Response:
        headers = {"x-api-key": across.here.house.key, "prefer": "wait=55"}
        return requests.post(across.there.url + INVITE, json={"profile_urn": "ada-there"}, headers=headers, timeout=60)

    answer = across.hands.submit(ask)
    until(lambda: across.here.agent.turn() == "completed", "the invitation")
    assert answer.result(20).json()["data"]["task_output"]["sent"] is True


def test_what_happens_here_is_told_there(across: Across) -> None:
    with following(across.there.url, across.here.house.key) as follower:
        for n in range(5):
            across.here.invite(f"ada-{n}")
            until(partial(_has, follower, n + 1), "the event")
    assert follower.types == ["task.created"] * 5


def _has(follower: Follower, count: int) -> bool:
    return len(follower.events) == count


def test_a_key_revoked_here_ends_what_goes_on_under_it_there(across: Across) -> None:
    key = across.here.house.new_key()
    answer = across.waits(across.here.invite("ada-revoked"), key.secret)
    with following(across.there.url, key.secret) as follower:
        across.here.server.run(access.revoke_key, across.here.house.team_id, key.id)
        assert follower.ended.wait(20)
    assert answer.result(20).status_code == 401
    assert across.there.staying() == 0


def test_what_an_open_transaction_keeps_back_is_looked_for_again(across: Across) -> None:
    """Its end rings nobody here, but nothing that came after its beginning may be shown before it."""
    team = across.here.house.team_id
    with (
        following(across.there.url, across.here.house.key) as follower,
        psycopg.connect(across.there.address) as slow,
    ):
        slow.execute("SELECT pg_current_xact_id()")
        place = across.there.run(end, team)
        across.here.invite("ada-behind")
        page, hidden = across.there.run(read_on, team, place, 10)
        assert (page.events, hidden, follower.events) == ([], True, [])
        slow.rollback()
        until(lambda: follower.events, "what was kept back")
    assert follower.types == ["task.created"]
