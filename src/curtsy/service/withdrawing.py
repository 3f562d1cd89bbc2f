"""Taking an invitation back: an act like any other, but one that may be repeated.

What is withdrawn cannot be withdrawn again: a second try finds nothing and changes nothing. So doubt needs no person at
first: an invitation that still waits once nothing of the last act can be under way any more is withdrawn anew.
"""

from __future__ import annotations

import json

import msgspec

from curtsy.domain.acceptance import InvitationState
from curtsy.domain.cooldown import Why
from curtsy.domain.errors import NotSent, NotSettled, Refusal
from curtsy.domain.outcome import LOCK_ENDS, RESEND_LOCK_MS, Outcome, Relation
from curtsy.domain.profile import ProfileRef
from curtsy.domain.task import Kind, Task, TaskState
from curtsy.service.events import tell, tell_of_task
from curtsy.service.gate import Ask, pass_gate
from curtsy.service.idempotency import recall
from curtsy.service.intake import Accepted, accept_many, find
from curtsy.service.leaving_alone import leave_alone
from curtsy.storage.store import Store

OF_RELATION: dict[Relation, Outcome] = {
    Relation.NONE: Outcome.NOT_PENDING,
    Relation.PENDING_IN: Outcome.NOT_PENDING,
    Relation.CONNECTED: Outcome.ALREADY_CONNECTED,
    Relation.SELF: Outcome.OWN_PROFILE,
    Relation.UNKNOWN: Outcome.CLIENT_OUTDATED,
}
"""What a relationship read before the act says; with Relation.PENDING_OUT there is something to withdraw."""
MAY_BE_SENT = frozenset({TaskState.STARTED, TaskState.UNCONFIRMED, TaskState.NEEDS_REVIEW})
"""Where nobody knows yet whether LinkedIn has the invitation."""
STILL_PENDING = "still_pending"
"""Why a withdrawal is tried again, or shown to a person."""
SENDING_WAIT_MS = 5 * 60_000
"""A withdrawal that met an invitation in doubt waits this long before it looks again."""


def take_back(store: Store, now: int, ask: Ask, task_id: str | None) -> Accepted | Refusal:
    """Make the task of a withdrawal: of what a task sent, or else of what the sender sent the person of ``ask``.

    Refuses what the gate refuses, and NotSent or NotSettled where the invitation has not been sent, or may not have
    been: what waits is cancelled, and what is in doubt must be seen first. Raises TaskNotFound.
    """
    if ask.once is not None and recall(store, now, ask.team_id, ask.once) is not None:
        return accept_many(store, now, [ask])[0]
    named = None if task_id is None else _whole(store, now, ask.team_id, task_id)
    if named is not None:
        urn = named.resolved_urn or named.profile_urn
        if urn is None and named.profile_slug is None:
            return NotSent(api_agent_task_id=named.id)  # it is about nobody, or about somebody who was forgotten
        profile = ProfileRef(urn, None if urn else named.profile_slug)
        ask = msgspec.structs.replace(ask, profile=profile, sender=named.member_id)
    passed = pass_gate(store, now, [ask])[0]
    if isinstance(passed, Refusal):
        return passed
    invite = named or store.tasks.holding(passed.member_id, Kind.INVITE, passed.key)
    if invite is None or (invite.kind is Kind.INVITE and invite.state is TaskState.COMPLETED):
        return accept_many(store, now, [ask])[0]
    refusal = NotSettled if invite.kind is Kind.INVITE and invite.state in MAY_BE_SENT else NotSent
    return refusal(api_agent_task_id=invite.id)


def _whole(store: Store, now: int, team_id: str, task_id: str) -> Task:
    """The task that a task is part of, or the task itself."""
    task = find(store, now, team_id, task_id)
    return task if task.same_as is None else _whole(store, now, team_id, task.same_as)


def sending(store: Store, member_id: str, profile_key: str | None) -> bool:
    """Whether an invitation of ours may be on its way to this person, or lie there unseen."""
    invite = store.tasks.holding(member_id, Kind.INVITE, profile_key) if profile_key is not None else None
    return invite is not None and invite.state in MAY_BE_SENT


def withdrawn(store: Store, now: int, task: Task, *, inferred: bool = False, **said: object) -> Task:
    """The invitation is there no more: nobody of the team asks this person for as long as LinkedIn's lock lasts.

    ``inferred``: what was to be withdrawn is gone, and nobody saw why. ``said`` goes into the event.
    """
    output: dict[str, object] = {"withdrawn": True, LOCK_ENDS: now + RESEND_LOCK_MS}
    if inferred:
        output["inferred"] = True
    done = store.tasks.end(task, TaskState.COMPLETED, now, output=json.dumps(output))
    assert done is not None  # this transaction read it
    tell(store, now, done, "task.completed", **said)
    sent = store.tasks.holding(task.member_id, Kind.INVITE, task.profile_key)
    leave_alone(store, now, task if task.profile_slug or sent is None else sent, task.profile_key, Why.WITHDRAWN)
    if sent is not None and sent.ended:
        store.tasks.let_go(sent.id, now)
        # One that was accepted once and is pending again was made by hand since.
        followed = store.invitations.of_task(sent.id)
        if followed is None or store.invitations.end(sent.id, InvitationState.WITHDRAWN, now):
            tell(store, now, sent, "invitation.withdrawn", withdrawn_by=task.id)
    elif sent is None and (followed := store.invitations.of_person(task.member_id, task.profile_key)) is not None:
        # It was sent with the member's LinkedIn account before they were taken into the team anew.
        store.invitations.end(followed.task_id, InvitationState.WITHDRAWN, now)
        store.tasks.let_go(followed.task_id, now)
        tell_of_task(store, now, followed, "invitation.withdrawn", withdrawn_by=task.id)
    return done
