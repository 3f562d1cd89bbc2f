"""The twin's clock: real time plus whatever a test has moved it by."""

import time
from collections.abc import Callable

SECOND_MS = 1_000
DAY_MS = 86_400_000


class Clock:
    """Tells the twin's time in milliseconds; the only file of the twin that reads the machine's clock."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._ahead_ms = 0

    def now_ms(self) -> int:
        """Return milliseconds since 1970 as the twin sees them."""
        return int(self._real() * 1000) + self._ahead_ms

    def advance(self, by_ms: int) -> None:
        """Move the twin's time by a jump; it goes on ticking from there."""
        self._ahead_ms += by_ms

    def set(self, at_ms: int) -> None:
        """Make it this moment now; it goes on ticking from there."""
        self._ahead_ms += at_ms - self.now_ms()
