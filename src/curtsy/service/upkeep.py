"""What time brings about: leases and tasks that run out, pauses that end. Safe to run anywhere, any number of times."""

from __future__ import annotations

from curtsy.domain.consent import asks_first
from curtsy.domain.ending import ENDINGS, EXPIRED, NO_PROGRESS
from curtsy.domain.task import (
    ACTING_BROWSER_GONE_MS,
    LOOK_AGAIN_MS,
    MOST_FRUITLESS_LEASES,
    UNTOLD,
    Task,
    TaskState,
)
from curtsy.service.acceptance import BY_HAND_KEPT_MS, plan
from curtsy.service.access import LENT_SHOWN_MS
from curtsy.service.events import tell
from curtsy.service.gate import KNOWN_SLUG_MS
from curtsy.service.idempotency import forget
from curtsy.service.intake import failed_output, withdraw_promise
from curtsy.service.pauses import end_over
from curtsy.service.presence import fell_silent
from curtsy.service.restoring import settle_down
from curtsy.service.teams import end_queue_of_removed
from curtsy.storage.store import Store, hold_of

SLICE = 200
DAY_MS = 86_400_000
LATE_TASK_MS = 3_600_000
"""A task may be taken in while its member is being removed elsewhere; for this long it is looked for and ended."""


def upkeep(store: Store, now: int) -> bool:
    """One slice of everything that is due; True when there may be more."""
    settle_down(store, now)
    leases = _in_peace(store, store.leases.run_out(now, SLICE))
    for task in leases:
        run_out(store, now, task)
    expired = _in_peace(store, store.tasks.expired(now, SLICE))
    for task in expired:
        _expire(store, now, task)
    gone = _in_peace(store, store.leases.abandoned(now - ACTING_BROWSER_GONE_MS, SLICE))
    for task in gone:
        if reviewed := store.leases.review(task, now):
            tell(store, now, reviewed, "task.needs_review", because="browser_gone")
    for member_id in store.tasks.waiting_for_removed(now - LATE_TASK_MS, SLICE):
        if store.rows.hold_free([hold_of(member_id)]):
            end_queue_of_removed(store, now, member_id)
    over = end_over(store, now, SLICE)
    looks = plan(store, now, SLICE)
    by_hand = store.invitations.forget_by_hand(now - BY_HAND_KEPT_MS, SLICE)
    went = fell_silent(store, now, SLICE)
    names = store.people.forget_names(now - KNOWN_SLUG_MS, SLICE)
    cooled = store.people.forget_cooled(now, SLICE)
    old = forget(store, now, SLICE)
    return SLICE in (len(leases), len(expired), len(gone), over, went, looks, by_hand, names, cooled, old)


def _in_peace(store: Store, found: list[Task]) -> list[Task]:
    """Those of the tasks that nobody else is deciding about, and that are still as they were found."""
    held = store.rows.hold_free({hold_of(task.member_id) for task in found}) if found else set()
    return [task for task in found if hold_of(task.member_id) in held and store.tasks.get(task.id) == task]


def tidy(store: Store, now: int) -> None:
    """Drop codes, links and sessions that ended."""
    store.agents.forget_codes(now - DAY_MS)
    store.access.forget_ended(now, now - LENT_SHOWN_MS)


def run_out(store: Store, now: int, task: Task) -> None:
    """The lease of this task has ended: what follows depends on whether the agent was allowed to act."""
    if task.state is TaskState.LEASED:
        lost_before_start(store, now, task)
    elif task.state is TaskState.STARTED:
        doubtful = store.leases.doubt(task, now)
        assert doubtful is not None
        tell(store, now, doubtful, "task.unconfirmed", because="lease_ran_out")
        store.ring(f"member:{task.member_id}")
    else:
        store.leases.looked(task, look_at=now + LOOK_AGAIN_MS, absent_at=task.absent_at)


def lost_before_start(store: Store, now: int, task: Task) -> Task:
    """A lease that brought nothing: the task waits again, or is set aside at the third in a row."""
    fruitless = task.fruitless + 1
    if fruitless >= MOST_FRUITLESS_LEASES:
        error = ENDINGS[NO_PROGRESS].meaning
        output = failed_output(task.kind, NO_PROGRESS, error)
        failed = store.tasks.end(task, TaskState.FAILED, now, code=NO_PROGRESS, error=error, output=output)
        assert failed is not None
        tell(store, now, failed, "task.failed", code=NO_PROGRESS)
        if failed.kind in UNTOLD:
            store.tasks.drop(failed)
        return failed
    queued = store.leases.requeue(task, now, fruitless=fruitless)
    assert queued is not None
    tell(store, now, queued, "task.requeued", because=NO_PROGRESS)
    if queued.cancel_wanted:
        return withdraw_promise(store, now, queued)
    store.ring(f"member:{task.member_id}")
    return queued


def _expire(store: Store, now: int, task: Task) -> None:
    error = ENDINGS[EXPIRED].meaning
    member = store.teams.member(task.member_id)
    if member is not None and asks_first(member, task.kind, task.approved_at):
        error = "The member did not approve this in time"
    output = failed_output(task.kind, EXPIRED, error)
    if ended := store.tasks.end(task, TaskState.EXPIRED, now, code=EXPIRED, error=error, output=output):
        tell(store, now, ended, "task.expired")
        if ended.kind in UNTOLD:
            store.tasks.drop(ended)
