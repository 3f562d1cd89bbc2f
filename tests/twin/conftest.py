"""One twin for the whole folder, as at the start before each test."""

from collections.abc import Iterator

import pytest

from curtsy.twin.remote import Twin
from curtsy.twin.server import TwinSettings, running_twin
from tests.twin.caller import Caller


@pytest.fixture(scope="session")
def lasting_twin() -> Iterator[Twin]:
    with running_twin(TwinSettings(clock_control=True)) as twin:
        yield twin


@pytest.fixture
def twin(lasting_twin: Twin) -> Twin:
    lasting_twin.tell("reset")
    return lasting_twin


@pytest.fixture
def sam(twin: Twin) -> Caller:
    return Caller(twin)
