"""Any number of processes may bring a database up to date, and none takes one back."""

import threading

import pytest

from curtsy.storage import store as named
from curtsy.storage.database import CannotOpen, Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from tests.harness.clock import MovableClock

SCHEMA = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name",
    "postgresql": "SELECT table_name, string_agg(column_name || data_type, ',' ORDER BY column_name) "
    "FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name ORDER BY table_name",
}


def schema(database: Database) -> list[tuple[str, str]]:
    """Every table, and what it consists of."""
    return database.run_now(lambda store, _now: [(row[0], row[1]) for row in store.rows.all(SCHEMA[database.kind], {})])


def test_migrating_twice_changes_nothing(database: Database) -> None:
    before = schema(database)
    assert before
    assert migrate(database) == []
    assert schema(database) == before


def test_of_many_processes_at_once_one_does_it(address: str, clock: MovableClock) -> None:
    applied: list[str] = []
    ready = threading.Barrier(8)

    def bring_up_to_date() -> None:
        ready.wait(20)
        database = open_database(address, clock=clock)
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


def test_a_database_to_which_a_newer_release_only_added_is_taken(database: Database) -> None:
    database.run_now(
        lambda store, now: store.rows.one("INSERT INTO migrations VALUES ('9998_adds_a_thing.sql', :now)", {"now": now})
    )
    assert migrate(database) == []


@pytest.mark.postgresql
def test_a_turn_is_waited_for(address: str, clock: MovableClock) -> None:
    database = open_database(address, clock=clock)
    migrate(database)
    held, ended = threading.Event(), threading.Event()

    def hold(store: Store, _now: int) -> None:
        store.rows.hold(named.SCHEMA)
        held.set()
        assert ended.wait(60)

    other = open_database(address, clock=clock)
    first = threading.Thread(target=other.run_now, args=(hold,))
    first.start()
    try:
        assert held.wait(20)
        # Longer than one wait for a lock lasts, so that the second try is the one that succeeds.
        threading.Timer(6, ended.set).start()
        assert migrate(database) == []
    finally:
        ended.set()
        first.join(20)
        other.close()
        database.close()


def test_a_migration_that_fails_leaves_nothing(address: str) -> None:
    database = open_database(address, clock=MovableClock())
    database.run_now(lambda store, _now: store.rows.one("CREATE TABLE events (n INTEGER)", {}))
    with pytest.raises(Exception, match="events"):
        migrate(database)
    assert {name for name, _ in schema(database)} == {"events", "migrations"}
    database.close()
