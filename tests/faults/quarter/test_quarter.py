"""A fortnight of six members in every run of the tests; ``make quarter`` is the long form."""

from __future__ import annotations

from pathlib import Path

from tests.faults.quarter.campaign import Plan, carry_out
from tests.faults.quarter.report import markdown
from tests.harness import place


def test_nothing_is_exceeded_nobody_is_asked_twice_and_what_is_said_is_so(tmp_path: Path) -> None:
    quarter = carry_out(Plan(members=6, days=14, seed=1), place.fresh(tmp_path))
    assert quarter.judge.faults == [], "\n\n".join(quarter.judge.faults)
    assert quarter.judge.counts["LinkedIn: sent"] > 300
    assert quarter.foresight.share() > 0.75, f"{quarter.foresight.wrong}\n{markdown(quarter)}"
