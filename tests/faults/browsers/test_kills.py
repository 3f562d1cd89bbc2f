"""A browser that dies anywhere in an invitation: at most one is sent, and what is said of it is true."""

from __future__ import annotations

import pytest

from tests.faults.browsers.kills import killing

SEED = 11
KILLS = 5


@pytest.mark.timeout(300)
def test_five_kills() -> None:
    with killing(SEED) as killer:
        kills = [killer.strike() for _ in range(KILLS)]
    faults = [kill.fault for kill in kills if kill.fault]
    assert not faults, f"seed {SEED}: {faults}"
