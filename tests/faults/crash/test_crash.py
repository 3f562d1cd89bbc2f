"""Whatever is killed, lost, repeated or late: no second invitation, nothing lost, no wrong word (guarantee, I1-I12)."""

from __future__ import annotations

import pytest

from tests.faults.crash.campaign import carry_out


@pytest.mark.parametrize(("mode", "seed"), [("plain", 1), ("lying", 2), ("refusing", 3), ("stepping", 4)])
def test_twenty_points(mode: str, seed: int) -> None:
    done = carry_out(seed, 20, mode)
    assert done.points >= 20, f"only {done.points} points were reached"
    assert not done.complain(), done.complain()
    assert done.verdict.outcomes["completed"] > 0
