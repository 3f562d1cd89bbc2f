"""One server for the folder, a team and a browser of its own for each test."""

import itertools
from collections.abc import Iterator

import pytest

from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    with quick_folder() as folder, served(folder) as server:
        yield server


@pytest.fixture(scope="session")
def unmoved() -> Iterator[Served]:
    """One whose clock no test moves: other people's verifiers look at the clock on the wall."""
    with quick_folder() as folder, served(folder) as server:
        yield server


@pytest.fixture
def scene(server: Served) -> Iterator[Scene]:
    made = set_scene(server, Sky(server.clock), name=f"Web {next(NUMBERS)}")
    try:
        yield made
    finally:
        made.close()
