"""When a member's pending invitations are looked for again, and what not finding one means."""

from __future__ import annotations

from enum import StrEnum

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DAY_MS = 24 * HOUR_MS

FIRST_CHECK_MS = 45 * MINUTE_MS
"""After an invitation was sent; sooner than that few people answer."""
GONE_APART_MS = 30 * MINUTE_MS
"""Not found counts when it was seen twice, at least this far apart: LinkedIn's lists lag behind."""
OFFLINE_MS = 10 * MINUTE_MS
"""While no browser of the member is online, it is looked again for one after so long."""
JITTER = 0.2

_EVERY = ((DAY_MS, HOUR_MS), (7 * DAY_MS, 4 * HOUR_MS), (30 * DAY_MS, 12 * HOUR_MS))


class InvitationState(StrEnum):
    """What became of an invitation after it was sent."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    GONE = "gone"


def next_check_ms(age_ms: int, chance: float) -> int:
    """How long until a member's pending invitations are looked for again.

    ``age_ms``: how long ago the newest of them was sent. In its first day every hour, in its first week every four, in
    its first month every twelve, then daily; up to a fifth later by ``chance`` (0 up to 1).
    """
    every = next((every for until, every in _EVERY if age_ms < until), DAY_MS)
    return int(every * (1 + JITTER * chance))
