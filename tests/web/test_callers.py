"""Who calls is asked for once, however many come at once with a key that nobody has shown lately."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.errors import InvalidApiKey
from curtsy.service import access, teams
from curtsy.service.access import Caller, Scope
from curtsy.storage.database import Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.web.caller import Callers
from tests.harness import place
from tests.harness.clock import MovableClock


class Counting(Callers):
    """Counts how often the database is asked."""

    asked = 0

    async def _look_up(self, secret: bytes) -> Caller:
        self.asked += 1
        return await super()._look_up(secret)


async def together(database: Database, key: str) -> tuple[list[Caller | BaseException], int]:
    callers = Counting(database)
    headers = {b"x-api-key": key.encode()}
    told = await asyncio.gather(*(callers.team(headers, Scope.READ) for _ in range(50)), return_exceptions=True)
    assert bool(callers.known(headers, Scope.READ)) == isinstance(told[0], Caller)
    return told, callers.asked


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(place.fresh(tmp_path), clock=MovableClock(stands=True))
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def key(database: Database) -> str:
    team_id, _ = database.run_now(teams.found, "Crowded", "ada@example.com")
    return database.run_now(access.create_key, team_id, Scope.READ).secret


def test_many_who_come_at_once_with_a_key_cost_one_question(database: Database, key: str) -> None:
    told, asked = asyncio.run(together(database, key))
    assert asked == 1
    assert len({one.team_id for one in told if isinstance(one, Caller)}) == 1
    assert not any(isinstance(one, BaseException) for one in told)


def test_a_key_that_is_none_is_told_to_all(database: Database) -> None:
    told, asked = asyncio.run(together(database, "ck_live_nobody"))
    assert asked == 1
    assert all(isinstance(one, InvalidApiKey) for one in told)


def test_who_leaves_takes_the_answer_from_nobody(database: Database, key: str) -> None:
    async def leave() -> Caller:
        callers = Callers(database)
        headers = {b"x-api-key": key.encode()}
        first = asyncio.create_task(callers.team(headers, Scope.READ))
        second = asyncio.create_task(callers.team(headers, Scope.READ))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(leave()).scope is Scope.READ
