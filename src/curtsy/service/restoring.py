"""Life after a backup was restored: what it says of open tasks may be old, so they are in doubt until looked at.

Browsers may have acted after the backup was made. Each uploads its journal before it gets work again, old leases mean
nothing, and nothing open is sent before LinkedIn was asked whether it is there (guarantee, "Where it can die").
"""

from __future__ import annotations

from dataclasses import dataclass

from curtsy.domain.agent import Agent
from curtsy.domain.task import ACTS, Task, TaskState
from curtsy.service.events import tell
from curtsy.service.pairing import incarnation
from curtsy.service.settle import Evidence
from curtsy.storage.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an agent's journal: what it had in hand, and how far it was."""

    task_id: str
    lease_id: str
    phase: str
    evidence: Evidence | None


def begin_again(store: Store, now: int) -> int:
    """Begin another incarnation; returns how many open tasks are in doubt now."""
    store.set_house("incarnation", str(incarnation(store) + 1))
    doubtful = 0
    for task in store.leases.open():
        if task.kind not in ACTS:
            if task.state is not TaskState.QUEUED:
                store.leases.requeue(task, now)
            continue
        restored = store.leases.doubt_restored(task, now)
        assert restored is not None
        tell(store, now, restored, "task.unconfirmed", because="restored")
        doubtful += 1
    return doubtful


def upload(store: Store, now: int, agent: Agent, entries: list[Entry]) -> int:
    """Take an agent's journal; returns the incarnation it belongs to from now on."""
    for entry in entries:
        task = store.tasks.get(entry.task_id)
        if task is not None and task.member_id == agent.member_id:
            _take(store, now, agent, task, entry)
    return incarnation(store)


def _take(store: Store, now: int, agent: Agent, task: Task, entry: Entry) -> None:
    """Keep what a browser remembers; an act it may have made is its own to report, however late."""
    body = (entry.evidence or Evidence()).as_json(phase=entry.phase)
    store.attempts.witness(task=task.id, lease=entry.lease_id, now=now, source="journal", body=body)
    if entry.phase == "leased" or store.attempts.get(entry.lease_id) is not None:
        return
    store.attempts.add(
        lease=entry.lease_id,
        task=task.id,
        member=task.member_id,
        agent=agent.id,
        account=agent.account,
        purpose="act",
        now=now,
    )
    store.attempts.start(entry.lease_id, now)
    if task.state is TaskState.UNCONFIRMED:
        store.leases.remember_act(task, lease=entry.lease_id, agent=agent.id, installation=agent.installation_id)
