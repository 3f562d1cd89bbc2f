"""A hundred thousand events told while the server is killed fifty times: some minutes, part of `make soak`."""

from __future__ import annotations

import sys

import pytest

from tests.web.killed import tell

pytestmark = pytest.mark.timeout(3600)


def test_a_hundred_thousand_events_are_told_through_kills(capsys: pytest.CaptureFixture[str]) -> None:
    tally = tell(100_000, 50, seed=7)
    with capsys.disabled():
        sys.stdout.write(f"\n{tally}\n")
    assert (tally.missing, tally.twice_named, tally.forged) == (0, 0, 0)
