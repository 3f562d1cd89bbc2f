"""How much of LinkedIn is read because a caller asks: windows of a day, and the space between two reads."""

from __future__ import annotations

from collections.abc import Sequence

from curtsy.domain.pace import DAY_MS
from curtsy.domain.slots import Slot
from curtsy.domain.task import Kind

APART_MS = 5_000
"""Between two reads, unless the member's own acts may follow each other faster."""
FRESH_MS = DAY_MS
"""A profile read this lately answers again, unless something was done to that person since."""
COUNTED = (Kind.FETCH_PROFILE, Kind.FETCH_CONNECTIONS)
"""What callers ask for. What Curtsy looks for by itself is spaced out by itself."""


def next_read(history: Sequence[int], limit: int, last: int | None, apart_ms: int, now: int) -> Slot:
    """The earliest moment of the next read of a kind.

    ``history``: its reads of the last day, oldest first; ``last``: when the last of any kind was.
    """
    soonest = Slot(now, None)
    if last is not None and last + apart_ms > now:
        soonest = Slot(last + apart_ms, "pacing")
    if len(history) >= limit:
        soonest = max(soonest, Slot(history[-limit] + DAY_MS, "read_limit"), key=lambda slot: slot.at)
    return soonest
