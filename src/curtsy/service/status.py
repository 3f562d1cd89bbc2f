"""What can be said of a task at this moment: computed when asked, never stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from curtsy.domain.consent import AWAITING, asks_first
from curtsy.domain.ending import NEEDS_REVIEW, ending
from curtsy.domain.errors import Refusal
from curtsy.domain.member import CLOCK, ONLINE_MS, Cause, Member, barriers
from curtsy.domain.reading import COUNTED
from curtsy.domain.rehearsal import STAND_IN
from curtsy.domain.slots import Slot, turn_of
from curtsy.domain.task import ACTS, Kind, Task, TaskState
from curtsy.service.gate import Ask, pass_gate
from curtsy.service.intake import find
from curtsy.service.pacing import allowed_of, read_slot, situation, slot_of
from curtsy.service.restoring import RESTORED, quiet_since
from curtsy.storage.store import CLOCK_JUMPED, Store
from curtsy.storage.store.attempts import LATE
from curtsy.storage.store.invitations import Followed
from curtsy.storage.store.situations import Browser, Situation
from curtsy.storage.store.tasks import MOST_AHEAD, Ahead


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a task waits, and about until when (milliseconds since 1970) where that can be said."""

    blocked_by: str | None
    estimated_at: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """A task as its caller sees it. ``shown`` is the task itself, or the one it was merged into.

    ``retry_at``: the same request will be refused until then, if it can be sent again at all; milliseconds since 1970.
    """

    task: Task
    shown: Task
    sender: Member
    wait: Wait
    evidence: dict[str, object] | None
    invitation: Followed | None = None
    test: bool = False
    retry_at: int | None = None


def status(store: Store, now: int, team_id: str, task_id: str) -> Status:
    """Everything known of a task of the team; raises TaskNotFound."""
    return describe(store, now, find(store, now, team_id, task_id))


def ended_of(store: Store, _now: int, task_ids: Collection[str]) -> set[str]:
    """Those of the tasks that have ended."""
    return store.tasks.ended_of(task_ids)


def describe(store: Store, now: int, task: Task) -> Status:
    """A task with its sender, what it waits for, and the evidence its outcome rests on."""
    return describe_all(store, now, [task])[0]


def describe_all(store: Store, now: int, tasks: Sequence[Task]) -> list[Status]:
    """The same for several, each of whose senders is looked at once."""
    members: dict[str, Situation] = {}
    found: list[Status] = []
    all_shown = [_shown(store, task) for task in tasks]
    again = _again(store, now, all_shown)
    for task, shown in zip(tasks, all_shown, strict=True):
        stands = members.get(task.member_id)
        if stands is None:
            stands = members[task.member_id] = situation(store, now, task.member_id)
        wait = Wait(None, None) if shown.ended else waits_for(store, now, shown, stands)
        evidence = _evidence(store, shown) if shown.attempts or shown.acts else None
        sent = shown.state is TaskState.COMPLETED and shown.kind is Kind.INVITE
        followed = store.invitations.of_task(shown.id) if sent else None
        test = _in_test_world(stands)
        found.append(Status(task, shown, stands.member, wait, evidence, followed, test, again.get(shown.id)))
    return found


def _shown(store: Store, task: Task) -> Task:
    """The task itself, or the one it was merged into."""
    while task.same_as is not None and (other := store.tasks.get(task.same_as)) is not None:
        task = other
    return task


def waits_for(store: Store, now: int, task: Task, stands: Situation) -> Wait:
    """What stands between a task and its outcome, in the words of `blocked_by`."""
    if task.state is TaskState.NEEDS_REVIEW:
        return Wait(NEEDS_REVIEW, None)
    if task.state is not TaskState.QUEUED:
        return Wait(None if online(stands, now) else "agent_offline", None)
    if asks_first(stands.member, task.kind, task.approved_at):
        return Wait(AWAITING, None)
    # Those that wait for a yes come before nobody.
    approved = asks_first(stands.member, task.kind)
    ahead = partial(store.tasks.waiting_before, task.member_id, task.kind, task.id, approved=approved)
    read = read_slot(store, now, stands, task.kind) if task.kind in COUNTED else None
    return foresee(now, task.kind, task.not_before, stands, ahead, read)


def _in_test_world(stands: Situation) -> bool:
    """Whether a stand-in acts for the member, whom no pace holds up."""
    return any(browser.version.startswith(STAND_IN) for browser in stands.browsers)


def online(stands: Situation, now: int) -> list[Browser]:
    """The member's browsers that can be asked now."""
    return [browser for browser in stands.browsers if now - browser.last_seen_at < ONLINE_MS]


def foresee(
    now: int, kind: Kind, not_before: int, stands: Situation, ahead: Callable[[int], Ahead], read: Slot | None = None
) -> Wait:
    """What a queued task of this kind waits for; ``read``: when a read is due.

    ``ahead`` says how many others come before it that may begin by a moment.
    """
    browsers = online(stands, now)
    if not browsers:
        return Wait("agent_offline", None)
    if all(browser.paused for browser in browsers):
        return Wait("paused", None)
    if all(browser.outdated == browser.version for browser in browsers):
        return Wait("update_required", None)
    if kind in ACTS and CLOCK_JUMPED in stands.house:
        return Wait(CLOCK, None)
    stops = barriers(stands.pauses, act=kind in ACTS)
    cause = stops[0].cause if stops else None
    if any(stop.until is None for stop in stops):
        return Wait(cause, None)
    if not stops and all(browser.seen_account is None for browser in browsers):
        return Wait(Cause.SIGNED_OUT, None)
    if not stops and all(browser.seen_account != browser.account for browser in browsers):
        return Wait(Cause.WRONG_MEMBER, None)
    lifted = max((stop.until or 0 for stop in stops), default=0)
    if _in_test_world(stands):
        return Wait(cause, max(now, not_before, lifted))
    if kind not in ACTS:
        slot = read or Slot(now, None)
        return Wait(cause or slot.blocked_by, max(slot.at, not_before, lifted))
    bounds = allowed_of(stands, now)
    (before, others), slot = ahead(max(now, not_before)), slot_of(stands, now, browsers[0].account, kind, bounds)
    quiet = quiet_since(stands.house.get(RESTORED), now)
    blocked_by = cause or slot.blocked_by or ("pacing" if before or quiet else None)
    if before >= MOST_AHEAD:
        return Wait(blocked_by, None)
    spent = [at for at, _ in stands.spent(browsers[0].account, kind)]
    first = max(slot.at, now + quiet, lifted)
    due = turn_of(before, spent, bounds, first)
    # Some that wait for their own time will be ready by then, and come before it.
    if others and (later := ahead(max(due, not_before)).ready) != before:
        due = turn_of(min(later, MOST_AHEAD), spent, bounds, first)
    return Wait(blocked_by, max(due, not_before))


def _again(store: Store, now: int, tasks: Sequence[Task]) -> dict[str, int | None]:
    """For tasks that may be asked for again: when the same request will not be refused, where that can be said."""
    ended = [(task, ending(task)) for task in tasks if task.kind is Kind.INVITE and task.ended and task.profile.text]
    again = [task for task, said in ended if said is not None and said[1].retryable]
    asks = [
        Ask(task.team_id, task.kind, task.profile, task.note, sender=task.member_id, note_wish=task.note_wish)
        for task in again
    ]
    passed = pass_gate(store, now, asks)
    return {
        task.id: said.retry_at if isinstance(said, Refusal) else None for task, said in zip(again, passed, strict=True)
    }


def _evidence(store: Store, task: Task) -> dict[str, object] | None:
    """The sights of a task laid over each other, the later ones on top; what came late only fills gaps."""
    seen: dict[str, object] = {}
    for at, source, body in store.attempts.evidence(task.id):
        sight = {name: value for name, value in json.loads(body).items() if value is not None}
        if source == LATE:
            seen = sight | seen
        else:
            seen |= sight | {"source": source, "seen_at": at}
    return seen or None


def kind_of(task: Task) -> str:
    """The task's type as the seed's contract spells it."""
    return f"agent_{task.kind}"
