"""Life after a backup was restored: what it says of open tasks may be old, so they are in doubt until looked at.

Browsers may have acted after the backup was made. Each uploads its journal before it gets work again, old leases mean
nothing, and nothing open is sent before LinkedIn was asked whether it is there (guarantee, "Where it can die").

A task accepted after the backup is forgotten, and its act may still be under way when its caller asks again. So nobody
acts, and no absence counts, until what was allowed before the restore has landed and is shown, or never will.
"""

from __future__ import annotations

from dataclasses import dataclass

from curtsy.domain.agent import Agent
from curtsy.domain.outcome import Outcome, Relation
from curtsy.domain.task import ABSENCE_AFTER_MS, ACTS, DONE_WORD, LEASE_MS, Kind, Task, TaskState
from curtsy.service.events import tell
from curtsy.service.pairing import incarnation
from curtsy.service.settle import Evidence, complete
from curtsy.service.withdrawing import withdrawn
from curtsy.storage.store import CLOCK_JUMPED, Store

RESTORED = "restored"
"""A fact of the house: since when a server runs on the restored database; 0 until one does."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an agent's journal: what it had in hand, and how far it was."""

    task_id: str
    lease_id: str
    phase: str
    evidence: Evidence | None


def begin_again(store: Store, now: int) -> int:
    """Begin another incarnation; returns how many open tasks are in doubt now.

    Its number is above any other's, so that the same backup can be restored twice. So are those of the events from now
    on, for there are fewer of them than milliseconds: who follows has a cursor from after the backup.
    """
    store.hold_everything()
    store.events.begin_life(now)
    store.set_house("incarnation", str(max(incarnation(store) + 1, now)))
    store.set_house(RESTORED, "0")
    doubtful = 0
    for task in store.leases.open():
        if task.kind in ACTS:
            restored = store.leases.doubt_restored(task, now)
            assert restored is not None
            tell(store, now, restored, "task.unconfirmed", because="restored")
            doubtful += 1
        elif task.state is not TaskState.QUEUED:
            requeued = store.leases.requeue(task, now)
            assert requeued is not None
            tell(store, now, requeued, "task.requeued", because="restored")
    return doubtful


def quiet_for(store: Store, now: int) -> int:
    """How long nobody may act yet because of a restore, in milliseconds; 0 is not at all."""
    return quiet_since(store.house(RESTORED), now)


def quiet_since(restored: str | None, now: int) -> int:
    """The same, from the fact of the house."""
    if restored is None:
        return 0
    return max(0, (int(restored) or now) + ABSENCE_AFTER_MS - now)


def settle_down(store: Store, now: int) -> None:
    """Count from the first moment of a server on a restored database, and end the quiet when nothing rests on it.

    A read that was begun in the quiet may show too little, for as long as a start may rest on it.
    """
    restored = store.house(RESTORED)
    if restored is None or store.house(CLOCK_JUMPED) is not None:
        return
    if restored == "0":
        store.set_house(RESTORED, str(now))
        store.leases.doubt_anew(now)
    elif now >= int(restored) + ABSENCE_AFTER_MS + LEASE_MS:
        store.set_house(RESTORED, None)


def be_quiet_anew(store: Store) -> None:
    """The quiet was counted by a clock that proved wrong."""
    if store.house(RESTORED) is not None:
        store.set_house(RESTORED, "0")


def upload(store: Store, now: int, agent: Agent, entries: list[Entry]) -> int:
    """Take an agent's journal; returns the incarnation it belongs to from now on."""
    store.hold_member(agent.member_id)
    for entry in entries:
        task = store.tasks.get(entry.task_id)
        if task is None:
            if _may_have_acted(entry):
                _spend(store, now, agent, entry, noted=True)  # what is forgotten may have had a note
        elif task.member_id == agent.member_id:
            _take(store, now, agent, task, entry)
    return incarnation(store)


def _may_have_acted(entry: Entry) -> bool:
    """Whether an act may have been made under this lease; a look, a read or a refusal before the act is none."""
    if entry.phase == "answered":
        return entry.evidence is None or entry.evidence.acted is not False
    return entry.phase != "leased"


def _spend(store: Store, now: int, agent: Agent, entry: Entry, *, noted: bool) -> bool:
    """Count an act of this agent against the member's pace, once; False when it cannot be its act."""
    known = store.attempts.get(entry.lease_id)
    if known is None:
        store.attempts.add(
            lease=entry.lease_id,
            task=entry.task_id,
            member=agent.member_id,
            agent=agent.id,
            account=agent.account,
            purpose="act",
            now=now,
        )
    elif (known.task_id, known.agent_id, known.purpose) != (entry.task_id, agent.id, "act"):
        return False
    elif known.outcome not in (None, Outcome.UNKNOWN):
        return False  # answered before the backup was made
    if known is None or known.started_at is None:
        store.attempts.start(entry.lease_id, now, noted=noted)
    return True


def _take(store: Store, now: int, agent: Agent, task: Task, entry: Entry) -> None:
    """Keep what a browser remembers; an act it may have made is its own to report, however late."""
    evidence = entry.evidence or Evidence()
    body = evidence.as_json(phase=entry.phase)
    store.attempts.witness(task=task.id, lease=entry.lease_id, now=now, source="journal", body=body)
    if (
        task.kind not in ACTS
        or not _may_have_acted(entry)
        or not _spend(store, now, agent, entry, noted=task.note_to_send is not None)
    ):
        return
    if task.state is not TaskState.UNCONFIRMED:
        return
    acts = store.attempts.in_doubt(task.id)
    store.leases.remember_act(task, lease=entry.lease_id, agent=agent.id, installation=agent.installation_id, acts=acts)
    done: Task | None = None
    if task.kind is Kind.WITHDRAW and _was_withdrawn(evidence):
        done = withdrawn(store, now, task)
    elif task.kind is Kind.INVITE and _was_sent(evidence):
        done = complete(store, now, task, evidence)
    if done is not None:
        word = DONE_WORD[task.kind]
        store.attempts.finish(entry.lease_id, now, outcome=word, code=None, state=done.state, unspent=False)


def _was_withdrawn(evidence: Evidence) -> bool:
    """Whether the act was answered well and the invitation was not there afterwards."""
    answered = 200 <= (evidence.http_status or 0) < 300
    return bool(evidence.acted and answered and evidence.after in (Relation.NONE, Relation.PENDING_IN))


def _was_sent(evidence: Evidence) -> bool:
    """Whether LinkedIn answered the act itself with an invitation; one read back later may be somebody else's."""
    return bool(evidence.acted and evidence.invitation and 200 <= (evidence.http_status or 0) < 300)
