"""A database that is away or ends sessions: no bell goes dumb, and nothing is said to be done that is not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from curtsy.domain.errors import TryAgain
from curtsy.storage.database import Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from tests.harness.clock import MovableClock
from tests.harness.postgres import postgres
from tests.harness.scene import set_scene
from tests.harness.served import served
from tests.harness.sky import Sky
from tests.harness.waiting import until

pytestmark = pytest.mark.postgresql
SILENT_MS = 300


def opened(address: str) -> Database:
    database = open_database(address, clock=MovableClock())
    migrate(database)
    return database


@pytest.fixture
def address() -> str:
    return postgres().fresh()


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    with contextlib.closing(opened(address)) as database:
        yield database


def test_a_bell_that_could_not_ask_the_database_rings_once_it_is_back(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        scene = set_scene(server, Sky(server.clock))
        try:
            with psycopg.connect(server.address, autocommit=True) as inside, scene.agent.bell() as bell:
                until(lambda: _listens(inside), "an ear for other processes")
                with contextlib.suppress(TimeoutError):
                    while True:
                        bell.recv(0.7)
                _let_in(server.address, False)
                _end_all_but_the_ear(inside)
                inside.execute(f"NOTIFY curtsy, 'elsewhere agent:{scene.agent.agent_id}'".encode())
                with pytest.raises(TimeoutError):
                    bell.recv(3)
                _let_in(server.address, True)
                assert json.loads(bell.recv(30)) == {"type": "ring"}
        finally:
            scene.close()


def _listens(inside: psycopg.Connection[tuple[object, ...]]) -> bool:
    return len(_ears(inside)) == 1


def _ears(inside: psycopg.Connection[tuple[object, ...]]) -> list[object]:
    rows = inside.execute(
        b"SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        b"AND query IN ('LISTEN curtsy', 'SELECT 1')"
    )
    return [row[0] for row in rows.fetchall()]


def _let_in(address: str, whether: bool) -> None:
    """Let nobody new into a database, or everybody again."""
    name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    with psycopg.connect(postgres().address("postgres"), autocommit=True) as session:
        session.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {'true' if whether else 'false'}".encode())


def _end_all_but_the_ear(inside: psycopg.Connection[tuple[object, ...]]) -> None:
    ears = _ears(inside)

    def none_left() -> bool:
        return not inside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND NOT pid = ANY(%s)",
            (ears,),
        ).fetchall()

    until(none_left, "the end of every session that asks")


def test_a_session_that_ends_in_the_middle_of_a_desk_costs_another_run(address: str) -> None:
    opened(address).close()
    silent = f"{address}?options=-c%20idle_in_transaction_session_timeout%3D{SILENT_MS}"
    runs: list[int] = []
    with contextlib.closing(opened(silent)) as database, psycopg.connect(address, autocommit=True) as watch:

        def silent_at_first(store: Store, _now: int) -> int:
            (pid,) = store.rows.one("SELECT pg_backend_pid()", {}) or (0,)
            runs.append(pid)
            if len(runs) == 1:
                until(lambda: _gone(watch, pid), "the end of a session that is silent too long")
            store.set_house("runs", str(len(runs)))
            return len(runs)

        assert database.run_now(silent_at_first) == 2
        assert database.run_now(lambda store, _now: store.house("runs")) == "2"


def _gone(watch: psycopg.Connection[tuple[object, ...]], pid: int) -> bool:
    return watch.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone() is None


def test_what_the_database_rolled_back_is_not_said_to_be_done(database: Database) -> None:
    def careless(store: Store, _now: int) -> str:
        store.set_house("careless", "yes")
        with contextlib.suppress(psycopg.Error):
            store.rows.one("SELECT 1 / 0", {})
        return "done"

    with pytest.raises(TryAgain):
        database.run_now(careless)
    assert database.run_now(lambda store, _now: store.house("careless")) is None


def test_a_desk_that_outlives_its_event_loop_is_done_and_nobody_complains(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(store: Store, _now: int) -> None:
        begun.set()
        assert go.wait(20)
        store.set_house("slow", "done")

    async def leave_it() -> None:
        asking = asyncio.create_task(database.run(slow))
        await asyncio.to_thread(begun.wait, 20)
        asking.cancel()

    with caplog.at_level(logging.WARNING):
        asyncio.run(leave_it())
        go.set()
        until(lambda: database.run_now(lambda store, _now: store.house("slow")) == "done", "what was asked for")
    assert [record for record in caplog.records if record.name.startswith("concurrent")] == []


def test_a_crowd_that_asks_while_the_database_is_away_is_not_kept_one_after_the_other(
    address: str, database: Database
) -> None:
    async def crowd() -> list[object]:
        asking = (database.read(lambda store, _now: store.teams.all()) for _ in range(64))
        return list(await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 30))

    with psycopg.connect(address, autocommit=True) as inside:
        _let_in(address, False)
        try:
            _end_all_but_the_ear(inside)
            assert {type(answer) for answer in asyncio.run(crowd())} == {TryAgain}
        finally:
            _let_in(address, True)
    until(lambda: _answers(database), "the database, back")


def _answers(database: Database) -> bool:
    try:
        database.run_now(lambda store, _now: store.teams.all())
    except TryAgain:
        return False
    return True
