"""Taking an invitation back: an act like any other, but one that may be repeated.

What is withdrawn cannot be withdrawn again: a second try finds nothing and changes nothing. So doubt needs no person at
first: an invitation that still waits once nothing of the last act can be under way any more is withdrawn anew.
"""

from __future__ import annotations

import json

from curtsy.domain.acceptance import InvitationState
from curtsy.domain.errors import NotSent
from curtsy.domain.outcome import RESEND_LOCK_MS, Outcome, Relation
from curtsy.domain.profile import ProfileRef
from curtsy.domain.task import Kind, Task, TaskState
from curtsy.service.events import tell, tell_of_task
from curtsy.service.intake import find
from curtsy.storage.store import Store

OF_RELATION: dict[Relation, Outcome] = {
    Relation.NONE: Outcome.NOT_PENDING,
    Relation.PENDING_IN: Outcome.NOT_PENDING,
    Relation.CONNECTED: Outcome.ALREADY_CONNECTED,
    Relation.SELF: Outcome.OWN_PROFILE,
    Relation.UNKNOWN: Outcome.CLIENT_OUTDATED,
}
"""What a relationship read before the act says; with Relation.PENDING_OUT there is something to withdraw."""


def person_of(store: Store, now: int, team_id: str, task_id: str) -> tuple[ProfileRef, str]:
    """Whom a task invited, and the member who did; raises TaskNotFound, NotSent."""
    task = find(store, now, team_id, task_id)
    if task.same_as is not None:
        task = find(store, now, team_id, task.same_as)
    if task.kind is not Kind.INVITE or task.state is not TaskState.COMPLETED:
        raise NotSent(state=task.state)
    return ProfileRef(task.resolved_urn or task.profile_urn, None), task.member_id


def withdrawn(store: Store, now: int, task: Task, *, inferred: bool = False) -> Task:
    """The invitation is there no more: the person is free, but for LinkedIn's lock on asking again."""
    until = now + RESEND_LOCK_MS
    output: dict[str, object] = {"withdrawn": True}
    if inferred:
        output["inferred"] = True
    done = store.tasks.end(task, TaskState.COMPLETED, now, output=json.dumps(output))
    assert done is not None  # this transaction read it
    tell(store, now, done, "task.completed")
    store.people.cool_down(task.member_id, task.profile_key, until)
    for followed in store.invitations.pending(task.member_id):
        if followed.profile_key == task.profile_key and store.invitations.end(
            followed.task_id, InvitationState.WITHDRAWN, now
        ):
            tell_of_task(store, now, followed, "invitation.withdrawn", withdrawn_by=task.id)
    sent = store.tasks.holding(task.member_id, Kind.INVITE, task.profile_key)
    if sent is not None and sent.ended:
        store.tasks.let_go(sent.id)
    return done
