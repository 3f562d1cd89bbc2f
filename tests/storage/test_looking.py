"""Who reads: in one turn of the event loop all see the same, nobody sees less than was told, and no look stays open."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from curtsy.domain.task import Kind
from curtsy.storage.database import Database, open_database
from curtsy.storage.store import Store
from curtsy.storage.store.queues import EVER, MOST_AHEAD
from tests.harness.clock import MovableClock
from tests.storage.test_promises import count, made

sqlite_only = pytest.mark.sqlite


@pytest.fixture
def other(database: Database, address: str, clock: MovableClock) -> Iterator[Database]:
    """The same database as another process has it open."""
    other = open_database(address, clock=clock)
    yield other
    other.close()


@sqlite_only
def test_in_one_turn_all_see_the_same_and_in_the_next_what_is_new(database: Database, other: Database) -> None:
    async def look() -> tuple[int, int, int]:
        first = await database.read(count)
        other.run_now(made)
        second = await database.read(count)
        await asyncio.sleep(0)
        return first, second, await database.read(count)

    assert asyncio.run(look()) == (0, 0, 1)


def test_who_is_told_of_a_commit_sees_it_whoever_reads_meanwhile(database: Database) -> None:
    async def busy() -> None:
        while True:
            await database.read(count)
            await asyncio.sleep(0)

    async def write_and_look() -> list[int]:
        others = asyncio.create_task(busy())
        seen = []
        for number in range(50):
            await database.run(made, f"ACoAAB{number:03}")
            seen.append(await database.read(count))
        others.cancel()
        return seen

    assert asyncio.run(write_and_look()) == list(range(1, 51))


@sqlite_only
def test_no_look_stays_open(database: Database, path: Path) -> None:
    async def look() -> None:
        database.run_now(made)
        await database.read(count)
        database.run_now(made, "ACoAAB2")
        await asyncio.sleep(0)

    asyncio.run(look())
    beside = apsw.Connection(str(path))
    try:
        # Where somebody still looked at what was, the log could not be emptied.
        assert beside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall() == [(0, 0, 0)]
    finally:
        beside.close()


@pytest.mark.parametrize("approved", [False, True])
def test_a_queue_read_whole_says_what_each_question_says(database: Database, approved: bool) -> None:
    def fill(store: Store, now: int) -> list[str]:
        tasks = [made(store, now, f"ACoAAB{number:04}") or "" for number in range(MOST_AHEAD + 130)]
        for number, task in enumerate(tasks):
            later = now + number % 7 if number % 5 == 0 else now
            store.rows.one(
                "UPDATE tasks SET not_before = :later, approved_at = :yes, state = :state WHERE id = :id",
                {
                    "id": task,
                    "later": later,
                    "yes": now if number % 3 else None,
                    "state": "queued" if number % 11 else "cancelled",
                },
            )
        return tasks

    def compare(store: Store, now: int, tasks: list[str]) -> None:
        queue = store.queues.whole("m", Kind.INVITE, approved=approved)
        for task in tasks[::13] + tasks[-3:]:
            for by in (now, now + 3, EVER):
                said = store.queues.before("m", Kind.INVITE, task, by, approved=approved)
                found = queue.before(task, by)
                assert found.ready == said.ready
                if said.ready < MOST_AHEAD:
                    assert found.later == said.later

        assert approved or queue.before(tasks[-1], now).ready == MOST_AHEAD > queue.before(tasks[500], now).ready > 0

    database.run_now(compare, database.run_now(fill))
