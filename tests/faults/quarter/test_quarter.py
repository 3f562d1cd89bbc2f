"""Ten days of seven members in every run of the tests; ``make quarter`` is the long form."""

from __future__ import annotations

import pytest

from tests.faults.quarter.campaign import Plan, carry_out
from tests.faults.quarter.report import markdown
from tests.harness import place
from tests.harness.folder import quick_folder

PLAN = Plan(members=7, days=10, seed=1, samples=24, calm=1.5)


@pytest.mark.timeout(300)
def test_nothing_is_exceeded_nobody_is_asked_twice_and_what_is_said_is_so() -> None:
    with quick_folder() as folder:
        quarter = carry_out(PLAN, place.fresh(folder))
    table = markdown(quarter)
    assert quarter.judge.faults == [], "\n\n".join(quarter.judge.faults)
    assert quarter.judge.counts["LinkedIn: sent"] > 300, table
    assert len(quarter.foresight.samples) > 5, table
    # So few predictions leave room for chance: the bar of nine in ten is the long form's.
    assert sum(quarter.foresight.made.values()) > 15, table
    assert quarter.foresight.share() > 0.8, f"{quarter.foresight.wrong}\n{table}"
