"""What only a person can say: what became of a task nobody could see, and that a clock that jumped is right now."""

from __future__ import annotations

import json

from curtsy.domain.ending import ENDINGS, NOT_DONE
from curtsy.domain.errors import InvalidField, NotInReview, Refusal
from curtsy.domain.task import DONE_WORD, STARTED_MS, Kind, Task, TaskState
from curtsy.service.acceptance import follow
from curtsy.service.events import tell
from curtsy.service.idempotency import Once, recall, remember
from curtsy.service.intake import failed_output, find
from curtsy.service.restoring import be_quiet_anew
from curtsy.service.withdrawing import withdrawn
from curtsy.storage.store import CLOCK_JUMPED, Store

SHORTEST_REASON = 3
LONGEST_REASON = 500


def settle(
    store: Store, now: int, team_id: str, task_id: str, sent: bool, reason: str, by: str, once: Once | None = None
) -> Task | Refusal:
    """needs_review -> completed or failed, on a person's word; the reason and who gave it are kept as evidence.

    ``sent`` says that it was done: of a withdrawal, that the invitation is there no more. ``by`` names the person or
    the key. Raises TaskNotFound and InvalidField; any other state is NotInReview.
    """
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or "\x00" in reason:
        raise InvalidField("Invalid 'reason': say in 3 to 500 characters what you saw and where")
    store.hold_member(find(store, now, team_id, task_id).member_id)
    task = find(store, now, team_id, task_id)
    if once is not None and (before := recall(store, now, team_id, once)) is not None:
        return before if isinstance(before, Refusal) else task
    if task.state is not TaskState.NEEDS_REVIEW:
        return NotInReview(state=task.state)
    if once is not None:
        remember(store, now, [(team_id, once, json.dumps({"task_id": task_id}))])
    word = DONE_WORD[task.kind]
    code = NOT_DONE[task.kind]
    error = ENDINGS[code].meaning
    body = json.dumps({"outcome": word if sent else code, "reason": reason, "by": by})
    store.attempts.witness(task=task.id, lease=task.act_lease or "", now=now, source="person", body=body)
    settled: Task | None
    if sent and task.kind is Kind.WITHDRAW:
        return withdrawn(store, now, task, by=by, reason=reason)
    if sent:
        settled = store.tasks.end(task, TaskState.COMPLETED, now, holds=True, output='{"sent": true}')
        follow(store, now, task)
    else:
        output = failed_output(task.kind, code, error)
        settled = store.tasks.end(task, TaskState.FAILED, now, code=code, error=error, output=output)
    assert settled is not None
    tell(store, now, settled, "task.completed" if sent else "task.failed", by=by, reason=reason)
    return settled


def confirm_clock(store: Store, now: int) -> bool:
    """The clock is right now: acts may go on, and waits begin anew where it was wrong. False when nobody doubted it."""
    store.hold_everything()
    if store.house(CLOCK_JUMPED) is None:
        return False
    store.set_house(CLOCK_JUMPED, None)
    store.leases.put_right(now, STARTED_MS)
    store.attempts.put_right(now)
    store.agents.put_right(now)
    store.invitations.put_right(now)
    be_quiet_anew(store)
    return True
