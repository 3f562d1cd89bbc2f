"""Asking the member first: what waits for their yes, who it is for, and what follows their word.

Nothing is stored of the waiting itself: while the member wishes to be asked, an invitation without their yes is given
to no browser and let through by no ``start``. So the wish holds for what waits already, and its end releases that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from curtsy.domain.consent import DECLINED, DECLINED_ERROR
from curtsy.domain.errors import InvalidField, NotWaiting, Refusal, TaskNotFound
from curtsy.domain.member import DAY_MS
from curtsy.domain.task import Kind, Task, TaskState
from curtsy.service.events import tell
from curtsy.service.intake import failed_output
from curtsy.storage.store import Store
from curtsy.storage.store.approvals import NOTHING_KNOWN

MOST_SHOWN = 20
MOST_COUNTED = 1_000
KNOWN_MS = 30 * DAY_MS
"""A profile that the member's browser read for a caller is not read again for their yes within this time."""
LONGEST = 300
"""A name or headline is kept to so many characters."""


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who is to be invited, as LinkedIn shows them to the member."""

    name: str | None = None
    headline: str | None = None
    profile_urn: str | None = None
    profile_slug: str | None = None

    def cut(self) -> Person:
        return Person(*(None if text is None else text[:LONGEST] for text in msgspec.structs.astuple(self)))


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation that waits for a yes, and what is known of its person."""

    task: Task
    person: Person


def person_of(kept: str | None) -> Person:
    """What is known of a person; nothing where it cannot be read."""
    try:
        return msgspec.json.decode(kept or NOTHING_KNOWN, type=Person)
    except (msgspec.MsgspecError, UnicodeError):
        return Person()


def waiting(store: Store, _now: int, member_id: str) -> tuple[list[Asked], int]:
    """The next invitations that wait for a member's yes, and how many wait in all; nothing is read for it."""
    found = store.approvals.waiting(member_id, MOST_SHOWN)
    total = len(found) if len(found) < MOST_SHOWN else store.approvals.count(member_id, MOST_COUNTED)
    return [Asked(task, person_of(kept)) for task, kept in found], total


def decide(store: Store, now: int, member_id: str, task_id: str, approve: bool) -> TaskState | Refusal:
    """The member's yes or no to an invitation in their name; said again it changes nothing. Raises TaskNotFound."""
    store.hold_member(member_id)
    task = store.tasks.get(task_id)
    if task is None or task.member_id != member_id or task.kind is not Kind.INVITE:
        raise TaskNotFound
    if (task.approved_at is not None) if approve else (task.code == DECLINED):
        return task.state
    if task.state not in (TaskState.QUEUED, TaskState.LEASED):
        return NotWaiting(state=task.state)
    if (read := store.approvals.of_invitation(member_id, task.id)) is not None:
        store.tasks.drop(read)  # nobody asks any more who it is
    store.ring(f"member:{member_id}")
    if approve:
        store.approvals.approve(task, now)
        store.ring(f"task:{task.id}")
        return task.state
    output = failed_output(task.kind, DECLINED, DECLINED_ERROR)
    declined = store.tasks.end(task, TaskState.FAILED, now, code=DECLINED, error=DECLINED_ERROR, output=output)
    assert declined is not None  # this transaction read it
    tell(store, now, declined, "task.failed", code=DECLINED)
    return declined.state


# ------------------------------------------------------------------ who it is


def introduce(store: Store, now: int, invitations: Sequence[Task]) -> Task | None:
    """The read of the first of these people of whom nothing is known; None when all of them are known now."""
    for task in invitations:
        known = person_of(_read_before(store, now, task))
        store.approvals.keep_person(task.id, msgspec.json.encode(known.cut()).decode())
        if known.name is None:
            return _read_of(store, now, task)
    return None


def _read_before(store: Store, now: int, task: Task) -> str | None:
    """What a profile read found that a caller asked the member for, by either name of the person."""
    keys = [task.profile_key, *([f"in/{task.profile_slug}"] if task.profile_slug else [])]
    found = store.readings.lately([(task.member_id, key) for key in keys], now - KNOWN_MS)
    return max(found.values(), key=lambda reading: reading.finished_at).output if found else None


def _read_of(store: Store, now: int, task: Task) -> Task | None:
    read_id = store.new_id()
    store.tasks.add([
        {"id": read_id, "team_id": task.team_id, "member_id": task.member_id, "kind": Kind.READ_PERSON,
         "profile_key": task.id, "profile_urn": task.resolved_urn or task.profile_urn,
         "profile_slug": task.profile_slug, "note": None, "now": now, "not_before": now,
         "expires_at": task.expires_at, "metadata": None, "note_wish": "require", "question": None}
    ])  # fmt: skip
    return store.tasks.get(read_id)


def keep_person(store: Store, read: Task, output: str | None) -> None:
    """Keep who a read found with the invitation it was for; raises InvalidField for anything else."""
    try:
        found = msgspec.json.decode(output or "null", type=Person)
    except msgspec.ValidationError as error:
        raise InvalidField(f"Invalid 'output': {error}") from None
    store.approvals.keep_person(read.profile_key, msgspec.json.encode(found.cut()).decode())
