"""When a member's pending invitations are looked for again, how far back, and what not finding one means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS

FIRST_CHECK_MS = 45 * MINUTE_MS
"""After an invitation was sent; sooner than that few people answer."""
GONE_APART_MS = 30 * MINUTE_MS
"""Not found counts when it was seen twice, at least this far apart: LinkedIn's lists lag behind."""
MOST_ASKED_AFTER = 10
"""Of so many who were not found, at most, a look also reads how the member stands to them."""
RETRY_MS = 30 * MINUTE_MS
"""A look that came to nothing is tried again after so long: LinkedIn is read a few times an hour at most."""
OFFLINE_MS = 10 * MINUTE_MS
"""While no browser of the member is online, it is looked again for one after so long."""
WHOLE_EVERY_MS = 12 * HOUR_MS
"""The first look in each such time reads as far back as the oldest invitation that waits."""
MARGIN_MS = HOUR_MS
"""A look reads this much further back than it must: clocks differ, and time passes while it reads."""
JITTER = 0.2

_EVERY = ((DAY_MS, HOUR_MS), (7 * DAY_MS, 4 * HOUR_MS), (30 * DAY_MS, 12 * HOUR_MS))


class InvitationState(StrEnum):
    """What became of an invitation after it was sent."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back a look reads: who has connected since then, and what has waited since then."""

    connected_since: int
    pending_since: int


def next_check_ms(age_ms: int, chance: float) -> int:
    """How long until a member's pending invitations are looked for again.

    ``age_ms``: how long ago the newest of them was sent. In its first day every hour, in its first week every four, in
    its first month every twelve, then daily; up to a fifth later by ``chance`` (0 up to 1).
    """
    every = next((every for until, every in _EVERY if age_ms < until), DAY_MS)
    return int(every * (1 + JITTER * chance))


def reach_of(
    now: int, sent: Sequence[int], unseen: Sequence[int], missing: Sequence[int], last_look: int | None
) -> Reach:
    """How far back the next look has to read; times are milliseconds since 1970.

    ``sent``: when each invitation was sent that waits, at least one; ``unseen``: of those that no whole look was made
    for yet; ``missing``: of those that the last look did not find. Who accepted before the last look was seen then,
    so that most looks read one page of each list. The first look reads a week of what waits: what the member sent by
    hand in that time counts in their windows.
    """
    news = min([*unseen, *([] if last_look is None else [last_look])], default=min(sent))
    whole = missing or last_look is None or now // WHOLE_EVERY_MS > last_look // WHOLE_EVERY_MS
    pending = min(sent) if whole else news
    if last_look is None:
        pending = min(pending, now - WEEK_MS)
    # Who is missing may have accepted in a moment that a look has passed by.
    return Reach(min([news, *missing]) - MARGIN_MS, pending - MARGIN_MS)
