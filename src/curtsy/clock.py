"""The one place that asks what time it is."""

from __future__ import annotations

import time


def steady_clock() -> int:
    """Milliseconds that no setting of the clock touches; they go on while the machine sleeps, where it can tell."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def system_clock() -> int:
    """Milliseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1_000_000
