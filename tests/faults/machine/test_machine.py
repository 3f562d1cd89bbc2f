"""A short life of the machine in every run of the tests; ``long_run.py`` beside it is the long one."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine.rules import Life, Refusing

SHORT = settings(
    stateful_step_count=30, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck)
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("life", "examples"), [(Life, 250), (Refusing, 50)])
def test_no_order_of_events_breaks_the_guarantee(life: type[Life], examples: int) -> None:
    run_state_machine_as_test(life, settings=settings(SHORT, max_examples=examples))
