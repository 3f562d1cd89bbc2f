"""A person in whose name we act: role, and the pauses that keep us from acting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from curtsy.domain.hours import Hours
from curtsy.domain.pace import CONNECTION_READS, PROFILE_READS, Pace


class Role(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"


class Cause(StrEnum):
    """Why a member may not act; the words are those of `blocked_by`."""

    SIGNED_OUT = "signed_out"
    WRONG_MEMBER = "wrong_member"
    CHALLENGE = "challenge"
    RESTRICTED = "restricted"
    INVITATION_LIMIT = "invitation_limit"
    THROTTLED = "throttled"
    NOTE_LIMIT = "note_limit"
    PAUSED = "paused"
    DOUBT = "doubt"

    @classmethod
    def _missing_(cls, value: object) -> Cause | None:
        """How a standing pause calls it that was kept before a task in review had this word to itself."""
        return cls.DOUBT if value == "needs_review" else None


CLOCK = "clock"
"""What an act waits for after a jump of the server's clock: that an admin or the operator confirms it."""


HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Rule:
    """What a pause stops, and what ends it.

    ``acts`` and ``reads``: what it stops. ``lasts``: its first length in milliseconds when LinkedIn names none; None
    means until something is seen or done. ``lifted_by``: `time`, `return` (seen signed in as the right member) or
    `member` (the member says so).
    """

    acts: bool
    reads: bool
    lasts: int | None
    lifted_by: str


PAUSES: dict[Cause, Rule] = {
    Cause.CHALLENGE: Rule(True, True, None, "member"),
    Cause.RESTRICTED: Rule(True, True, None, "member"),
    Cause.SIGNED_OUT: Rule(True, True, None, "return"),
    Cause.WRONG_MEMBER: Rule(True, True, None, "return"),
    Cause.PAUSED: Rule(True, True, None, "member"),
    Cause.INVITATION_LIMIT: Rule(True, False, 7 * DAY_MS, "time"),
    Cause.THROTTLED: Rule(True, True, HOUR_MS, "time"),
    Cause.DOUBT: Rule(True, False, None, "member"),
    Cause.NOTE_LIMIT: Rule(False, False, 30 * DAY_MS, "time"),
}
"""In the order in which they are named when several stand."""

LINKEDINS = frozenset({Cause.CHALLENGE, Cause.RESTRICTED, Cause.INVITATION_LIMIT, Cause.THROTTLED})
"""Pauses that LinkedIn caused: the time of a task stands still meanwhile."""
LONGEST_THROTTLE_MS = 24 * HOUR_MS
ACTIVE_MS = 48 * HOUR_MS
"""An agent seen this recently counts as active (the seed's 403)."""
ONLINE_MS = 150_000
"""An agent polls every 30 s and its heartbeat is written once a minute: older than this, it is offline."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a team; times are milliseconds since 1970.

    ``day`` and ``week`` are what the team set; ``own_day`` and ``own_week`` the member's own ceilings, None for none;
    ``approve_first`` whether each invitation waits for their yes.
    ``warm_up``: whether they begin slowly, counted from ``warm_from``, when their first browser was paired.
    ``profile_reads`` and ``connection_reads``: what callers may have read in any 24 hours.
    """

    id: str
    team_id: str
    email: str
    name: str
    role: Role
    joined_at: int
    removed_at: int | None
    day: int
    week: int
    spacing_from_s: int
    spacing_to_s: int
    hours: Hours | None = None
    warm_up: int = 0
    warm_from: int | None = None
    profile_reads: int = PROFILE_READS
    connection_reads: int = CONNECTION_READS
    approve_first: int = 0
    own_day: int | None = None
    own_week: int | None = None

    @property
    def pace(self) -> Pace:
        """What the team set, or what the member allows where that is less."""
        day = self.day if self.own_day is None else min(self.day, self.own_day)
        week = self.week if self.own_week is None else min(self.week, self.own_week)
        return Pace(day, week, self.spacing_from_s, self.spacing_to_s, self.hours)


@dataclass(frozen=True, slots=True)
class Pause:
    """A standing reason not to act; ``until`` is None when it ends by something other than time."""

    id: str
    member_id: str
    cause: Cause
    since: int
    until: int | None


def lifted_by(pause: Pause) -> str:
    """What ends a pause: ``time``, ``return`` or ``member``. One that has no end in time is the member's to end."""
    by = PAUSES[pause.cause].lifted_by
    return "member" if by == "time" and pause.until is None else by


def barriers(pauses: Iterable[Pause], *, act: bool) -> list[Pause]:
    """The standing pauses that stop an act (or a read), in the order of the table."""
    stopping = [pause for pause in pauses if (PAUSES[pause.cause].acts if act else PAUSES[pause.cause].reads)]
    return sorted(stopping, key=lambda pause: list(PAUSES).index(pause.cause))


def barrier(pauses: Iterable[Pause], *, act: bool) -> Pause | None:
    """The first of them."""
    return next(iter(barriers(pauses, act=act)), None)
