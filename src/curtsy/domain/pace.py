"""How fast a member may act: windows of a day and a week, and the space between two acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from curtsy.domain.errors import InvalidPace

DAY_CEILING = 50
WEEK_CEILING = 200
"""Nothing raises these (LinkedIn publishes no figures; linkedin-wire 7)."""
SPACING_CEILING_S = 3600
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Pace:
    """At most ``day`` acts of a kind in any 24 hours, ``week`` in any 7 days; seconds of spacing between any two."""

    day: int = 20
    week: int = 80
    spacing_from_s: int = 60
    spacing_to_s: int = 180


@dataclass(frozen=True, slots=True)
class Slot:
    """When the next act is due (milliseconds since 1970), and what makes it wait if it lies ahead."""

    at: int
    blocked_by: str | None


def read_pace(day: int, week: int, spacing_from_s: int, spacing_to_s: int) -> Pace:
    """A pace within the ceilings; raises InvalidPace. There is no off."""
    if not (1 <= day <= DAY_CEILING and 1 <= week <= WEEK_CEILING):
        raise InvalidPace
    if not 0 <= spacing_from_s <= spacing_to_s <= SPACING_CEILING_S:
        raise InvalidPace
    return Pace(day, week, spacing_from_s, spacing_to_s)


def next_slot(history: Sequence[int], pace: Pace, now: int, chance: float, last: int | None = None) -> Slot:
    """The earliest moment the next act may happen.

    ``history``: times of the acts of its kind in the last week, oldest first; ``last``: when the last of any kind was,
    where it may be another. ``chance``: a number from 0 up to 1 that stays the same until the next act, so that asking
    again does not draw again.
    """
    waits = [Slot(now, None)]
    last = history[-1] if last is None and history else last
    if last is not None:
        spacing = pace.spacing_from_s + (pace.spacing_to_s - pace.spacing_from_s) * chance
        waits.append(Slot(last + int(spacing * 1000), "pacing"))
    if len(history) >= pace.day:
        waits.append(Slot(history[-pace.day] + DAY_MS, "day_limit"))
    if len(history) >= pace.week:
        waits.append(Slot(history[-pace.week] + WEEK_MS, "week_limit"))
    latest = max(waits, key=lambda slot: slot.at)
    return latest if latest.at > now else Slot(now, None)


def turn_of(ahead: int, history: Sequence[int], pace: Pace, first: int) -> int:
    """About when an act is due that ``ahead`` others come before, of which the very next is due at ``first``.

    Never later than that act would be if all of them followed each other as fast as the pace lets them, with the
    spacing of their middle.
    """
    spacing = (pace.spacing_from_s + pace.spacing_to_s) * 500

    def in_a_row(count: int) -> int:
        return first + count * spacing

    def within(count: int, most: int, window: int, alone: Callable[[int], int]) -> int:
        # What is a whole number of windows further on is so many windows later.
        whole, rest = divmod(count, most)
        begins = history[rest - most] + window if len(history) >= most - rest else first
        return max(alone(count), max(alone(rest), begins) + whole * window)

    def of_days(count: int) -> int:
        return within(count, pace.day, DAY_MS, in_a_row)

    return within(ahead, pace.week, WEEK_MS, of_days)
