"""A disk that fails under a real server: what it could not make durable it does not acknowledge, and it recovers."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
import requests

from curtsy.domain.errors import TryAgain
from curtsy.storage.database import open_database
from tests.faults.disk.strace import SYNCS, WRITES, tampered
from tests.harness.clock import MovableClock
from tests.harness.scene import Scene, set_scene
from tests.harness.served import ServerProcess, server_process
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.storage import desks

MANY = 12


def in_letters(number: int) -> str:
    """A name that LinkedIn would take, for a number."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:06}")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with server_process(tmp_path) as server:
        made = set_scene(server, Sky(MovableClock()))
        try:
            yield made
        finally:
            made.close()


def process(scene: Scene) -> ServerProcess:
    assert isinstance(scene.server, ServerProcess)
    return scene.server


def pid(scene: Scene) -> int:
    """The server's process."""
    running = process(scene)._process
    assert running is not None
    return running.pid


def asked(scene: Scene, number: int) -> requests.Response:
    """Ask for an invitation, with a key of its own."""
    headers = {"x-api-key": scene.house.key, "idempotency-key": f"disk-{number}"}
    body = {"profile_urn": f"disk-{in_letters(number)}"}
    return requests.post(f"{scene.url}/linkedin-agent/send-connection-request", json=body, headers=headers, timeout=20)


class Ledger:
    """What was acknowledged: by number of the request, the task."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.tasks: dict[int, str] = {}

    def ask(self, number: int) -> int:
        """Ask once; the status of the answer."""
        got = asked(self.scene, number)
        if got.status_code == 200:
            task = got.json()["api_agent_task_id"]
            assert self.tasks.setdefault(number, task) == task
        else:
            assert (got.status_code, got.json()["code"]) == (503, "try_again"), got.text
            assert int(got.headers["retry-after"]) >= 1
        return got.status_code

    def ask_until_answered(self, number: int) -> None:
        until(lambda: self.ask(number) == 200, f"the server to take request {number} again")

    def check(self) -> None:
        """Every acknowledged task is there, once, after the server was killed and started again."""
        server = process(self.scene)
        server.kill()
        server.start()
        for number, task in self.tasks.items():
            assert self.scene.status(task)["status"] == "pending", f"request {number} was acknowledged and is gone"
        rows = server.run(lambda store, _now: store.rows.all("SELECT id FROM tasks", {}))
        assert {row[0] for row in rows} >= set(self.tasks.values())
        assert server.run(lambda store, _now: store.rows.all("PRAGMA integrity_check", {})) == [("ok",)]


@pytest.mark.parametrize(("calls", "error"), [(SYNCS, "EIO"), (WRITES, "ENOSPC"), (WRITES, "EIO"), (WRITES, "EROFS")])
def test_while_the_disk_fails_nothing_is_acknowledged(scene: Scene, tmp_path: Path, calls: str, error: str) -> None:
    ledger = Ledger(scene)
    assert [ledger.ask(number) for number in range(MANY)] == [200] * MANY
    with tampered(pid(scene), calls, f"error={error}", tmp_path / "log"):
        assert [ledger.ask(number) for number in range(MANY, 2 * MANY)] == [503] * MANY
        assert scene.status(ledger.tasks[0])["status"] == "pending"  # reading goes on
    for number in range(MANY, 3 * MANY):
        ledger.ask_until_answered(number)
    ledger.check()


@pytest.mark.parametrize(("calls", "when"), [(SYNCS, "2+3"), (WRITES, "3+29")])
def test_a_disk_that_fails_now_and_then_loses_nothing_acknowledged(
    scene: Scene, tmp_path: Path, calls: str, when: str
) -> None:
    ledger = Ledger(scene)
    with tampered(pid(scene), calls, f"error=EIO:when={when}", tmp_path / "log"):
        statuses = [ledger.ask(number) for number in range(3 * MANY)]
    assert {200, 503} == set(statuses)
    for number in range(3 * MANY):
        ledger.ask_until_answered(number)
    ledger.check()


@pytest.mark.parametrize("at", [1, 2, 3, 5, 8])
def test_a_server_killed_at_a_sync_has_everything_it_acknowledged(scene: Scene, tmp_path: Path, at: int) -> None:
    ledger = Ledger(scene)
    numbers = itertools.count()

    def ask() -> None:
        for number in itertools.islice(numbers, 40):
            try:
                ledger.ask(number)
            except requests.RequestException:
                return

    with tampered(pid(scene), SYNCS, f"signal=SIGKILL:when={at}", tmp_path / "log"):
        callers = [threading.Thread(target=ask) for _ in range(3)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(60)
            assert not caller.is_alive()
    ledger.check()
    for number in range(3):
        ledger.ask_until_answered(number)


def test_every_answer_comes_after_a_sync(scene: Scene, tmp_path: Path) -> None:
    ledger = Ledger(scene)
    with tampered(pid(scene), SYNCS, "", tmp_path / "log") as log:
        assert [ledger.ask(number) for number in range(MANY)] == [200] * MANY
    synced = [line for line in log.read_text().splitlines() if "sync(" in line and "= 0" in line]
    assert len(synced) >= MANY


def test_a_database_that_may_not_be_written_says_so_and_recovers(tmp_path: Path) -> None:
    opened: list[apsw.Connection] = []
    apsw.connection_hooks.append(opened.append)
    try:
        database = open_database(f"sqlite:{tmp_path / 'curtsy.db'}", clock=MovableClock())
    finally:
        apsw.connection_hooks.remove(opened.append)
    assert [(one.pragma("journal_mode"), one.pragma("synchronous")) for one in opened] == [("wal", 2)] * 2
    database.run_now(desks.lay)

    async def story() -> None:
        for one in opened:
            one.pragma("query_only", True)
        with pytest.raises(TryAgain):
            await database.run(desks.put, "a")
        assert await database.read(desks.words) == []
        for one in opened:
            one.pragma("query_only", False)
        assert await database.run(desks.put, "b") == "b"

    asyncio.run(story())
    assert database.run_now(desks.words) == ["b"]
    database.close()
