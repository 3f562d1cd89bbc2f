"""Clocks of the harness: one runs like any other and can be moved forward by a jump; the wall is set by people."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


class MovableClock:
    """Milliseconds since 1970; ``stands`` makes it stand still between two jumps."""

    def __init__(self, *, stands: bool = False) -> None:
        self._stands_at = time.time_ns() // 1_000_000 if stands else None
        self._ahead = 0

    def __call__(self) -> int:
        base = time.time_ns() // 1_000_000 if self._stands_at is None else self._stands_at
        return base + self._ahead

    @property
    def stands(self) -> bool:
        """Whether nothing happens between two jumps."""
        return self._stands_at is not None

    def jump(self, ms: int) -> int:
        """Move forward; returns the new time. A clock never goes back here."""
        assert ms >= 0
        self._ahead += ms
        return self()


class Wall(MovableClock):
    """A clock on the wall, which people also set back."""

    def set_by(self, ms: int) -> None:
        """Set it by so much, either way."""
        self._ahead += ms


@dataclass(slots=True)
class Clocks:
    """The wall and the steady clock of one machine, both standing still until time is let go by."""

    wall: Wall = field(default_factory=lambda: Wall(stands=True))
    steady: MovableClock = field(default_factory=lambda: MovableClock(stands=True))

    def pass_(self, ms: int) -> None:
        """Let time go by, the same on both."""
        self.wall.jump(ms)
        self.steady.jump(ms)
