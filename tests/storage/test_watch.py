"""Time as a database counts it: even when the clock is set by a little, one for all, kept from process to process."""

import asyncio
import json
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtsy.domain.errors import NoAdmin
from curtsy.storage.database import Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import CLOCK_JUMPED, Store
from curtsy.storage.watch import JUMP_MS, KEPT, Watch
from tests.harness.clock import Clocks
from tests.storage import desks

MINUTE, HOUR = 60_000, 3_600_000


class Process(Protocol):
    """Begins a process on the one database, a server unless it is told otherwise, in a run of the machine."""

    def __call__(self, boot: str | None, *, serves: bool = True) -> Database: ...


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def process(address: str, clocks: Clocks) -> Process:
    def begin(boot: str | None, *, serves: bool = True) -> Database:
        opened = open_database(address, clock=clocks.wall, steady=clocks.steady, boot=boot)
        migrate(opened)
        opened.keep_time(serves=serves)
        return opened

    return begin


def jumped(database: Database) -> bool:
    return database.run_now(lambda store, _now: store.house(CLOCK_JUMPED)) is not None


def refuse(_store: Store, _now: int) -> None:
    raise NoAdmin


def forgive(store: Store, _now: int) -> None:
    store.set_house(CLOCK_JUMPED, None)


# ------------------------------------------------------------------ in one process


@given(st.lists(st.tuples(st.integers(-140_000, 140_000), st.integers(0, 400_000)), max_size=40))
def test_whatever_the_wall_says_no_wait_is_shorter_or_longer_by_more_than_a_fiftieth(
    story: list[tuple[int, int]],
) -> None:
    clocks = Clocks()
    watch = Watch(clocks.wall, clocks.steady)
    began, before, off = watch.now(), watch.now(), 0
    passed = 0
    for said, ms in story:
        clocks.wall.set_by(said - off)
        off = said
        clocks.pass_(ms)
        passed += ms
        now = watch.now()
        assert before <= now
        assert abs(now - began - passed) <= passed / 50 + 1
        before = now


@pytest.mark.parametrize("ms", [4 * MINUTE, -4 * MINUTE])
def test_in_the_end_it_is_the_time_on_the_wall_however_often_it_is_asked(clocks: Clocks, ms: int) -> None:
    watch = Watch(clocks.wall, clocks.steady)
    watch.now()
    clocks.wall.set_by(ms)
    for _ in range(50_000):
        clocks.pass_(7)
        watch.now()
    assert abs(abs(watch.now() - clocks.wall()) - (4 * MINUTE - 7_000)) <= 1
    clocks.pass_(4 * HOUR)
    assert watch.now() == clocks.wall()


def test_steps_that_add_up_to_minutes_are_a_jump(process: Process, clocks: Clocks) -> None:
    database = process("monday")
    clocks.wall.set_by(3 * MINUTE)
    assert not jumped(database)
    clocks.pass_(1000)
    clocks.wall.set_by(3 * MINUTE)
    assert jumped(database)
    assert database.now() == clocks.wall()
    database.close()


def test_everybody_who_asks_a_database_is_told_the_same(process: Process, clocks: Clocks) -> None:
    database = process("monday")
    clocks.wall.set_by(4 * MINUTE)

    async def story() -> list[int]:
        return [
            await database.run(desks.the_time),
            await database.read(desks.the_time),
            await database.scan(desks.the_time),
            database.now(),
        ]

    began = clocks.wall() - 4 * MINUTE
    assert asyncio.run(story()) == [began] * 4
    clocks.wall.set_by(HOUR)
    assert asyncio.run(story()) == [clocks.wall()] * 4
    database.close()


def test_a_jump_that_a_reader_sees_first_is_told_by_the_next_who_writes(process: Process, clocks: Clocks) -> None:
    database = process("monday")
    clocks.wall.set_by(HOUR)
    assert asyncio.run(database.read(desks.the_time)) == clocks.wall()
    with pytest.raises(NoAdmin):
        database.run_now(refuse)
    assert jumped(database)
    database.run_now(forgive)
    assert not jumped(database)
    database.close()


# ------------------------------------------------------------------ from one process to the next


@pytest.mark.parametrize("ms", [HOUR, -HOUR, JUMP_MS + 1, -JUMP_MS - 1])
def test_a_clock_set_while_nothing_ran_has_jumped(process: Process, clocks: Clocks, ms: int) -> None:
    process("monday").close()
    clocks.pass_(HOUR)
    clocks.wall.set_by(ms)
    database = process("monday")
    assert jumped(database)
    assert database.now() == clocks.wall()
    database.run_now(forgive)
    database.close()
    after = process("monday")
    assert not jumped(after)
    after.close()


@pytest.mark.parametrize("ms", [4 * MINUTE, -4 * MINUTE])
@pytest.mark.parametrize("before", [True, False])
def test_a_small_step_before_or_after_the_end_of_a_process_leaves_the_next_ones_time_even(
    process: Process, clocks: Clocks, ms: int, before: bool
) -> None:
    database = process("monday")
    began = database.now()
    if before:
        clocks.wall.set_by(ms)
        database.run_now(desks.the_time)
    database.close()
    if not before:
        clocks.wall.set_by(ms)
    clocks.pass_(10_000)
    database = process("monday")
    assert abs(database.now() - began - 10_000) <= 200
    assert not jumped(database)
    database.close()


@pytest.mark.parametrize("boot", ["tuesday", None])
@pytest.mark.parametrize(("ms", "noticed"), [(-HOUR, True), (-JUMP_MS - 1, True), (-4 * MINUTE, False), (HOUR, False)])
def test_after_a_reboot_only_a_clock_set_back_is_told_from_time_that_passed(
    process: Process, clocks: Clocks, boot: str | None, ms: int, noticed: bool
) -> None:
    database = process("monday" if boot else None)
    last = database.now()
    database.close()
    clocks.wall.set_by(ms)
    clocks.steady = type(clocks.steady)(stands=True)
    database = process(boot)
    assert jumped(database) is noticed
    assert database.now() == (clocks.wall() if noticed else max(last, clocks.wall()))
    database.close()


@pytest.mark.parametrize("ms", [4 * MINUTE, HOUR, -HOUR])
def test_a_command_counts_time_as_the_server_does_and_sees_a_jump_as_soon(
    process: Process, clocks: Clocks, ms: int
) -> None:
    server = process("monday")
    clocks.wall.set_by(ms)
    command = process("monday", serves=False)
    assert command.now() == server.now()
    assert jumped(command) is (abs(ms) == HOUR)
    command.close()
    server.close()


def test_a_command_on_another_machine_has_a_clock_of_its_own(process: Process, clocks: Clocks) -> None:
    server = process("monday")
    before = server.run_now(_kept)
    clocks.wall.set_by(-HOUR)
    command = process("elsewhere", serves=False)
    assert command.now() == clocks.wall()
    clocks.pass_(HOUR)
    assert not jumped(command)
    assert command.run_now(_kept) == before
    command.close()
    server.close()


def test_a_restart_in_the_same_minute_as_a_jump_tells_it_once(process: Process, clocks: Clocks) -> None:
    database = process("monday")
    clocks.wall.set_by(HOUR)
    assert jumped(database)
    database.run_now(forgive)
    database.close()
    again = process("monday")
    assert not jumped(again)
    again.close()


def test_how_the_clocks_stand_is_written_once_a_minute_and_not_by_what_was_undone(
    process: Process, clocks: Clocks
) -> None:
    database = process("monday")
    kept = [database.run_now(_kept)]
    for _ in range(3):
        clocks.pass_(30_000)
        with pytest.raises(NoAdmin):
            database.run_now(refuse)
        kept.append(database.run_now(_kept))
    assert [at - kept[0] for at in kept] == [0, 0, 60_000, 60_000]
    database.close()


def _kept(store: Store, _now: int) -> int:
    said: int = json.loads(store.house(KEPT) or "")["now"]
    return said
