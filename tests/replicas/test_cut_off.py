"""One of two replicas is cut off from its database and everybody else, in the middle of a start, and healed again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
import requests
from websockets.sync.client import ClientConnection

from curtsy.domain.errors import TryAgain
from curtsy.domain.outcome import Relation
from curtsy.service.start import Intent, start
from curtsy.storage.database import Database, open_database
from curtsy.storage.store import Store
from tests.harness.agent import Agent, Reply, Work
from tests.harness.clock import MovableClock
from tests.harness.folder import QUICK
from tests.harness.postgres import Postgres
from tests.harness.scene import Scene, set_scene
from tests.harness.served import ServerProcess
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.replicas.country import Country
from tests.replicas.steps import Gate, stepped

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(240)]
FREED_S = 30
HEALED_S = 60


class Cut:
    """A database in the capital, a replica in each of two towns, and callers who stand in the capital."""

    def __init__(self) -> None:
        self.country = Country("one", "two")
        self.capital, (self.first, self.second) = self.country.capital, self.country.towns
        self.postgres: Postgres | None = None
        self.servers: list[ServerProcess] = []
        self.scenes: list[Scene] = []

    def open(self) -> None:
        self.postgres = self.capital.here(Postgres, within=QUICK, host=self.capital.address)
        self.address = self.capital.here(self.postgres.fresh)
        for town in self.country.towns:
            self.servers.append(town.here(ServerProcess, self.address, town.address))
        self.scenes.append(self.capital.here(set_scene, self.servers[0], Sky(MovableClock()), name="Cut"))
        mine = self.scenes[0]
        there = replace(mine.agent, url=self.servers[1].url)
        self.scenes.append(Scene(self.servers[1], mine.house, mine.sky, there))

    def close(self) -> None:
        for scene in self.scenes:
            scene.close()
        for server in self.servers:
            server.kill()
        if self.postgres is not None:
            self.postgres.close()
        self.country.close()


@pytest.fixture
def cut() -> Iterator[Cut]:
    made = Cut()
    try:
        made.open()
        yield made
    finally:
        made.close()


def test_a_replica_that_is_cut_off_holds_nobody_up_and_comes_back_by_itself(cut: Cut) -> None:
    here, there = cut.scenes
    at = cut.capital.here
    asked = [at(here.invite, f"ada-{n}") for n in range(2)]
    work = at(here.agent.lease)
    assert work is not None
    database = cut.first.here(open_database, cut.address, clock=MovableClock())
    gate = Gate(None, patience_s=200)
    try:
        halted = cut.first.begin(_start_halted, database, gate, here, work)
        assert gate.halted.wait(FREED_S), "the start does not come to its commit"
        cut.country.cut(cut.first)
        # The same browser asks at the other replica, until the database has freed what the first one held.
        allowed = until(partial(_allowed, cut, there.agent, work), "a clear yes", seconds=FREED_S)
        assert allowed.body["act_within_ms"] > 0
        sent = there.sky.invite(there.sky.resolve(work.urn, work.slug), work.note)
        told = at(there.agent.finish, work, "sent", {"acted": True, "invitation_urn": sent.urn})
        assert told.body["state"] == "completed"
        asked.append(at(there.invite, "ada-meanwhile"))
        while at(there.agent.turn) is not None:
            pass
        said = cut.first.here(_ask_alone, here)
        assert (said.status, said.code) == (503, "try_again")
        cut.country.heal(cut.first)
        gate.go.set()
        assert halted() == "gave up"
    finally:
        gate.go.set()
        cut.first.here(database.close)
    until(lambda: at(_ready, here), "the first replica, ready again", seconds=HEALED_S)
    assert [at(here.status, task)["status"] for task in asked] == ["completed"] * 3
    assert len(here.sky.sent) == 3
    at(_its_bell_rings, here, there)
    started = [one for one in at(here.get, "/v1/events").body["data"] if one["type"] == "task.started"]
    assert len({one["data"]["task"]["id"] for one in started}) == len(started) == 3


def _start_halted(database: Database, gate: Gate, scene: Scene, work: Work) -> str:
    """Start as the first replica does, and halt with the act allowed and the commit not yet made."""

    def desk(store: Store, now: int) -> object:
        agent = store.agents.get(scene.agent.agent_id)
        assert agent is not None
        account = str(scene.agent.account)
        person = scene.sky.resolve(work.urn, work.slug)
        said = Intent(work.lease, scene.agent.boot_id, account, person, Relation.NONE, 100)
        return start(store, now, agent, work.id, said)

    try:
        return f"said {database.run_now(stepped(desk, gate))}"
    except TryAgain:
        return "gave up"


def _allowed(cut: Cut, agent: Agent, work: Work) -> Reply | None:
    reply = cut.capital.here(agent.start, work)
    assert reply.status in (200, 503), reply
    return reply if reply.status == 200 else None


def _ask_alone(scene: Scene) -> Reply:
    """A caller who is cut off together with the first replica."""
    got = requests.post(
        scene.url + "/linkedin-agent/send-connection-request",
        json={"profile_urn": "ada-alone"}, headers=scene.house.headers, timeout=90,
    )  # fmt: skip
    return Reply(got.status_code, got.json(), {})


def _ready(scene: Scene) -> bool:
    """A connection that the server gave up while nobody could hear it is found broken, and made anew."""
    try:
        return scene.get("/readyz").status == 200
    except requests.ConnectionError:
        return False


def _its_bell_rings(here: Scene, there: Scene) -> None:
    """A bell at the first replica hears what is asked at the second."""
    with here.agent.bell() as bell:
        _quiet(bell)
        there.invite("ada-afterwards")
        assert json.loads(bell.recv(20)) == {"type": "ring"}


def _quiet(bell: ClientConnection) -> None:
    try:
        while True:
            bell.recv(0.7)
    except TimeoutError:
        return
