"""What the server promises, as numbers (docs/api.md): the judge knows these and nothing of the server's code."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.quarter.people import DAY, HOUR, MINUTE

INVITE, WITHDRAW = "send_connection_request", "withdraw_connection_request"


@dataclass(frozen=True, slots=True)
class Ends:
    """A pause of one cause: what it stops, how long it lasts when LinkedIn names no time, and what ends it."""

    acts: bool
    reads: bool
    lasts: int | None
    by: str


PAUSES = {
    "challenge": Ends(True, True, None, "member"),
    "restricted": Ends(True, True, None, "member"),
    "signed_out": Ends(True, True, None, "return"),
    "wrong_member": Ends(True, True, None, "return"),
    "invitation_limit": Ends(True, False, 7 * DAY, "time"),
    "throttled": Ends(True, True, HOUR, "time"),
    "doubt": Ends(True, False, None, "member"),
    "note_limit": Ends(False, False, 30 * DAY, "time"),
}
CAUSE_OF = {
    "challenge": "challenge",
    "restricted": "restricted",
    "signed_out": "signed_out",
    "wrong_member": "wrong_member",
    "invitation_limit_reached": "invitation_limit",
    "throttled": "throttled",
    "note_unavailable": "note_limit",
}
"""Which pause an outcome brings."""
WARM_UP = ((0, 0.5), (7 * DAY, 0.75), (14 * DAY, 1.0))
"""Of a newly paired member's windows this share is used, since the pairing."""
CAUTION = 30 * DAY
"""So long after a refusal of further invitations half of the week is used; another one meanwhile needs the member."""
FREE_NOTES, NOTES_WITHIN = 5, 30 * DAY
LEFT_ALONE = {"gone": 180 * DAY, "withdrawn": 21 * DAY}
LONGEST_THROTTLE = DAY
THROTTLED_AGAIN = 2 * DAY
"""A member throttled once more so soon waits twice as long."""
ALIKE = {"unknown": 2, "refused": 3}
"""So many of these outcomes in a row bring a pause for doubt."""

ACTIVE = 48 * HOUR
ONLINE = 150_000
HEARTBEAT = 70_000
"""How late it may be known that a browser lives."""
ACT_WITHIN = 15_000
RESEND_LOCK = 21 * DAY
EXPIRES = 30 * DAY
KNOWN_NAME = 30 * DAY
TICK = 10 * MINUTE
"""How late the simulation lets time bring about what is due."""
