"""One PostgreSQL in memory for the pairs: they are about what desks see of each other, not about disks."""

from collections.abc import Iterator

import pytest

from tests.harness.folder import QUICK
from tests.harness.postgres import Postgres
from tests.replicas.steps import Replicas
from tests.replicas.worlds import Worlds


@pytest.fixture(scope="session")
def quick_postgres() -> Iterator[Postgres]:
    # Locks that cross are found after this long; at a second each the pairs would take hours.
    server = Postgres("deadlock_timeout=20ms", within=QUICK)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def worlds(quick_postgres: Postgres) -> Iterator[Worlds]:
    replicas = Replicas(quick_postgres.fresh())
    try:
        yield Worlds(replicas)
    finally:
        replicas.close()
