"""How fast a member may act: windows of a day and a week, the space between two acts, and hours of work.

What was chosen is a ``Pace``; what it allows at a moment also depends on how long the member has been here, on what
LinkedIn has refused lately, and on what whoever runs the server allows anybody: ``Allowed``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from curtsy.domain.errors import InvalidPace
from curtsy.domain.hours import Hours

DAY_CEILING = 50
WEEK_CEILING = 200
"""Nothing raises these (LinkedIn publishes no figures; linkedin-wire 7)."""
SPACING_CEILING_S = 3600
PROFILE_READS, CONNECTION_READS = 100, 10
PROFILE_READS_CEILING, CONNECTION_READS_CEILING = 200, 40
"""What callers may have read of LinkedIn in any 24 hours: as shipped, and what nothing raises."""
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
WARM_UP = ((0, 0.5), (WEEK_MS, 0.75), (2 * WEEK_MS, 1.0))
"""Since a member's first browser was paired: the share of their windows that is used."""
CAUTION_MS = 30 * DAY_MS
"""So long after LinkedIn refused further invitations only half of the week's window is used."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most ``day`` acts of a kind in any 24 hours, ``week`` in any 7 days; seconds of spacing between any two."""

    day: int = 20
    week: int = 80
    spacing_from_s: int = 60
    spacing_to_s: int = 180
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What the windows hold from a moment on."""

    since: int
    day: int
    week: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a pace allows from a moment on: windows that only ever grow, the spacing, the hours."""

    steps: tuple[Step, ...]
    spacing_from_s: int
    spacing_to_s: int
    hours: Hours | None = None

    @property
    def day(self) -> int:
        """The window of a day, now."""
        return self.steps[0].day

    @property
    def week(self) -> int:
        """The window of a week, now."""
        return self.steps[0].week

    @property
    def even(self) -> bool:
        """Whether what is allowed now is allowed for good, at any hour."""
        return len(self.steps) == 1 and self.hours is None

    @property
    def spacing_ms(self) -> int:
        """The middle of the spacing."""
        return (self.spacing_from_s + self.spacing_to_s) * 500


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What nobody on this server exceeds; at most what nothing raises."""

    day: int = DAY_CEILING
    week: int = WEEK_CEILING


def read_pace(day: int, week: int, spacing_from_s: int, spacing_to_s: int, hours: Hours | None = None) -> Pace:
    """A pace within the ceilings; raises InvalidPace. There is no off."""
    if not (1 <= day <= DAY_CEILING and 1 <= week <= WEEK_CEILING):
        raise InvalidPace
    if not 0 <= spacing_from_s <= spacing_to_s <= SPACING_CEILING_S:
        raise InvalidPace
    return Pace(day, week, spacing_from_s, spacing_to_s, hours)


def read_reads(profiles: int, connections: int) -> tuple[int, int]:
    """Windows of reads within the ceilings; raises InvalidPace."""
    if not (1 <= profiles <= PROFILE_READS_CEILING and 1 <= connections <= CONNECTION_READS_CEILING):
        raise InvalidPace(
            f"A day has 1 to {PROFILE_READS_CEILING} reads of profiles "
            f"and 1 to {CONNECTION_READS_CEILING} of pages of connections"
        )
    return profiles, connections


def read_ceilings(day: int, week: int) -> Ceilings:
    """Ceilings no higher than those that nothing raises; raises InvalidPace."""
    if not (1 <= day <= DAY_CEILING and 1 <= week <= WEEK_CEILING):
        raise InvalidPace
    return Ceilings(day, week)


def allowed(
    pace: Pace,
    now: int,
    *,
    ceilings: Ceilings = Ceilings(),
    warm_from: int | None = None,
    refused_at: int | None = None,
) -> Allowed:
    """What a pace allows from now on.

    ``warm_from``: when a member's first browser was paired, where they are still to be warmed up; ``refused_at``: when
    LinkedIn last refused further invitations.
    """
    steps = _steps(pace, ceilings, warm_from, refused_at)
    begun = sum(1 for step in steps if step.since <= now)
    current = Step(now, steps[begun - 1].day, steps[begun - 1].week)
    return Allowed((current, *steps[begun:]), pace.spacing_from_s, pace.spacing_to_s, pace.hours)


@lru_cache(maxsize=4096)
def _steps(pace: Pace, ceilings: Ceilings, warm_from: int | None, refused_at: int | None) -> tuple[Step, ...]:
    """The same from the beginning of time: it is asked for at every status."""
    turns = {0}
    if warm_from is not None:
        turns |= {warm_from + after for after, _ in WARM_UP}
    if refused_at is not None:
        turns.add(refused_at + CAUTION_MS)
    steps: list[Step] = []
    for at in sorted(turns):
        share = 1.0 if warm_from is None else _warm(at - warm_from)
        day = ceil(min(pace.day, ceilings.day) * share)
        week = ceil(min(pace.week, ceilings.week) * share)
        if refused_at is not None and at < refused_at + CAUTION_MS:
            week = min(week, ceil(min(pace.week, ceilings.week) / 2))
        if not steps or (day, week) != (steps[-1].day, steps[-1].week):
            steps.append(Step(at, day, week))
    return tuple(steps)


def steady(pace: Pace) -> Allowed:
    """What a pace allows a member whom nothing else holds back."""
    return allowed(pace, 0)


def _warm(age: int) -> float:
    shares: Iterable[float] = (share for after, share in WARM_UP if age >= after)
    return max(shares, default=WARM_UP[0][1])
