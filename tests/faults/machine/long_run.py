"""The long life of the machine. Its name hides it from an ordinary run: give this file to pytest by name."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine.rules import Life, Refusing

LONG = settings(
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("life", [Life, Refusing])
@pytest.mark.parametrize("steps", [30, 80])
def test_no_long_order_of_events_breaks_the_guarantee(life: type[Life], steps: int) -> None:
    run_state_machine_as_test(life, settings=settings(LONG, stateful_step_count=steps))
