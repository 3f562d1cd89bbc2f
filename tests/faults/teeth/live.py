"""Let the machine live, always the same lives, on whatever sources PYTHONPATH leads to."""

from __future__ import annotations

import sys
import traceback

from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine.rules import Life
from tests.faults.teeth.bite import BROKE, HELD

SAME_LIVES = settings(
    max_examples=400,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def live() -> int:
    """Live until something breaks."""
    try:
        run_state_machine_as_test(Life, settings=SAME_LIVES)
    except (AssertionError, Flaky):  # a second look at the same life may differ in the ids it draws
        traceback.print_exc()
        return BROKE
    return HELD


if __name__ == "__main__":
    sys.exit(live())
