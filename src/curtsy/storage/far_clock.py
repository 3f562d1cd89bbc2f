"""The clock of the database server, as a process on another machine knows it.

All server processes of one database go by it, so that the clocks of their machines need not agree.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic

ASK_EVERY_S = 1.0


class FarClock:
    """Milliseconds since 1970 by the last answer, and by what has passed since."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._asked: float | None = None
        self._wall = 0

    def due(self) -> bool:
        """Whether it is time to ask again."""
        with self._one_at_a_time:
            return self._asked is None or monotonic() - self._asked >= ASK_EVERY_S

    def tell(self, wall: int) -> None:
        """It answered just now."""
        with self._one_at_a_time:
            self._wall, self._asked = wall, monotonic()

    def __call__(self) -> int:
        with self._one_at_a_time:
            assert self._asked is not None  # the first connection asked
            return self._wall + int((monotonic() - self._asked) * 1000)
