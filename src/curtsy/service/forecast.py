"""What a waiting task waits for, and about until when: what comes next for a member, and those behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from curtsy.domain.consent import AWAITING, asks_first
from curtsy.domain.ending import NEEDS_REVIEW
from curtsy.domain.member import CLOCK, ONLINE_MS, Cause, barriers
from curtsy.domain.pace import Allowed
from curtsy.domain.reading import COUNTED
from curtsy.domain.rehearsal import STAND_IN
from curtsy.domain.slots import Slot, turn_of, turns
from curtsy.domain.task import ACTS, Kind, Task, TaskState
from curtsy.service.pacing import allowed_of, read_slot, slot_of
from curtsy.service.restoring import RESTORED, quiet_since
from curtsy.storage.store import CLOCK_JUMPED, Store
from curtsy.storage.store.queues import MOST_AHEAD, Ahead
from curtsy.storage.store.situations import Browser, Situation

FEW = 2
"""So many of a queue are looked for one by one before all of it is read."""


class Wait(NamedTuple):
    """Why a task waits, and about until when (milliseconds since 1970) where that can be said."""

    blocked_by: str | None
    estimated_at: int | None


def in_test_world(stands: Situation) -> bool:
    """Whether a stand-in acts for the member, whom no pace holds up."""
    return any(browser.version.startswith(STAND_IN) for browser in stands.browsers)


def online(stands: Situation, now: int) -> list[Browser]:
    """The member's browsers that can be asked now."""
    return [browser for browser in stands.browsers if now - browser.last_seen_at < ONLINE_MS]


class Forecast:
    """What the next task of a kind waits for at a moment, and how those behind it follow.

    ``first``: when the next one is due, milliseconds since 1970, None where nobody can say. ``bounds``: what one act
    after another is allowed, None where nothing comes one after another; ``spent``: when the acts before were.
    """

    def __init__(
        self,
        now: int,
        blocked_by: str | None,
        first: int | None,
        bounds: Allowed | None = None,
        spent: Sequence[int] = (),
    ) -> None:
        self._now = now
        self._blocked_by = blocked_by
        self._first = first
        self._bounds = bounds
        self._spent = spent
        self._turns: Sequence[int] = ()

    def wait(self, not_before: int, ahead: Callable[[int], Ahead]) -> Wait:
        """What a task waits for; ``ahead`` says how many others come before it that may begin by a moment."""
        if self._first is None:
            return Wait(self._blocked_by, None)
        if self._bounds is None:
            return Wait(self._blocked_by, max(self._first, not_before))
        before, others = ahead(max(self._now, not_before))
        blocked_by = self._blocked_by or ("pacing" if before else None)
        if before >= MOST_AHEAD:
            return Wait(blocked_by, None)
        due = self._turn(before, self._first, self._bounds)
        # Some that wait for their own time will be ready by then, and come before it.
        if others and (later := ahead(max(due, not_before)).ready) != before:
            due = self._turn(min(later, MOST_AHEAD), self._first, self._bounds)
        return Wait(blocked_by, max(due, not_before))

    def _turn(self, ahead: int, first: int, bounds: Allowed) -> int:
        """About when one is due that so many come before; a walk is gone once, for all who ask."""
        if bounds.even:
            return turn_of(ahead, self._spent, bounds, first)
        if ahead >= len(self._turns):
            self._turns = turns(max(ahead, min(2 * len(self._turns), MOST_AHEAD)), self._spent, bounds, first)
        return self._turns[ahead]


def forecast(now: int, kind: Kind, stands: Situation, read: Slot | None = None) -> Forecast:
    """What the next queued task of this kind waits for; ``read``: when a read is due."""
    browsers = online(stands, now)
    if not browsers:
        return Forecast(now, "agent_offline", None)
    if all(browser.paused for browser in browsers):
        return Forecast(now, "paused", None)
    if all(browser.outdated == browser.version for browser in browsers):
        return Forecast(now, "update_required", None)
    if kind in ACTS and CLOCK_JUMPED in stands.house:
        return Forecast(now, CLOCK, None)
    stops = barriers(stands.pauses, act=kind in ACTS)
    cause = stops[0].cause if stops else None
    if any(stop.until is None for stop in stops):
        return Forecast(now, cause, None)
    if not stops and all(browser.seen_account is None for browser in browsers):
        return Forecast(now, Cause.SIGNED_OUT, None)
    if not stops and all(browser.seen_account != browser.account for browser in browsers):
        return Forecast(now, Cause.WRONG_MEMBER, None)
    lifted = max((stop.until or 0 for stop in stops), default=0)
    if in_test_world(stands):
        return Forecast(now, cause, max(now, lifted))
    if kind not in ACTS:
        slot = read or Slot(now, None)
        return Forecast(now, cause or slot.blocked_by, max(slot.at, lifted))
    account, bounds = browsers[0].account, allowed_of(stands, now)
    slot = slot_of(stands, now, account, kind, bounds)
    quiet = quiet_since(stands.house.get(RESTORED), now)
    blocked_by = cause or slot.blocked_by or ("pacing" if quiet else None)
    spent = [at for at, _ in stands.spent(account, kind)]
    return Forecast(now, blocked_by, max(slot.at, now + quiet, lifted), bounds, spent)


def waits_for(store: Store, now: int, task: Task, stands: Situation) -> Wait:
    """What stands between a task and its outcome, in the words of `blocked_by`."""
    if task.state is TaskState.NEEDS_REVIEW:
        return Wait(NEEDS_REVIEW, None)
    if task.state is not TaskState.QUEUED:
        return Wait(None if online(stands, now) else "agent_offline", None)
    if asks_first(stands.member, task.kind, task.approved_at):
        return Wait(AWAITING, None)
    what = ("forecast", stands.member.id, task.kind, now)
    expected = store.once(what, _forecast, store, now, task.kind, stands)
    return expected.wait(task.not_before, _ahead(store, task, stands))


def _forecast(store: Store, now: int, kind: Kind, stands: Situation) -> Forecast:
    return forecast(now, kind, stands, read_slot(store, now, stands, kind) if kind in COUNTED else None)


def _ahead(store: Store, task: Task, stands: Situation) -> Callable[[int], Ahead]:
    """How much comes before a task: counted, or looked up in the whole queue where several of it are asked for."""
    # Those that wait for a yes come before nobody.
    member_id, kind, approved = task.member_id, task.kind, asks_first(stands.member, task.kind)
    asked: list[str] = store.once(("asked", member_id, kind), list)
    if len(asked) < FEW:
        asked.append(task.id)
        return partial(store.queues.before, member_id, kind, task.id, approved=approved)
    queue = store.once(("queue", member_id, kind), store.queues.whole, member_id, kind, approved=approved)
    return partial(queue.before, task.id)
