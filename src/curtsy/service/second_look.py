"""What a second look found: presence is believed at once, absence by the installation rule of the guarantee."""

from __future__ import annotations

import msgspec

from curtsy.domain.agent import Agent, LeaseLost
from curtsy.domain.errors import Refusal
from curtsy.domain.outcome import DISPOSITIONS, Outcome, Seen
from curtsy.domain.task import ABSENCE_AFTER_MS, ABSENCE_APART_MS, LOOK_AGAIN_MS, MOST_ACTS, Kind, Task, TaskState
from curtsy.service.dispatch import clock_in_doubt
from curtsy.service.events import tell
from curtsy.service.settle import Evidence, Report, back_to_queue, complete, fail, is_ours
from curtsy.service.withdrawing import STILL_PENDING, withdrawn
from curtsy.storage.store import Store
from curtsy.storage.store.attempts import Attempt

ELSEWHERE_WAIT_MS = 15 * 60_000
"""An absence seen from another browser does not count; that browser looks again after this long."""


def looked(store: Store, now: int, agent: Agent, task: Task, attempt: Attempt, report: Report) -> TaskState | Refusal:
    """Take what a look found: presence is believed at once, absence by the installation rule of the guarantee."""
    held = task.state is TaskState.UNCONFIRMED and task.lease_id == report.lease_id and (task.lease_until or 0) > now
    if not held:
        return TaskState(attempt.state_after) if attempt.state_after else LeaseLost(state=task.state)
    seen, evidence = report.outcome, report.evidence
    if task.kind is Kind.WITHDRAW:
        after = _withdrawn(store, now, task, seen, evidence)
    elif seen == Seen.CONNECTED:
        after = _infer(store, now, task, evidence)
    elif seen == Seen.PENDING:
        after = _pending(store, now, task, evidence)
    elif seen == Seen.ABSENT:
        after = _absent(store, now, agent, task, report)
    else:
        after = _look_again(store, task, now + LOOK_AGAIN_MS)
    store.attempts.finish(report.lease_id, now, outcome=seen, code=None, state=after.state, unspent=True)
    return after.state


def _withdrawn(store: Store, now: int, task: Task, seen: str, evidence: Evidence) -> Task:
    """Gone is what was wanted, whenever it is seen; what still waits is withdrawn once more, which cannot harm."""
    if seen == Seen.ABSENT and task.act_lease is not None:
        return withdrawn(store, now, task, inferred=True)
    if seen in (Seen.ABSENT, Seen.CONNECTED):
        # After a restore, absent with no browser that remembers an act: there may have been nothing to withdraw.
        outcome = Outcome.ALREADY_CONNECTED if seen == Seen.CONNECTED else Outcome.NOT_PENDING
        return fail(store, now, task, outcome, DISPOSITIONS[outcome].meaning, evidence)
    counts_from = (task.doubt_since or 0) + ABSENCE_AFTER_MS
    if seen != Seen.PENDING or clock_in_doubt(store) or now < counts_from:
        return _look_again(store, task, max(counts_from, now + LOOK_AGAIN_MS))
    if task.acts < MOST_ACTS:
        return back_to_queue(store, now, task, doubt=True, because=STILL_PENDING)
    reviewed = store.leases.review(task, now)
    assert reviewed is not None  # this transaction read it
    tell(store, now, reviewed, "task.needs_review", because=STILL_PENDING)
    return reviewed


def _infer(store: Store, now: int, task: Task, evidence: Evidence) -> Task:
    """Complete on a conclusion and not a sight, and keep it marked as one."""
    body = msgspec.structs.replace(evidence, inferred=True).as_json()
    store.attempts.witness(task=task.id, lease=task.lease_id or "", now=now, source="verify", body=body)
    return complete(store, now, task, evidence)


def _pending(store: Store, now: int, task: Task, evidence: Evidence) -> Task:
    """Whose invitation it is: ours if it was sent after our start with our words (guarantee, "Pending is ours")."""
    if clock_in_doubt(store):
        return _look_again(store, task, now + LOOK_AGAIN_MS)  # its time says nothing until a person confirms ours
    ours = is_ours(task, now, evidence)
    if ours is None:
        return _infer(store, now, task, evidence)
    if ours:
        return complete(store, now, task, evidence)
    rule = DISPOSITIONS[Outcome.ALREADY_PENDING]
    return fail(store, now, task, Outcome.ALREADY_PENDING, rule.meaning, evidence)


def _absent(store: Store, now: int, agent: Agent, task: Task, report: Report) -> Task:
    counts_from = (task.doubt_since or 0) + ABSENCE_AFTER_MS
    # After a restore nobody knows which browser acted; each has uploaded its journal before it could look.
    if task.act_installation not in (None, agent.installation_id):
        return _look_again(store, task, now + ELSEWHERE_WAIT_MS, elsewhere=True)
    same_run = report.boot_id == task.act_boot
    if same_run and not report.evidence.tab_closed:
        return _look_again(store, task, max(counts_from, now + LOOK_AGAIN_MS))
    if clock_in_doubt(store):
        return _look_again(store, task, now + LOOK_AGAIN_MS)
    if now < counts_from:
        return _look_again(store, task, counts_from)
    if task.absent_at is None or now - task.absent_at < ABSENCE_APART_MS:
        first_at = now if task.absent_at is None else task.absent_at
        return _look_again(store, task, first_at + ABSENCE_APART_MS, absent_at=first_at)
    if store.teams.absence_requeues(task.team_id) and task.acts < MOST_ACTS:
        return back_to_queue(store, now, task, doubt=True, because="absent_twice")
    reviewed = store.leases.review(task, now)
    assert reviewed is not None
    tell(store, now, reviewed, "task.needs_review", because="absent_twice")
    return reviewed


def _look_again(
    store: Store, task: Task, look_at: int, *, absent_at: int | None = None, elsewhere: bool = False
) -> Task:
    kept = absent_at if absent_at is not None else task.absent_at
    looked = store.leases.looked(task, look_at=look_at, absent_at=kept, elsewhere=elsewhere)
    assert looked is not None
    return looked
