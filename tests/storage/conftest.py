"""A database of its own for each test, brought to the schema of this version."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.storage.database import Database, open_database
from curtsy.storage.migrate import migrate
from tests.harness import place
from tests.harness.clock import MovableClock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "curtsy.db"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(stands=True)


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Where the database of a test is; a file is at ``path``."""
    return place.fresh(tmp_path)


@pytest.fixture
def database(address: str, clock: MovableClock) -> Iterator[Database]:
    database = open_database(address, clock=clock)
    migrate(database)
    yield database
    database.close()
