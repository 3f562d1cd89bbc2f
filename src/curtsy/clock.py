"""The one place that asks what time it is, and since when it is counted."""

from __future__ import annotations

import time
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot() -> str | None:
    """Which run of the machine this is, so what ``steady_clock`` counts from; None where the machine does not say."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return None


def steady_clock() -> int:
    """Milliseconds that no setting of the clock touches; they go on while the machine sleeps, where it can tell."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def system_clock() -> int:
    """Milliseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1_000_000
