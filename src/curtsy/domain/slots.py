"""When acts are due, by what a member's pace allows and what was done before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from curtsy.domain.pace import DAY_MS, WEEK_MS, Allowed, Step

_LONG_AGO = -(2**62)


@dataclass(frozen=True, slots=True)
class Slot:
    """When the next act is due (milliseconds since 1970), and what makes it wait if it lies ahead."""

    at: int
    blocked_by: str | None


def next_slot(history: Sequence[int], allowed: Allowed, now: int, chance: float, last: int | None = None) -> Slot:
    """The earliest moment the next act may happen.

    ``history``: times of the acts of its kind in the last week, oldest first; ``last``: when the last of any kind was,
    where it may be another. ``chance``: a number from 0 up to 1 that stays the same until the next act, so that asking
    again does not draw again.
    """
    last = history[-1] if last is None and history else last
    soonest = Slot(now, None)
    if last is not None:
        spacing = allowed.spacing_from_s + (allowed.spacing_to_s - allowed.spacing_from_s) * chance
        soonest = max(soonest, Slot(last + int(spacing * 1000), "pacing"), key=lambda slot: slot.at)
    return _earliest(history, allowed, soonest, now)


def _earliest(history: Sequence[int], allowed: Allowed, soonest: Slot, now: int) -> Slot:
    """The first moment from then on that the windows and the hours allow.

    The hours are named only where they stand in the way now, or nothing else does: what is full or too soon at this
    moment is named even if the hours make it later still.
    """
    found, ends = soonest, [step.since for step in allowed.steps[1:]]
    for step, end in zip(allowed.steps, [*ends, None], strict=True):
        found = max(found, *_full(history, step), key=lambda slot: slot.at)
        if end is None or found.at < end:
            break
        found = max(soonest, Slot(end, found.blocked_by), key=lambda slot: slot.at)
    if allowed.hours is not None and (opens := allowed.hours.opens(found.at)) > found.at:
        return Slot(opens, (found.blocked_by if allowed.hours.open_at(now) else None) or "outside_hours")
    return found


def _full(history: Sequence[int], step: Step) -> list[Slot]:
    """When there is room in each window again that is full."""
    waits = [Slot(0, None)]
    if len(history) >= step.day:
        waits.append(Slot(history[-step.day] + DAY_MS, "day_limit"))
    if len(history) >= step.week:
        waits.append(Slot(history[-step.week] + WEEK_MS, "week_limit"))
    return waits


def turns(ahead: int, history: Sequence[int], allowed: Allowed, first: int) -> list[int]:
    """About when each of so many acts, and one more, is due in a row of which the very next is due at ``first``.

    What ``next_slot`` would say of each in turn, in one walk: it is asked for at every status.
    """
    # Long ago there was room: so there is always an act to look back at.
    acts = [_LONG_AGO] * max(max(step.day, step.week) for step in allowed.steps) + [*history, first]
    at, spacing, hours = first, allowed.spacing_ms, allowed.hours
    steps = _spans(allowed.steps)
    day, week, end = next(steps)
    shut = first if hours is None else hours.open_until(first)
    for _ in range(ahead):
        at = soonest = at + spacing
        while True:
            if (room := acts[-day] + DAY_MS) > at:
                at = room
            if (room := acts[-week] + WEEK_MS) > at:
                at = room
            if at < end:
                break
            at = max(soonest, int(end))
            day, week, end = next(steps)
        if hours is not None and at >= shut:
            at = hours.opens(at)
            shut = hours.open_until(at)
        acts.append(at)
    return acts[-1 - ahead :]


def _spans(steps: Sequence[Step]) -> Iterator[tuple[int, int, float]]:
    """The windows of each step, and until when they hold."""
    ends = [step.since for step in steps[1:]]
    return ((step.day, step.week, end) for step, end in zip(steps, [*ends, inf], strict=True))


def turn_of(ahead: int, history: Sequence[int], allowed: Allowed, first: int) -> int:
    """About when an act is due that ``ahead`` others come before, of which the very next is due at ``first``.

    Never later than that act would be if all of them followed each other as fast as the pace lets them, with the
    spacing of their middle.
    """
    return _of_windows(ahead, history, allowed, first) if allowed.even else turns(ahead, history, allowed, first)[-1]


def _of_windows(ahead: int, history: Sequence[int], allowed: Allowed, first: int) -> int:
    """The same where nothing but the windows and the spacing counts, however many come before."""

    def in_a_row(count: int) -> int:
        return first + count * allowed.spacing_ms

    def within(count: int, most: int, window: int, alone: Callable[[int], int]) -> int:
        # What is a whole number of windows further on is so many windows later.
        whole, rest = divmod(count, most)
        begins = history[rest - most] + window if len(history) >= most - rest else first
        return max(alone(count), max(alone(rest), begins) + whole * window)

    def of_days(count: int) -> int:
        return within(count, allowed.day, DAY_MS, in_a_row)

    return within(ahead, allowed.week, WEEK_MS, of_days)
