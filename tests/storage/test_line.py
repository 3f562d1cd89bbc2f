"""Group commit: many desks, one transaction, and nobody pays for another's failure."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from curtsy.domain.errors import NoAdmin, Refusal, TryAgain
from curtsy.storage import line
from curtsy.storage.database import Database, open_database
from curtsy.storage.store import Store
from tests.harness.clock import MovableClock
from tests.storage import desks

pytestmark = pytest.mark.sqlite


def together(database: Database, *asks: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Let all ask in the same turn of the event loop, so that one transaction takes them."""

    async def crowd() -> list[Any]:
        return await asyncio.gather(*(ask() for ask in asks), return_exceptions=True)

    return asyncio.run(crowd())


def putting(database: Database, word: str) -> Callable[[], Awaitable[str]]:
    """Asks that a word be put."""
    return lambda: database.run(desks.put, word)


@pytest.fixture(autouse=True)
def the_list(database: Database) -> None:
    database.run_now(desks.lay)


@pytest.mark.parametrize(("desk", "error"), [(desks.put_and_refuse, NoAdmin), (desks.put_and_break, ZeroDivisionError)])
def test_what_fails_rolls_back_its_own_desk_only(
    database: Database, desk: Callable[[Store, int, str], None], error: type[Exception]
) -> None:
    a, b, c = together(database, putting(database, "a"), lambda: database.run(desk, "b"), putting(database, "c"))
    assert (a, c) == ("a", "c")
    assert isinstance(b, error)
    assert database.run_now(desks.words) == ["a", "c"]


@pytest.mark.parametrize(("desk", "error"), [(desks.put_and_refuse, NoAdmin), (desks.put_and_break, ZeroDivisionError)])
def test_what_fails_alone_leaves_nothing_and_the_next_goes_on(
    database: Database, desk: Callable[[Store, int, str], None], error: type[Exception]
) -> None:
    async def story() -> None:
        with pytest.raises(error):
            await database.run(desk, "a")
        assert await database.run(desks.put, "b") == "b"

    asyncio.run(story())
    assert database.run_now(desks.words) == ["b"]


def test_neighbours_of_a_batch_come_as_one_call_in_order(database: Database) -> None:
    def put_all(word: str) -> Callable[[], Awaitable[int]]:
        async def put() -> int:
            return await database.run_batched(desks.put_all, word)

        return put

    answers = together(database, put_all("a"), put_all(""), put_all("b"), putting(database, "c"), put_all("d"))
    assert [answers[0], answers[2], answers[3], answers[4]] == [3, 3, "c", 1]
    assert isinstance(answers[1], NoAdmin)
    assert database.run_now(desks.words) == ["a", "b", "c", "d"]


def test_a_broken_batch_takes_only_itself_with_it(database: Database) -> None:
    def broken(_store: Store, _now: int, words: Sequence[str]) -> Sequence[int | Refusal]:
        raise ZeroDivisionError(words)

    def ask() -> Awaitable[int]:
        return database.run_batched(broken, "a")

    a, b, c = together(database, ask, ask, putting(database, "c"))
    assert isinstance(a, ZeroDivisionError)
    assert isinstance(b, ZeroDivisionError)
    assert c == "c"


def test_the_clock_is_asked_once_a_transaction(database: Database, clock: MovableClock) -> None:
    def later(_store: Store, now: int) -> int:
        clock.jump(1000)
        return now

    first, second = together(database, lambda: database.run(later), lambda: database.run(desks.the_time))
    assert first == second


def fill_the_disk(database: Database) -> None:
    """From here on the file may not grow by a page, as on a disk without room."""
    pages = database.run_now(lambda store, _now: store.rows.one("PRAGMA page_count", {}))
    assert pages is not None
    database.run_now(lambda store, _now: store.rows.one(f"PRAGMA max_page_count={pages[0]}", {}))


def test_a_disk_without_room_answers_everyone_try_again(database: Database) -> None:
    fill_the_disk(database)
    answers = together(database, putting(database, "a"), putting(database, "x" * 200_000), putting(database, "c"))
    kept = [answer for answer in answers if isinstance(answer, str)]
    assert [type(answer) for answer in answers[:2]] == [TryAgain, TryAgain]
    assert answers[1].fields["retry_after_ms"] == line.RETRY_MS
    assert database.run_now(desks.words) == kept
    database.run_now(lambda store, _now: store.rows.one("PRAGMA max_page_count=1000000", {}))
    assert together(database, putting(database, "b")) == ["b"]


def test_a_commit_that_is_refused_answers_everyone_try_again(database: Database, path: Path) -> None:
    """A foreign key that is checked when the transaction ends makes COMMIT itself fail."""
    database.run_now(
        lambda store, _now: store.rows.one(
            "CREATE TABLE dangling (word INTEGER REFERENCES words (n) DEFERRABLE INITIALLY DEFERRED)", {}
        )
    )

    def dangle(store: Store, _now: int) -> str:
        store.rows.one("INSERT INTO dangling VALUES (99)", {})
        return "dangling"

    with foreign_keys_on(database, path) as strict:
        answers = together(strict, putting(strict, "a"), lambda: strict.run(dangle))
        assert [type(answer) for answer in answers] == [TryAgain] * 2
        assert strict.run_now(desks.words) == []
        assert together(strict, putting(strict, "b")) == ["b"]


def turn_foreign_keys_on(connection: apsw.Connection) -> None:
    connection.execute("PRAGMA foreign_keys=ON")


@contextlib.contextmanager
def foreign_keys_on(database: Database, path: Path) -> Iterator[Database]:
    """The same file with foreign keys checked, which is said to a connection when it is opened."""
    apsw.connection_hooks.append(turn_foreign_keys_on)
    try:
        opened = open_database(f"sqlite:{path}", clock=database.now)
    finally:
        apsw.connection_hooks.remove(turn_foreign_keys_on)
    yield opened
    opened.close()


def test_a_line_that_is_full_takes_nobody_more(database: Database) -> None:
    async def story() -> None:
        waiting = [asyncio.ensure_future(database.run(desks.the_time)) for _ in range(line.MOST_WAITING + 1)]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [int] * line.MOST_WAITING + [TryAgain]
        assert await database.run(desks.put, "room again") == "room again"

    asyncio.run(story())


def test_who_went_away_has_been_served_all_the_same(database: Database) -> None:
    async def story() -> None:
        gone = asyncio.ensure_future(database.run(desks.put, "a"))
        await asyncio.sleep(0)
        gone.cancel()
        assert await database.run(desks.put, "b") == "b"

    asyncio.run(story())
    assert database.run_now(desks.words) == ["a", "b"]


def test_a_ring_is_heard_after_the_commit_and_not_for_a_refusal(database: Database) -> None:
    def put_and_ring(store: Store, now: int, word: str) -> None:
        desks.put(store, now, word)
        store.ring("topic")

    async def story() -> list[str]:
        heard = asyncio.ensure_future(database.doorbell.wait("topic", 20))
        await asyncio.sleep(0)
        await database.run(put_and_ring, "a")
        assert await heard
        assert not await database.doorbell.wait("topic", 0.01)
        return await database.read(desks.words)

    assert asyncio.run(story()) == ["a"]


def test_a_line_longer_than_a_transaction_is_served_whole_and_in_order(database: Database) -> None:
    words = [str(n) for n in range(line.MOST_DESKS * 2 + 10)]
    assert together(database, *(putting(database, word) for word in words)) == words
    assert database.run_now(desks.words) == words


def test_while_another_process_writes_the_line_waits_and_the_loop_runs(database: Database, path: Path) -> None:
    async def story() -> None:
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE; INSERT INTO words (word) VALUES ('first')")
        second = asyncio.ensure_future(database.run(desks.put, "second"))
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert not second.done()
        assert await database.read(desks.words) == []
        other.execute("COMMIT")
        other.close()
        assert await second == "second"

    asyncio.run(story())
    assert database.run_now(desks.words) == ["first", "second"]
