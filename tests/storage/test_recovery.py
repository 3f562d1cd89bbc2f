"""Whatever breaks, in a desk or under it: everybody in line is answered, and the next desk is served."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import apsw
import pytest

from curtsy.domain.errors import NoAdmin, Refusal, TryAgain
from curtsy.storage.database import Database, open_database
from curtsy.storage.store import CLOCK_JUMPED, Store
from tests.harness.clock import MovableClock
from tests.storage import desks

pytestmark = pytest.mark.sqlite


class Trouble:
    """Every connection opened in the block asks here before each statement; what ``on`` names fails."""

    def __init__(self) -> None:
        self.on: tuple[str, ...] = ()
        self.error: Callable[[], BaseException] = apsw.IOError
        self.times = 0

    def watch(self, connection: apsw.Connection) -> None:
        connection.set_exec_trace(self._ask)

    def _ask(self, _cursor: object, sql: str, _bindings: object) -> bool:
        if self.times and sql in self.on:
            self.times -= 1
            raise self.error()
        return True


@pytest.fixture
def trouble(path: Path, clock: MovableClock) -> Iterator[Trouble]:
    made = Trouble()
    apsw.connection_hooks.append(made.watch)
    yield made
    apsw.connection_hooks.remove(made.watch)


@pytest.fixture
def troubled(trouble: Trouble, database: Database, path: Path, clock: MovableClock) -> Iterator[Database]:
    database.run_now(desks.lay)
    opened = open_database(f"sqlite:{path}", clock=clock)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "on",
    [
        ("COMMIT",), ("COMMIT", "ROLLBACK"), ("SAVEPOINT desk", "ROLLBACK"), ("RELEASE desk", "ROLLBACK TO desk"),
        ("BEGIN IMMEDIATE",), ("INSERT INTO words (word) VALUES (?1)", "ROLLBACK"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("crowd", [1, 3])
def test_a_statement_of_the_line_that_fails_wedges_nobody(
    troubled: Database, trouble: Trouble, on: tuple[str, ...], crowd: int
) -> None:
    async def story() -> list[str]:
        trouble.on, trouble.times = on, len(on)
        asks = (troubled.run(desks.put, f"word {n}") for n in range(crowd))
        answers = await asyncio.wait_for(asyncio.gather(*asks, return_exceptions=True), 20)
        assert all(isinstance(answer, str | TryAgain) for answer in answers)
        trouble.times = 0
        assert await asyncio.wait_for(troubled.run(desks.put, "next"), 20) == "next"
        return [answer for answer in answers if isinstance(answer, str)]

    told = asyncio.run(story())
    assert troubled.run_now(desks.words) == [*told, "next"]


@pytest.mark.parametrize("on", [("COMMIT",), ("COMMIT", "ROLLBACK")])
def test_a_command_whose_commit_fails_leaves_nothing_open(
    troubled: Database, trouble: Trouble, on: tuple[str, ...]
) -> None:
    trouble.on, trouble.times = on, len(on)
    with pytest.raises(apsw.IOError):
        troubled.run_now(desks.put, "lost")
    trouble.times = 0
    assert troubled.run_now(desks.words) == []


class Stop(BaseException):
    """Nothing an ``except Exception`` would catch."""


def test_what_no_desk_should_raise_leaves_the_line_usable(troubled: Database) -> None:
    def stop(_store: Store, _now: int) -> None:
        raise Stop

    async def story() -> None:
        asks = asyncio.gather(troubled.run(desks.put, "a"), troubled.run(stop), return_exceptions=True)
        assert [type(answer) for answer in await asyncio.wait_for(asks, 20)] == [TryAgain] * 2
        assert await put(troubled, "b") == "b"

    asyncio.run(story())
    assert troubled.run_now(desks.words) == ["b"]


async def put(database: Database, word: str) -> str:
    return await asyncio.wait_for(database.run(desks.put, word), 20)


def test_a_batch_that_answers_too_few_is_answered_all_the_same(troubled: Database) -> None:
    def too_few(_store: Store, _now: int, asked: Sequence[str]) -> Sequence[int | Refusal]:
        return [1] * (len(asked) - 1)

    async def story() -> None:
        asks = [troubled.run_batched(too_few, "x") for _ in range(3)]
        answers = await asyncio.wait_for(asyncio.gather(*asks, put(troubled, "a"), return_exceptions=True), 20)
        assert [type(answer) for answer in answers] == [ValueError] * 3 + [str]

    asyncio.run(story())


def test_a_command_in_another_thread_does_not_make_the_line_forget(troubled: Database) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(_store: Store, _now: int) -> None:
        entered.set()
        assert leave.wait(20)

    command = threading.Thread(target=troubled.run_now, args=(slow,))
    command.start()

    async def story() -> str:
        asked = asyncio.ensure_future(put(troubled, "a"))
        # Until the line must have found the writer taken; it may ask again, but nothing tells it when.
        await asyncio.wait((asked,), timeout=0.05)
        leave.set()
        return await asked

    assert entered.wait(20)
    assert asyncio.run(story()) == "a"
    command.join(20)


def test_a_command_that_never_gets_its_turn_is_refused(troubled: Database, trouble: Trouble) -> None:
    trouble.on, trouble.times, trouble.error = ("BEGIN IMMEDIATE",), 1, apsw.BusyError
    with pytest.raises(TryAgain, match="busy"):
        troubled.run_now(desks.put, "never")
    assert troubled.run_now(desks.words) == []


@pytest.mark.parametrize("broken", ["refused", "not committed"])
def test_a_clock_that_jumped_is_noticed_though_that_transaction_was_undone(
    trouble: Trouble, database: Database, path: Path, broken: str
) -> None:
    database.run_now(desks.lay)
    clock, steady = MovableClock(), MovableClock()
    watched = open_database(f"sqlite:{path}", clock=clock, steady=steady)
    watched.run_now(desks.the_time)
    clock.jump(10 * 60_000)
    if broken == "refused":
        with pytest.raises(NoAdmin):
            watched.run_now(desks.put_and_refuse, "a")
    else:
        trouble.on, trouble.times = ("COMMIT",), 1
        with pytest.raises(apsw.IOError):
            watched.run_now(desks.put, "a")
    assert watched.run_now(lambda store, _now: store.house(CLOCK_JUMPED)) is not None
    watched.close()
