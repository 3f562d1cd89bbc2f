"""Runs that others disturbed are thrown away and run again, and it is said how many."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bench.pinned import Usage

T = TypeVar("T")

REPEATS = 3
FOREIGN_MOST = 0.10
"""A run is disturbed when others used more than this share of one core."""
TRIES = 3
"""After so many disturbed runs the least disturbed one is taken."""


@dataclass
class Rounds:
    """The runs of one family of figures."""

    runs: int = 0
    thrown_away: int = 0
    kept_disturbed: int = 0

    def run(self, what: str, measure: Callable[[], T], tries: int = TRIES) -> T:
        """What ``measure`` says in a run that nobody disturbed, or else in the least disturbed of a few."""
        best: tuple[float, T] | None = None
        for left in reversed(range(tries)):
            before = Usage.now()
            value = measure()
            foreign = Usage.now().foreign_share(before)
            self.runs += 1
            if best is None or foreign < best[0]:
                best = foreign, value
            if foreign <= FOREIGN_MOST:
                self.thrown_away += tries - 1 - left
                return value
            say(f"  {what}: disturbed, others used {foreign:.0%} of a core" + (", once more" if left else ""))
        assert best is not None
        self.thrown_away += tries - 1
        self.kept_disturbed += 1
        return best[1]

    def told(self) -> str:
        """One sentence about them."""
        kept = f"; {self.kept_disturbed} disturbed ones had to be kept" if self.kept_disturbed else ""
        return f"{self.runs} runs, {self.thrown_away} disturbed and thrown away{kept}"


def say(text: str) -> None:
    """Tell whoever watches how far it is."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
