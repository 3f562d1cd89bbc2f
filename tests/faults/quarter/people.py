"""Who takes part: teams, and their members as the simulation knows them, beside what any server says of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.faults.quarter.linkedin import Account

if TYPE_CHECKING:
    from tests.faults.quarter.bounds import Hours

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
DAY = 24 * HOUR
LINES_KEPT = 60


@dataclass(frozen=True, slots=True)
class Office:
    """When a member's browser is open: whole hours of their day, so many hours off UTC, on weekdays only."""

    opens: int
    closes: int
    ahead: int

    def next_change(self, now: int) -> tuple[int, bool]:
        """When the browser is opened or closed next, and whether it is open from then on."""
        there = datetime.fromtimestamp(now / 1000, UTC) + timedelta(hours=self.ahead)
        for days in range(8):
            day = there.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
            if day.weekday() < 5:
                for hour, opens in ((self.opens, True), (self.closes, False)):
                    at = int((day + timedelta(hours=hour - self.ahead)).timestamp() * 1000)
                    if at > now:
                        return at, opens
        raise AssertionError("every week has a weekday")


@dataclass(slots=True)
class Act:
    """A start that was allowed: at what time, for which task, and what the browser said came of it, if it did."""

    at: int
    task: str
    kind: str
    person: str
    noted: bool
    outcome: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it spends the budget."""
        return self.outcome != "not_attempted"

    @property
    def took_a_note(self) -> bool:
        """Whether its note counts in the month: it went out, or may have. What was surely refused is given back."""
        return self.noted and self.outcome in (None, "sent", "unknown", "already_connected")


@dataclass(slots=True)
class Standing:
    """A pause as the rules have it; ``until`` None: it ends by a return, or by the member."""

    cause: str
    since: int
    until: int | None
    ended: int | None = None
    told: bool = False
    told_over: bool = False

    def stands(self, now: int) -> bool:
        return self.ended is None and (self.until is None or now < self.until)


@dataclass(eq=False)
class Team:
    """A team with a key that may do everything."""

    number: int
    id: str
    key: str
    senders: list[Sender] = field(default_factory=list)
    cursor: str | None = None
    people: list[int] = field(default_factory=list)
    """Numbers of those whom its caller has asked for, the first first."""


@dataclass(eq=False)
class Sender:
    """A member and their LinkedIn account."""

    number: int
    team: Team
    id: str
    account: Account
    day: int
    week: int
    spacing: tuple[int, int]
    office: Office | None
    hours: Hours | None
    warm_from: int | None
    hand_made_a_week: int
    open: bool = False
    paused: bool = False
    heard_at: int = 0
    told: str | None = None
    """Who the browser knows to be signed in."""
    known: str | None = None
    """Who it last said is, when it asked for work."""
    acts: list[Act] = field(default_factory=list)
    pauses: list[Standing] = field(default_factory=list)
    shown_by_hand: dict[str, int] = field(default_factory=dict)
    """Whom the member invited by hand, and when, as far as a look has shown it."""
    outcomes: list[tuple[str, str | None]] = field(default_factory=list)
    """What was reported of acts, and LinkedIn's code."""
    waiting: dict[str, int] = field(default_factory=dict)
    """Tasks that were answered and have not been seen to end, in order, and when each may begin."""
    fallen: int = 0
    """How many tasks have ended before their start."""
    disturbed: list[int] = field(default_factory=list)
    """When something happened that nobody could foresee."""
    lines: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))

    def disturb(self, now: int, why: str) -> None:
        """Something happened that no estimate could know of."""
        self.disturbed.append(now)
        self.lines.append((now, why))

    def was_disturbed(self, since: int, until: int) -> bool:
        """Whether something of that kind happened between two moments."""
        return bisect_right(self.disturbed, since) != bisect_right(self.disturbed, until)

    def standing(self, now: int) -> list[Standing]:
        """The pauses that stand."""
        return [pause for pause in self.pauses[-20:] if pause.stands(now)]

    def acts_since(self, since: int, kind: str | None = None) -> list[Act]:
        """Acts that count, newest first."""
        found: list[Act] = []
        for act in reversed(self.acts):
            if act.at <= since:
                break
            if act.counts and kind in (None, act.kind):
                found.append(act)
        return found

    def last_by_hand(self, now: int) -> list[int]:
        """When the member last invited by hand, as far as a look has shown it; nothing if that is long ago."""
        return sorted(at for at in self.shown_by_hand.values() if at > now - DAY)[-1:]

    def timeline(self) -> str:
        """The last things that happened to the member, a line each."""
        return "\n".join(f"    {spelled(at)}  {what}" for at, what in self.lines)


def spelled(at: int) -> str:
    """A time for people."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%a %d %b %H:%M:%S")
