"""What can be said of a task at this moment: computed when asked, never stored."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import NamedTuple

from curtsy.domain.ending import ending
from curtsy.domain.errors import Refusal
from curtsy.domain.member import Member
from curtsy.domain.task import Kind, Task, TaskState
from curtsy.service.forecast import Wait, in_test_world, waits_for
from curtsy.service.gate import Ask, pass_gate
from curtsy.service.intake import find
from curtsy.service.pacing import situation
from curtsy.storage.store import Store
from curtsy.storage.store.attempts import LATE
from curtsy.storage.store.invitations import Followed


class Status(NamedTuple):
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
    return store.unchanged(_describe_all, store, now, tasks)


def _describe_all(store: Store, now: int, tasks: Sequence[Task]) -> list[Status]:
    found: list[Status] = []
    all_shown = [_shown(store, task) for task in tasks]
    again = _again(store, now, all_shown)
    for task, shown in zip(tasks, all_shown, strict=True):
        stands = situation(store, now, task.member_id)
        wait = Wait(None, None) if shown.ended else waits_for(store, now, shown, stands)
        evidence = _evidence(store, shown) if shown.attempts or shown.acts else None
        sent = shown.state is TaskState.COMPLETED and shown.kind is Kind.INVITE
        followed = store.invitations.of_task(shown.id) if sent else None
        test = in_test_world(stands)
        found.append(Status(task, shown, stands.member, wait, evidence, followed, test, again.get(shown.id)))
    return found


def _shown(store: Store, task: Task) -> Task:
    """The task itself, or the one it was merged into."""
    while task.same_as is not None and (other := store.tasks.get(task.same_as)) is not None:
        task = other
    return task


def _again(store: Store, now: int, tasks: Sequence[Task]) -> dict[str, int | None]:
    """For tasks that may be asked for again: when the same request will not be refused, where that can be said."""
    ended = [(task, ending(task)) for task in tasks if task.ended and task.kind is Kind.INVITE and task.profile.text]
    if not ended:
        return {}
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
