"""Taking invitations in: checked in the order of the contract, one open-or-sent task a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.errors import (
    CoolingDown,
    InFlight,
    InvitationLimitReached,
    MemberNotActive,
    NoActiveAgent,
    NoAdmin,
    NoteLimitReached,
    Refusal,
    TaskEnded,
    TaskNotFound,
    UnknownMember,
)
from curtsy.domain.member import ACTIVE_MS, DAY_MS, Cause, Member, Pause
from curtsy.domain.profile import ProfileRef
from curtsy.domain.task import ACTS, EXPIRES_MS, Kind, Task, TaskState
from curtsy.service.events import tell
from curtsy.service.idempotency import Once, recall, remember
from curtsy.storage.rows import Value
from curtsy.storage.store import Store

KNOWN_SLUG_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller asks for; ``sender`` names a member by id or email, None is the oldest admin."""

    team_id: str
    kind: Kind
    profile: ProfileRef
    note: str | None = None
    sender: str | None = None
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The task that will do it.

    ``deduplicated`` when it stood already, ``other_note`` when its note differs, ``replayed`` when this very request
    was answered before.
    """

    task_id: str
    deduplicated: bool = False
    other_note: bool = False
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Gate:
    """What is the same for every ask of one sender in one transaction."""

    sender: Member
    pauses: list[Pause]
    cooling: bool


def accept_many(store: Store, now: int, asks: Sequence[Ask]) -> Sequence[Accepted | Refusal]:
    """Make a task for each ask, or say why not; one refused ask does not touch another."""
    gates: dict[tuple[str, str | None], _Gate | Refusal] = {}
    answers: list[Accepted | Refusal] = []
    events: list[dict[str, Value]] = []
    for ask in asks:
        if ask.once is not None and (before := recall(store, now, ask.team_id, ask.once)) is not None:
            answers.append(before if isinstance(before, Refusal) else Accepted(**json.loads(before), replayed=True))
            continue
        whose = ask.team_id, ask.sender
        if whose not in gates:
            gates[whose] = _gate(store, now, *whose)
        gate = gates[whose]
        answer = gate if isinstance(gate, Refusal) else _accept(store, now, ask, gate, events)
        if ask.once is not None and isinstance(answer, Accepted):
            kept = {"task_id": answer.task_id, "deduplicated": answer.deduplicated, "other_note": answer.other_note}
            remember(store, now, ask.team_id, ask.once, json.dumps(kept))
        answers.append(answer)
    store.events.add_many(events)
    return answers


def preview(store: Store, now: int, ask: Ask) -> Accepted | Refusal | None:
    """What accepting would answer: the standing task, a refusal, or None for a new task. Changes nothing."""
    if ask.once is not None and isinstance(before := recall(store, now, ask.team_id, ask.once), Refusal):
        return before
    gate = _gate(store, now, ask.team_id, ask.sender)
    if isinstance(gate, Refusal):
        return gate
    key = _key(store, now, ask)
    if refusal := _held_back(store, now, ask, key, gate):
        return refusal
    standing = store.tasks.holding(gate.sender.id, ask.kind, key)
    return Accepted(standing.id, True, standing.note != ask.note) if standing else None


def _gate(store: Store, now: int, team_id: str, sender: str | None) -> _Gate | Refusal:
    """The sender and what stands in their way, in the order of the contract: 404, then 403."""
    if sender is None:
        member = store.teams.oldest_admin(team_id)
        if member is None:
            return NoAdmin()
    else:
        member = store.teams.named(team_id, sender)
        if member is None:
            return UnknownMember()
        seen = store.agents.last_seen_of_member(member.id)
        if seen is None or seen < now - ACTIVE_MS:
            return MemberNotActive()
    seen = store.agents.last_seen(team_id)
    if seen is None or seen < now - ACTIVE_MS:
        return NoActiveAgent()
    return _Gate(member, store.teams.pauses(member.id, now), store.people.any_cooling(member.id, now))


def _key(store: Store, now: int, ask: Ask) -> str:
    """What the person is known by: their id where a name was resolved lately."""
    if ask.kind in ACTS and ask.profile.slug:
        return store.people.id_of(ask.team_id, ask.profile.slug, now - KNOWN_SLUG_MS) or ask.profile.key
    return ask.profile.key


def _held_back(store: Store, now: int, ask: Ask, key: str, gate: _Gate) -> Refusal | None:
    """409, then 429: only for what changes something on LinkedIn."""
    if ask.kind not in ACTS:
        return None
    if gate.cooling and (until := store.people.cooling_until(gate.sender.id, key, now)) is not None:
        return CoolingDown(retry_at=until)
    for pause in gate.pauses:
        if pause.cause is Cause.INVITATION_LIMIT:
            return InvitationLimitReached(retry_at=pause.until)
        if pause.cause is Cause.NOTE_LIMIT and ask.note:
            return NoteLimitReached(retry_at=pause.until)
    return None


def _accept(store: Store, now: int, ask: Ask, gate: _Gate, events: list[dict[str, Value]]) -> Accepted | Refusal:
    key = _key(store, now, ask)
    if refusal := _held_back(store, now, ask, key, gate):
        return refusal
    task_id, sender = store.new_id(), gate.sender.id
    made = store.tasks.add(
        {
            "id": task_id,
            "team_id": ask.team_id,
            "member_id": sender,
            "kind": ask.kind,
            "profile_key": key,
            "profile_urn": ask.profile.urn,
            "profile_slug": ask.profile.slug,
            "note": ask.note,
            "now": now,
            "expires_at": now + EXPIRES_MS,
        }
    )
    if not made:
        standing = store.tasks.holding(sender, ask.kind, key)
        assert standing is not None  # the index that refused the new task names this one
        return Accepted(standing.id, True, ask.kind in ACTS and standing.note != ask.note)
    events.append(
        {
            "id": store.new_id(),
            "team_id": ask.team_id,
            "type": "task.created",
            "task_id": task_id,
            "member_id": sender,
            "at": now,
            "data": '{"state": "queued"}',
        }
    )
    store.ring(f"member:{sender}")
    return Accepted(task_id)


def find(store: Store, _now: int, team_id: str, task_id: str) -> Task:
    """A task of the team; raises TaskNotFound, for another team's too."""
    task = store.tasks.of_team(team_id, task_id)
    if task is None:
        raise TaskNotFound
    return task


def cancel(store: Store, now: int, team_id: str, task_id: str, once: Once | None = None) -> Task | Refusal:
    """Cancel what has not been started; after the start the wish is kept and stops any second act."""
    task = find(store, now, team_id, task_id)
    if once is not None and (before := recall(store, now, team_id, once)) is not None:
        return before if isinstance(before, Refusal) else task
    cancelled = _cancel(store, now, task)
    if once is not None and isinstance(cancelled, Task):
        remember(store, now, team_id, once, json.dumps({"task_id": task_id}))
    return cancelled


def _cancel(store: Store, now: int, task: Task) -> Task | Refusal:
    if task.state is TaskState.CANCELLED:
        return task
    if task.ended:
        return TaskEnded(state=task.state)
    if task.state in (TaskState.QUEUED, TaskState.LEASED):
        return withdraw_promise(store, now, task)
    store.tasks.wish_cancelled(task, now)
    return InFlight(state=task.state)


def withdraw_promise(store: Store, now: int, task: Task) -> Task:
    """queued or leased -> cancelled."""
    output = failed_output("cancelled", "The caller cancelled this task", read=task.kind not in ACTS)
    cancelled = store.tasks.end(task, TaskState.CANCELLED, now, code="cancelled", output=output)
    assert cancelled is not None  # this transaction read the task and is the only writer
    tell(store, now, cancelled, "task.cancelled")
    return cancelled


def failed_output(code: str, error: str, *, read: bool = False) -> str:
    """The output of a task that ended without an invitation, as JSON."""
    said = {"code": code, "error": error}
    return json.dumps(said if read else {"sent": False, **said})
