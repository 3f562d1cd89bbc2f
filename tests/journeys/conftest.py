"""A server, a team and a browser for each story."""

from collections.abc import Iterator

import pytest

from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, scene


@pytest.fixture
def stage() -> Iterator[Scene]:
    with quick_folder() as folder, scene(folder) as stage:
        yield stage
