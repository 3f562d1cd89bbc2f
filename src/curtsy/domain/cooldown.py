"""Why a person is left alone for a time, for how long, and by whom (docs/decisions/0012)."""

from __future__ import annotations

from enum import StrEnum

from curtsy.domain.member import DAY_MS
from curtsy.domain.outcome import RESEND_LOCK_MS


class Why(StrEnum):
    """What counts as a no, or forbids to ask."""

    CANNOT_RESEND_YET = "cannot_resend_yet"
    WITHDRAWN = "withdrawn"
    GONE = "gone"
    MEMBER_REMOVED = "member_removed"
    PENDING = "pending"


GONE_MS = 180 * DAY_MS
"""An invitation that vanished without a connection counts as a no for this long."""

LASTS: dict[Why, int] = {
    Why.CANNOT_RESEND_YET: RESEND_LOCK_MS,
    Why.WITHDRAWN: RESEND_LOCK_MS,
    Why.GONE: GONE_MS,
    Why.MEMBER_REMOVED: GONE_MS,
}
"""How long each lasts; what is pending lasts as long as it is, at most ``UNSEEN_MS`` after it was last looked for."""
UNSEEN_MS = GONE_MS

OF_THE_TEAM = frozenset({Why.WITHDRAWN, Why.GONE, Why.MEMBER_REMOVED})
"""What holds for everybody in the team. LinkedIn's lock is the inviter's: of a person's wish it says nothing."""

SENTENCES: dict[Why, str] = {
    Why.CANNOT_RESEND_YET: "LinkedIn does not let this member invite this person again yet",
    Why.WITHDRAWN: "The team's invitation to this person was withdrawn: nobody of it asks them again for three weeks",
    Why.GONE: (
        "The team's invitation to this person vanished without a connection, which counts as a no: "
        "nobody of it asks them again for half a year"
    ),
    Why.MEMBER_REMOVED: (
        "A member who has left the team invited this person, and nobody can see any more what became of it: "
        "nobody of the team asks them again for half a year"
    ),
    Why.PENDING: "Another member of the team is waiting for this person's answer: nobody else asks them meanwhile",
}
"""What callers are told of each."""
