"""A clock of the harness: runs like any other, and can be moved forward by a jump."""

from __future__ import annotations

import time


class MovableClock:
    """Milliseconds since 1970; ``stands`` makes it stand still between two jumps."""

    def __init__(self, *, stands: bool = False) -> None:
        self._stands_at = time.time_ns() // 1_000_000 if stands else None
        self._ahead = 0

    def __call__(self) -> int:
        base = time.time_ns() // 1_000_000 if self._stands_at is None else self._stands_at
        return base + self._ahead

    def jump(self, ms: int) -> int:
        """Move forward; returns the new time. A clock never goes back here."""
        assert ms >= 0
        self._ahead += ms
        return self()
