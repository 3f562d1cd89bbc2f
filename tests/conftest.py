"""What holds for every test: one kind of database a run; drawn examples have no time limit and are the same in CI."""

import os

import pytest
from hypothesis import settings

from tests.harness import place

settings.register_profile("here", deadline=None, database=None)
settings.register_profile("ci", deadline=None, database=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--on", choices=place.KINDS, default=place.KINDS[0], help="the database that tests use")


def pytest_configure(config: pytest.Config) -> None:
    for kind in place.KINDS:
        config.addinivalue_line("markers", f"{kind}: about this kind of database and no other")
    place.choose(config.getoption("--on"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that are about the other kind of database belong to the other run."""
    others = [kind for kind in place.KINDS if kind != config.getoption("--on")]
    foreign = [item for item in items if any(item.get_closest_marker(kind) for kind in others)]
    items[:] = [item for item in items if item not in foreign]
    config.hook.pytest_deselected(items=foreign)
