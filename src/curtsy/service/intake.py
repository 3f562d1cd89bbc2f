"""Taking invitations in: checked in the order of the contract, one open-or-sent task a person.

Many asks cost a constant number of statements, and neighbours in line come as one call (``Database.run_batched``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter

import msgspec

from curtsy.domain.ending import CANCELLED, ENDINGS
from curtsy.domain.errors import InFlight, Refusal, TaskEnded, TaskNotFound
from curtsy.domain.task import ACTS, DONE_WORD, Kind, Task, TaskState
from curtsy.service.events import record, tell
from curtsy.service.gate import Ask, Passed, pass_gate
from curtsy.service.idempotency import Once, recall, recall_many, remember
from curtsy.service.rereading import read_lately
from curtsy.storage.rows import Overtaken, Value
from curtsy.storage.store import Store

_PERSON = itemgetter("member_id", "kind", "profile_key")


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The task that will do it.

    ``deduplicated`` when it stood already, ``other_note`` when its note differs, ``replayed`` when this very request
    was answered before; ``member_id`` sends a task that was just made.
    """

    task_id: str
    deduplicated: bool = False
    other_note: bool = False
    replayed: bool = False
    member_id: str | None = None


def accept_many(store: Store, now: int, asks: Sequence[Ask]) -> Sequence[Accepted | Refusal]:
    """Make a task for each ask, or say why not; one refused ask does not touch another."""
    keyed = [(ask.team_id, ask.once) for ask in asks if ask.once is not None]
    if not keyed:
        return _accept(store, now, asks)
    answers: dict[int, Accepted | Refusal] = {}
    before = recall_many(store, now, keyed)
    fresh: list[int] = []
    first: dict[tuple[str, str], int] = {}
    for n, ask in enumerate(asks):
        said = before.get((ask.team_id, ask.once)) if ask.once is not None else None
        if said is not None:
            answers[n] = said if isinstance(said, Refusal) else Accepted(**json.loads(said), replayed=True)
        elif ask.once is None or first.setdefault((ask.team_id, ask.once.key), n) == n:
            fresh.append(n)
    made = _accept(store, now, [asks[n] for n in fresh])
    answers |= dict(zip(fresh, made, strict=True))
    # The same key twice among the asks: the second one finds what the first one kept.
    rest = [n for n in range(len(asks)) if n not in answers]
    if rest:
        answers |= dict(zip(rest, accept_many(store, now, [asks[n] for n in rest]), strict=True))
    return [answers[n] for n in range(len(asks))]


def _accept(store: Store, now: int, asks: Sequence[Ask]) -> list[Accepted | Refusal]:
    """Answer asks none of which was answered before, and keep what those with a key were answered."""
    passed = pass_gate(store, now, asks)
    known = read_lately(store, now, asks, passed)
    rows = [
        None if isinstance(gate, Refusal) or _known(known, ask, gate) else _row(store, now, ask, gate)
        for ask, gate in zip(asks, passed, strict=True)
    ]
    asked = [row for row in rows if row is not None]
    # In one order everywhere, so that two processes that add the same people never wait for each other crosswise.
    made = store.tasks.add(sorted(asked, key=_PERSON)) if asked else set()
    met = [(str(row["member_id"]), str(row["profile_key"])) for row in asked if row["id"] not in made]
    standing = store.tasks.standing(met) if met else {}
    answers: list[Accepted | Refusal] = []
    for ask, gate, row in zip(asks, passed, rows, strict=True):
        if isinstance(gate, Refusal):
            answers.append(gate)
        elif row is None:
            answers.append(Accepted(known[gate.member_id, gate.key], True))
        elif row["id"] in made:
            answers.append(Accepted(str(row["id"]), member_id=gate.member_id))
        else:
            other = standing.get((gate.member_id, ask.kind, gate.key))
            if other is None:
                raise Overtaken  # it stood in the way, and has ended since
            answers.append(Accepted(other.task_id, True, ask.kind in ACTS and other.differs(ask.note)))
    _tell_created(store, now, [row for row in asked if row["id"] in made])
    remember(store, now, [kept for kept in map(_kept, asks, answers) if kept is not None])
    return answers


def _known(known: Mapping[tuple[str, str], str], ask: Ask, gate: Passed) -> bool:
    """Whether the answer to this is known."""
    return ask.kind is Kind.FETCH_PROFILE and (gate.member_id, gate.key) in known


def _row(store: Store, now: int, ask: Ask, gate: Passed) -> dict[str, Value]:
    profile = ask.profile
    return {
        "id": store.new_id(),
        "team_id": ask.team_id,
        "member_id": gate.member_id,
        "kind": ask.kind,
        "profile_key": gate.key,
        "profile_urn": profile.urn,
        "profile_slug": profile.slug,
        "note": ask.note,
        "now": now,
        "not_before": now if ask.not_before is None else max(now, ask.not_before),
        "expires_at": ask.ends(now),
        "metadata": ask.metadata,
        "note_wish": ask.note_wish,
        "question": ask.question,
    }


def _tell_created(store: Store, now: int, rows: Sequence[dict[str, Value]]) -> None:
    if not rows:
        return
    record(
        store,
        [
            {
                "id": store.new_id(),
                "team_id": row["team_id"],
                "type": "task.created",
                "task_id": row["id"],
                "member_id": row["member_id"],
                "at": now,
                "data": '{"state": "queued"}'
                if row["metadata"] is None
                else f'{{"state": "queued", "metadata": {row["metadata"]}}}',
            }
            for row in rows
        ],
    )
    store.tasks.tag([
        {"team": row["team_id"], "key": key, "value": value, "task": row["id"]}
        for row in rows
        if row["metadata"] is not None
        for key, value in json.loads(str(row["metadata"])).items()
    ])  # fmt: skip
    for member_id in {row["member_id"] for row in rows}:
        store.ring(f"member:{member_id}")


def _kept(ask: Ask, answer: Accepted | Refusal) -> tuple[str, Once, str] | None:
    """What is kept of an answer under its key; a refusal is not, so that the call may be made again."""
    if ask.once is None or isinstance(answer, Refusal):
        return None
    said = {"task_id": answer.task_id, "deduplicated": answer.deduplicated, "other_note": answer.other_note}
    return ask.team_id, ask.once, json.dumps(said)


def find(store: Store, _now: int, team_id: str, task_id: str) -> Task:
    """A task of the team; raises TaskNotFound, for another team's too."""
    task = store.tasks.of_team(team_id, task_id)
    if task is None:
        raise TaskNotFound
    return task


def cancel(store: Store, now: int, team_id: str, task_id: str, once: Once | None = None) -> Task | Refusal:
    """Cancel what has not been started; after the start the wish is kept and stops any second act."""
    store.hold_member(find(store, now, team_id, task_id).member_id)
    task = find(store, now, team_id, task_id)
    if once is not None and (before := recall(store, now, team_id, once)) is not None:
        return before if isinstance(before, Refusal) else task
    cancelled = _cancel(store, now, task)
    if once is not None and isinstance(cancelled, Task):
        remember(store, now, [(team_id, once, json.dumps({"task_id": task_id}))])
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
    code, error = CANCELLED, ENDINGS[CANCELLED].meaning
    output = failed_output(task.kind, code, error)
    cancelled = store.tasks.end(task, TaskState.CANCELLED, now, code=code, error=error, output=output)
    assert cancelled is not None  # this transaction read the task and is the only writer
    tell(store, now, cancelled, "task.cancelled")
    return cancelled


def failed_output(kind: Kind, code: str, error: str) -> str:
    """The output of a task that ended without what it was for, as JSON."""
    said = {"code": code, "error": error}
    return json.dumps(said if kind not in DONE_WORD else {DONE_WORD[kind]: False, **said})
