"""The clock of the database server, as a process on another machine knows it.

All server processes of one database go by it, so that the clocks of their machines need not agree.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

ASK_EVERY_MS = 1000


class FarClock:
    """Milliseconds since 1970 by the last answer, and by what has passed since on ``steady``."""

    def __init__(self, steady: Callable[[], int]) -> None:
        self._steady = steady
        self._one_at_a_time = Lock()
        self._asked: int | None = None
        self._wall = 0

    def due(self) -> bool:
        """Whether it is time to ask again."""
        with self._one_at_a_time:
            return self._asked is None or self._steady() - self._asked >= ASK_EVERY_MS

    def tell(self, wall: int) -> None:
        """It answered just now."""
        with self._one_at_a_time:
            self._wall, self._asked = wall, self._steady()

    def __call__(self) -> int:
        with self._one_at_a_time:
            assert self._asked is not None  # the first connection asked
            return self._wall + self._steady() - self._asked
