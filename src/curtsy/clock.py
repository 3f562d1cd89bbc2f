"""The one place that asks what time it is."""

from __future__ import annotations

import time


def system_clock() -> int:
    """Milliseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1_000_000
