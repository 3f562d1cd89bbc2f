"""Any number of processes may bring a database up to date, and none takes one back."""

import threading
from pathlib import Path

import pytest

from curtsy.storage.database import CannotOpen, Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from tests.harness.clock import MovableClock


def schema(store: Store, _now: int) -> list[tuple[str, str]]:
    return [
        (row[0], row[1])
        for row in store.rows.all("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name", {})
    ]


def test_migrating_twice_changes_nothing(database: Database) -> None:
    before = database.run_now(schema)
    assert before
    assert migrate(database) == []
    assert database.run_now(schema) == before


def test_of_many_processes_at_once_one_does_it(path: Path, clock: MovableClock) -> None:
    applied: list[str] = []
    ready = threading.Barrier(8)

    def bring_up_to_date() -> None:
        ready.wait(20)
        database = open_database(f"sqlite:{path}", clock=clock)
        applied.extend(migrate(database))
        database.close()

    crowd = [threading.Thread(target=bring_up_to_date) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert sorted(applied) == sorted(set(applied))
    assert "0001_first.sql" in applied


def test_a_newer_database_is_refused(database: Database) -> None:
    database.run_now(
        lambda store, now: store.rows.one("INSERT INTO migrations VALUES ('9999_later.sql', :now)", {"now": now})
    )
    with pytest.raises(CannotOpen, match=r"newer version.*9999_later"):
        migrate(database)


def test_a_migration_that_fails_leaves_nothing(path: Path) -> None:
    database = open_database(f"sqlite:{path}", clock=MovableClock())
    database.run_now(lambda store, _now: store.rows.one("CREATE TABLE events (n INTEGER)", {}))
    with pytest.raises(Exception, match="events"):
        migrate(database)
    assert {name for name, _ in database.run_now(schema)} == {"events", "migrations"}
    database.close()
