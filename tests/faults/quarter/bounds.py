"""What a member may do at a moment by the rules, as the judge reckons it from its own book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from zoneinfo import ZoneInfo

from tests.faults.quarter.people import DAY, MINUTE, SECOND, Sender
from tests.faults.quarter.rules import CAUTION, FREE_NOTES, INVITE, NOTES_WITHIN, PAUSES, WARM_UP


@dataclass(frozen=True, slots=True)
class Hours:
    """Acts happen on weekdays, between two hours by the clocks of a time zone."""

    begins: int
    ends: int
    zone: str

    def open_at(self, at: int) -> bool:
        there = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(self.zone))
        return there.weekday() < 5 and self.begins <= there.hour < self.ends

    def opens(self, at: int) -> int:
        """The first full quarter of an hour from then on that lies within them."""
        step = 15 * MINUTE
        while not self.open_at(at):
            at += step - at % step
        return at


def windows(sender: Sender, now: int) -> tuple[int, int]:
    """How many invitations a day and a week may hold now."""
    share = 1.0
    if sender.warm_from is not None:
        share = max(share for after, share in WARM_UP if now - sender.warm_from >= after)
    day, week = ceil(sender.day * share), ceil(sender.week * share)
    refused = [pause.since for pause in sender.pauses if pause.cause == "invitation_limit"]
    if refused and now - refused[-1] < CAUTION:
        week = min(week, ceil(sender.week / 2))
    return day, week


def grows(sender: Sender, now: int) -> list[int]:
    """When the windows will hold more."""
    refused = [pause.since + CAUTION for pause in sender.pauses if pause.cause == "invitation_limit"][-1:]
    warm = [] if sender.warm_from is None else [sender.warm_from + after for after, _ in WARM_UP]
    return [at for at in [*refused, *warm] if at > now]


def used(sender: Sender, since: int, kind: str = INVITE) -> list[int]:
    """When the acts of this kind were after a moment, newest first, with those by hand that a look has shown."""
    ours = [act.at for act in sender.acts_since(since, kind)]
    by_hand = [at for at in sender.shown_by_hand.values() if at > since] if kind == INVITE else []
    return sorted(ours + by_hand, reverse=True)


def notes(sender: Sender, now: int) -> list[int]:
    """When notes were sent, or may have been, within what counts as a month, newest first."""
    return [act.at for act in sender.acts_since(now - NOTES_WITHIN, INVITE) if act.took_a_note]


def notes_spent(sender: Sender, now: int) -> bool:
    """Whether the month has had its notes."""
    return not sender.account.viewer.premium and len(notes(sender, now)) >= FREE_NOTES


def due(sender: Sender, now: int) -> int | None:
    """From when on the book allows the member's next act; None where only people can tell, or nothing waits."""
    stops = [pause.until for pause in sender.standing(now) if PAUSES[pause.cause].acts]
    if sender.paused or sender.told != sender.account.id or None in stops or not sender.waiting:
        return None
    times = [now, *(until for until in stops if until is not None)]
    if all(at > now for at in sender.waiting.values()):
        times.append(min(sender.waiting.values()))
    if last := [act.at for act in sender.acts_since(now - DAY)[:1]] + sender.last_by_hand(now):
        times.append(max(last) + sender.spacing[0] * SECOND)
    for most, window in zip(windows(sender, now), (DAY, 7 * DAY), strict=True):
        made = used(sender, now - window)
        if len(made) >= most:
            times.append(made[most - 1] + window)
    soonest = max(times)
    if sender.hours is not None:
        soonest = sender.hours.opens(soonest)
    return min([soonest, *grows(sender, now)])
