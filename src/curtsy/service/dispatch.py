"""The agent's side of a task: lease, start, release. What came of it is in ``settle``.

Answers that move the task *and* say no are returned, not raised: what is raised is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from curtsy.domain.agent import (
    OLDEST_VERSION,
    Agent,
    AgentRevoked,
    LeaseLost,
    Started,
    VersionTooOld,
    is_served,
)
from curtsy.domain.consent import AWAITING, READ_AHEAD, asks_first
from curtsy.domain.errors import Refusal
from curtsy.domain.member import CLOCK, PAUSES, Cause, Pause, barrier, lifted_by
from curtsy.domain.reading import COUNTED
from curtsy.domain.slots import Slot
from curtsy.domain.task import ACTS, FIRST_KINDS, LEASE_MS, LONG_LEASE_MS, LONG_READS, READS, Kind, Task, TaskState
from curtsy.service import pauses, presence
from curtsy.service.acceptance import asked
from curtsy.service.approvals import introduce
from curtsy.service.events import tell
from curtsy.service.pacing import pays_now, read_slot, situation, slot_of, without_a_note_nobody_takes
from curtsy.service.restoring import RESTORED, quiet_since
from curtsy.service.settle import back_to_queue
from curtsy.service.upkeep import run_out
from curtsy.storage.store import CLOCK_JUMPED, Store

POLL_MS = 30_000
SOONEST_POLL_MS = 1_000
HEARTBEAT_MS = 60_000
"""A browser that was not heard of for this long is written of; for twice as long, at once."""
NOTHING_DUE = "nothing_due"


@dataclass(frozen=True, slots=True)
class Beat:
    """What an agent says of itself with each lease call.

    ``account`` is the LinkedIn URN last read, if any; ``kinds`` what it can do.
    """

    boot_id: str
    version: str
    account: str | None
    paused: bool
    kinds: tuple[str, ...] = FIRST_KINDS
    premium: bool | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """No work now: why, when to ask again, and what ends it where it is a pause (``admin``: the server's clock)."""

    reason: str
    poll_after_ms: int
    ends_by: str | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """No work now, and whether it should be written soon that the agent lives."""

    answer: Nothing
    heartbeat_due: bool


@dataclass(frozen=True, slots=True)
class Work:
    """A task in this agent's hand."""

    task: Task
    lease_id: str
    purpose: str
    expires_in_ms: int
    input: dict[str, object] | None = None


def look(store: Store, now: int, agent: Agent, beat: Beat) -> Idle | None:
    """What a lease would answer, without writing: None when there is more to write than that the agent lives."""
    silent = now - agent.last_seen_at
    if (
        agent.told_offline
        or silent >= 2 * HEARTBEAT_MS
        or (agent.boot_id, agent.version, bool(agent.paused)) != (beat.boot_id, beat.version, beat.paused)
    ):
        return None
    if beat.account is not None and beat.account != agent.seen_account:
        return None
    if (premium := _premium(agent, beat)) is not None and premium != agent.premium:
        return None
    found = _find(store, now, agent, beat)
    due = silent >= HEARTBEAT_MS
    # What stands in the way may end with this very heartbeat, as when the right member has returned.
    if not isinstance(found, Nothing) or (due and found.reason != NOTHING_DUE):
        return None
    return Idle(found, due)


def alive(store: Store, now: int, agent_ids: Sequence[str]) -> None:
    """These agents were heard of and had nothing else to say."""
    store.agents.alive(agent_ids, now)


def lease(store: Store, now: int, agent_id: str, beat: Beat) -> Work | Nothing:
    """Give the agent one task, or the one it holds already; also its heartbeat."""
    agent = store.agents.get(agent_id)
    if agent is None or agent.revoked_at is not None:
        raise AgentRevoked
    if not is_served(beat.version):
        raise VersionTooOld(oldest_version=".".join(map(str, OLDEST_VERSION)))
    store.hold_member(agent.member_id)
    account = beat.account or agent.seen_account
    presence.returned(store, now, agent)
    premium = _premium(agent, beat)
    if premium:
        pays_now(store, now, agent)
    store.agents.seen(
        agent, now, version=beat.version, boot=beat.boot_id, account=account, paused=beat.paused, premium=premium
    )
    agent = store.agents.get(agent_id)
    if agent is None or agent.revoked_at is not None:
        raise AgentRevoked
    if beat.account == agent.account:
        pauses.returned(store, now, agent.team_id, agent.member_id)
    found = _find(store, now, agent, beat)
    if isinstance(found, Task) and found.lease_id is not None:
        run_out(store, now, found)
        found = _find(store, now, agent, beat)
    if isinstance(found, list):
        found = introduce(store, now, found) or _find(store, now, agent, beat)
    if not isinstance(found, Task):
        return Nothing(NOTHING_DUE, SOONEST_POLL_MS) if isinstance(found, list) else found
    return _give(store, now, agent, found) or Nothing(NOTHING_DUE, SOONEST_POLL_MS)


def _premium(agent: Agent, beat: Beat) -> bool | None:
    """Whether the account this browser is paired with pays, where it was read now."""
    return beat.premium if beat.account == agent.account else None


def _find(store: Store, now: int, agent: Agent, beat: Beat) -> Nothing | Work | Task | list[Task]:
    """The work in hand, a task that can be given, or why there is none."""
    stop = _not_ready(agent, beat)
    if stop is None and store.leases.idle(agent.member_id, agent.account, now):
        return Nothing(NOTHING_DUE, POLL_MS)
    held = store.leases.in_hand(agent.account)
    if held is not None and held.lease_until is not None and held.lease_id is not None:
        if held.lease_until > now and held.lease_agent != agent.id:
            return Nothing(NOTHING_DUE, _poll(held.lease_until - now))
        if held.lease_until > now:
            return _work(now, held, held.lease_id, held.lease_purpose or "act", held.lease_until - now)
        return held  # run out: whoever leases clears it and looks again
    return stop or _next(store, now, agent, beat)


def _not_ready(agent: Agent, beat: Beat) -> Nothing | None:
    """Why this browser gets nothing new, whatever waits."""
    if beat.paused:
        return Nothing("paused", POLL_MS)
    if agent.outdated == beat.version:
        return Nothing("update_required", POLL_MS)
    if (beat.account or agent.seen_account) != agent.account:
        away = Cause.SIGNED_OUT if agent.seen_account is None else Cause.WRONG_MEMBER
        return Nothing(away, POLL_MS, PAUSES[away].lifted_by)
    return None


def _next(store: Store, now: int, agent: Agent, beat: Beat) -> Nothing | Task | list[Task]:
    """What is next; a list: invitations that wait for the member's yes, and of whose people no name is known."""
    stands = situation(store, now, agent.member_id)
    if stop := barrier(stands.pauses, act=False):
        return _stopped(stop, now)
    kinds = agent.able(beat.kinds, beat.version)
    if doubtful := store.leases.next_in_doubt(agent.member_id, agent.installation_id, beat.kinds, now):
        return doubtful
    asked = (store.leases.next_queued(agent.member_id, kind, now) for kind in READS if kind in kinds)
    reads = [(read_slot(store, now, stands, task.kind), task) for task in asked if task is not None]
    read = min((task for slot, task in reads if slot.at <= now), key=lambda task: task.id, default=None)
    acts = (
        store.leases.next_queued(agent.member_id, kind, now, approved=asks_first(stands.member, kind))
        for kind in sorted(ACTS)
        if kind in beat.kinds
    )
    slots = [(slot_of(stands, now, agent.account, task.kind), task) for task in acts if task is not None]
    slot, act = min(slots, key=lambda found: (found[0].at, found[1].id), default=(Slot(now, None), None))
    stop = barrier(stands.pauses, act=True)
    quiet, doubt = quiet_since(stands.house.get(RESTORED), now), CLOCK_JUMPED in stands.house
    sure = act is not None and stop is None and slot.at <= now and not doubt and not quiet
    if act is not None and sure and (read is None or act.id < read.id):
        return act
    if read is not None:
        return read
    asks = asks_first(stands.member, Kind.INVITE)
    if asks and Kind.READ_PERSON in kinds and (unread := store.approvals.unread(agent.member_id, READ_AHEAD)):
        return unread
    because = _why_not(store, now, agent, slot if act is not None else None, stop, doubt=doubt, quiet=quiet)
    if asks and because.reason == NOTHING_DUE and store.approvals.waiting(agent.member_id, 1):
        because = replace(because, reason=AWAITING)
    waits = min((slot for slot, _ in reads), key=lambda slot: slot.at, default=None)
    if waits is None:
        return because
    reason = waits.blocked_by if because.reason == NOTHING_DUE and waits.blocked_by else because.reason
    return replace(because, reason=reason, poll_after_ms=min(because.poll_after_ms, _poll(waits.at - now)))


def _why_not(
    store: Store, now: int, agent: Agent, slot: Slot | None, stop: Pause | None, *, doubt: bool, quiet: int
) -> Nothing:
    """Why the member may not act now; ``slot`` is that of the act that waits, if one does."""
    if slot is not None and doubt:
        return Nothing(CLOCK, POLL_MS, "admin")
    if stop is not None:
        return _stopped(stop, now)
    if slot is not None and slot.blocked_by is not None:
        return Nothing(slot.blocked_by, _poll(slot.at - now))
    if slot is not None and quiet:
        return Nothing("pacing", _poll(quiet))
    due = store.leases.next_due(agent.member_id, now)
    return Nothing(NOTHING_DUE, POLL_MS if due is None else _poll(due - now))


def clock_in_doubt(store: Store) -> bool:
    """Whether the clock was set by minutes and nobody has confirmed it: windows and waits cannot be trusted then."""
    return store.house(CLOCK_JUMPED) is not None


def _give(store: Store, now: int, agent: Agent, task: Task) -> Work | None:
    lasts = LONG_LEASE_MS if task.kind in LONG_READS else LEASE_MS
    lease_id, until = store.new_id(), now + lasts
    purpose = "verify" if task.state is TaskState.UNCONFIRMED else "act"
    if purpose == "verify":
        given = store.leases.take_to_look(task, lease=lease_id, agent=agent.id, account=agent.account, until=until)
    else:
        given = store.leases.take(task, lease=lease_id, agent=agent.id, account=agent.account, until=until, now=now)
    if given is None:
        return None
    store.attempts.add(
        lease=lease_id,
        task=task.id,
        member=task.member_id,
        agent=agent.id,
        account=agent.account,
        purpose=purpose,
        now=now,
        read_kind=task.kind if task.kind in COUNTED else None,
    )
    if purpose == "act":
        tell(store, now, given, "task.leased", agent_id=agent.id)
        given = without_a_note_nobody_takes(store, now, agent, given)
    return _work(now, given, lease_id, purpose, lasts)


def _work(now: int, task: Task, lease_id: str, purpose: str, expires_in_ms: int) -> Work:
    """A task as it is handed over, with what its kind needs to know."""
    told: dict[str, object] | None = None
    if task.kind is Kind.CHECK_INVITATIONS:
        told = asked(task, now)
    elif task.question is not None:
        told = json.loads(task.question)
    return Work(task, lease_id, purpose, expires_in_ms, told)


def _poll(wait_ms: int) -> int:
    return max(SOONEST_POLL_MS, min(wait_ms, POLL_MS))


def _stopped(stop: Pause, now: int) -> Nothing:
    return Nothing(stop.cause, poll_for(stop, now), lifted_by(stop))


def poll_for(stop: Pause, now: int) -> int:
    return POLL_MS if stop.until is None else _poll(stop.until - now)


RELEASED_MS = 5_000
"""A task given back waits this long, so that a browser that cannot act is not asked at once again."""


def release(store: Store, now: int, agent: Agent, task_id: str, lease_id: str) -> TaskState | Refusal:
    """Give a task back before its start."""
    store.hold_member(agent.member_id)
    task = store.tasks.get(task_id)
    if task is None or task.team_id != agent.team_id:
        return LeaseLost()
    if task.state is TaskState.STARTED and (task.lease_id, task.lease_agent) == (lease_id, agent.id):
        return Started(state=task.state)
    if task.state is not TaskState.LEASED or (task.lease_id, task.lease_agent) != (lease_id, agent.id):
        return LeaseLost(state=task.state)
    store.attempts.finish(lease_id, now, outcome="released", code=None, state=TaskState.QUEUED, unspent=True)
    return back_to_queue(store, now, task, wait_ms=RELEASED_MS).state
