"""The agent's side of a task: lease, start, release. What came of it is in ``settle``.

Answers that move the task *and* say no are returned, not raised: what is raised is rolled back.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from curtsy.domain.agent import (
    Agent,
    AgentRevoked,
    Cancelled,
    LeaseLost,
    Merged,
    NotConnectable,
    NotNow,
    Started,
    VersionTooOld,
    WrongMember,
    is_served,
)
from curtsy.domain.errors import InvalidField, Refusal
from curtsy.domain.member import Cause, Pause, barrier
from curtsy.domain.outcome import AFTER_RELATION, Outcome, Relation
from curtsy.domain.pace import WEEK_MS, Slot, next_slot
from curtsy.domain.profile import URN_PREFIX, profile_id
from curtsy.domain.task import ACT_WITHIN_MS, ACTS, LEASE_MS, STARTED_MS, Kind, Task, TaskState
from curtsy.service import pauses
from curtsy.service.events import tell
from curtsy.service.settle import Evidence, apply, back_to_queue
from curtsy.service.upkeep import run_out
from curtsy.storage.store import Store

POLL_MS = 30_000
SOONEST_POLL_MS = 1_000
HEARTBEAT_MS = 60_000
NOTHING_DUE = "nothing_due"


@dataclass(frozen=True, slots=True)
class Beat:
    """What an agent says of itself with each lease call; ``account`` is the LinkedIn URN last read, if any."""

    boot_id: str
    version: str
    account: str | None
    paused: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """No work now: why, and when to ask again."""

    reason: str
    poll_after_ms: int


@dataclass(frozen=True, slots=True)
class Work:
    """A task in this agent's hand."""

    task: Task
    lease_id: str
    purpose: str
    expires_in_ms: int


def look(store: Store, now: int, agent: Agent, beat: Beat) -> Nothing | None:
    """What a lease would answer, without writing: None when it has something to write (work, or a heartbeat)."""
    if now - agent.last_seen_at >= HEARTBEAT_MS or (agent.boot_id, agent.version, bool(agent.paused)) != (
        beat.boot_id,
        beat.version,
        beat.paused,
    ):
        return None
    if beat.account is not None and beat.account != agent.seen_account:
        return None
    found = _find(store, now, agent, beat)
    return found if isinstance(found, Nothing) else None


def lease(store: Store, now: int, agent_id: str, beat: Beat) -> Work | Nothing:
    """Give the agent one task, or the one it holds already; also its heartbeat."""
    agent = store.agents.get(agent_id)
    if agent is None or agent.revoked_at is not None:
        raise AgentRevoked
    if not is_served(beat.version):
        raise VersionTooOld
    account = beat.account or agent.seen_account
    store.agents.seen(agent, now, version=beat.version, boot=beat.boot_id, account=account, paused=beat.paused)
    agent = store.agents.get(agent_id)
    assert agent is not None
    if beat.account == agent.account:
        pauses.returned(store, now, agent.team_id, agent.member_id)
    found = _find(store, now, agent, beat)
    if isinstance(found, Nothing):
        return found
    if isinstance(found, Work):
        return found
    return _give(store, now, agent, found) or Nothing(NOTHING_DUE, SOONEST_POLL_MS)


def _find(store: Store, now: int, agent: Agent, beat: Beat) -> Nothing | Work | Task:
    """The work in hand, a task that can be given, or why there is none."""
    held = store.leases.in_hand(agent.account)
    if held is not None and held.lease_until is not None and held.lease_id is not None:
        if held.lease_until > now and held.lease_agent != agent.id:
            return Nothing(NOTHING_DUE, _poll(held.lease_until - now))
        if held.lease_until > now:
            return Work(held, held.lease_id, held.lease_purpose or "act", held.lease_until - now)
        return held  # run out: the next transaction clears it and looks again
    if beat.paused:
        return Nothing("paused", POLL_MS)
    if agent.outdated == beat.version:
        return Nothing("update_required", POLL_MS)
    if (beat.account or agent.seen_account) != agent.account:
        cause = Cause.SIGNED_OUT if agent.seen_account is None else Cause.WRONG_MEMBER
        return Nothing(cause, POLL_MS)
    return _next(store, now, agent)


def _next(store: Store, now: int, agent: Agent) -> Nothing | Task:
    standing = store.teams.pauses(agent.member_id, now)
    if stop := barrier(standing, act=False):
        return Nothing(stop.cause, _poll_for(stop, now))
    if doubtful := store.leases.next_in_doubt(agent.member_id, agent.installation_id, now):
        return doubtful
    read = store.leases.next_queued(agent.member_id, Kind.FETCH_PROFILE, now)
    act = store.leases.next_queued(agent.member_id, Kind.INVITE, now)
    stop = barrier(standing, act=True)
    slot = slot_of(store, now, agent.member_id, agent.account)
    if act is not None and stop is None and slot.at <= now and (read is None or act.id < read.id):
        return act
    if read is not None:
        return read
    if stop is not None:
        return Nothing(stop.cause, _poll_for(stop, now))
    if act is not None and slot.blocked_by is not None:
        return Nothing(slot.blocked_by, _poll(slot.at - now))
    return Nothing(NOTHING_DUE, POLL_MS)


def slot_of(store: Store, now: int, member_id: str, account: str) -> Slot:
    """When the member may act next."""
    member = store.teams.member(member_id)
    assert member is not None
    spent = store.attempts.spent(account, now - WEEK_MS)
    # The draw belongs to the last act, so that asking again does not draw again.
    chance = random.Random(spent[-1][1]).random() if spent else 0.0
    return next_slot([at for at, _ in spent], member.pace, now, chance)


def _give(store: Store, now: int, agent: Agent, task: Task) -> Work | None:
    if task.lease_id is not None:
        run_out(store, now, task)
        again = _next(store, now, agent)
        if isinstance(again, Nothing):
            return None
        task = again
    lease_id, until = store.new_id(), now + LEASE_MS
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
    )
    if purpose == "act":
        tell(store, now, given, "task.leased", agent_id=agent.id)
    return Work(given, lease_id, purpose, LEASE_MS)


def _poll(wait_ms: int) -> int:
    return max(SOONEST_POLL_MS, min(wait_ms, POLL_MS))


def _poll_for(stop: Pause, now: int) -> int:
    return POLL_MS if stop.until is None else _poll(stop.until - now)


# ------------------------------------------------------------------ start


@dataclass(frozen=True, slots=True)
class Intent:
    """What an agent says before it acts; ``account`` is who LinkedIn says is signed in, read for this task."""

    lease_id: str
    boot_id: str
    account: str
    profile_urn: str
    relation: Relation
    read_ms_ago: int


def start(store: Store, now: int, agent: Agent, task_id: str, intent: Intent) -> int | Refusal:
    """Allow the act, once: milliseconds the agent has left for it. No clear yes, no act (guarantee, `start`)."""
    key = profile_id(intent.profile_urn)
    if key is None:
        raise InvalidField("Invalid 'profile_urn': must be the URN LinkedIn gave for this person")
    task = store.tasks.get(task_id)
    if task is None or task.team_id != agent.team_id:
        return LeaseLost()
    if task.state is TaskState.STARTED and (task.act_lease, task.act_agent) == (intent.lease_id, agent.id):
        return _time_left(task, now, intent.boot_id)
    if refusal := _not_in_hand(task, now, agent, intent.lease_id):
        return refusal
    store.attempts.witness(
        task=task.id,
        lease=intent.lease_id,
        now=now,
        source="start",
        body=Evidence(before=intent.relation, profile_urn=intent.profile_urn).as_json(),
    )
    if refusal := _may_not(store, now, agent, task, intent, key):
        return refusal
    started = store.leases.start(
        task,
        lease=intent.lease_id,
        agent=agent.id,
        boot=intent.boot_id,
        installation=agent.installation_id,
        key=key,
        urn=URN_PREFIX + key,
        until=now + STARTED_MS,
        now=now,
    )
    if started is None:
        return LeaseLost(state=task.state)
    store.attempts.start(intent.lease_id, now)
    if task.profile_slug:
        store.people.knows(task.profile_slug, key, now)
    tell(store, now, started, "task.started")
    return ACT_WITHIN_MS


def _time_left(task: Task, now: int, boot_id: str) -> int:
    """What is left of the time to act; nothing for another browser run, whose forerunner may have acted."""
    if boot_id != task.act_boot or task.started_at is None:
        return 0
    return max(0, task.started_at + ACT_WITHIN_MS - now)


def _not_in_hand(task: Task, now: int, agent: Agent, lease_id: str) -> Refusal | None:
    if task.state is TaskState.CANCELLED:
        return Cancelled()
    if task.state is TaskState.MERGED:
        return Merged(same_as=task.same_as)
    held = (task.lease_id, task.lease_agent, task.lease_purpose) == (lease_id, agent.id, "act")
    if task.state is not TaskState.LEASED or not held or (task.lease_until or 0) <= now or task.kind not in ACTS:
        return LeaseLost(state=task.state)
    return None


def _may_not(store: Store, now: int, agent: Agent, task: Task, intent: Intent, key: str) -> Refusal | None:
    """Every reason not to act; the task is moved to where that reason sends it."""
    if intent.account != agent.account:
        apply(store, now, agent, task, Outcome.WRONG_MEMBER, Evidence(seen_account=intent.account))
        return WrongMember()
    if intent.relation is not Relation.NONE:
        outcome = AFTER_RELATION[intent.relation]
        apply(store, now, agent, task, outcome, Evidence(before=intent.relation, profile_urn=URN_PREFIX + key))
        return NotConnectable(outcome=outcome)
    other = store.tasks.holding(task.member_id, task.kind, key)
    if other is not None and other.id != task.id:
        merged = store.tasks.end(task, TaskState.MERGED, now, same_as=other.id)
        assert merged is not None
        store.attempts.finish(intent.lease_id, now, outcome="merged", code=None, state=merged.state, unspent=True)
        tell(store, now, merged, "task.merged", same_as=other.id)
        return Merged(same_as=other.id)
    slot = slot_of(store, now, agent.member_id, agent.account)
    stop = barrier(store.teams.pauses(agent.member_id, now), act=True)
    cooling = store.people.cooling_until(task.member_id, key, now)
    if cooling is not None:
        apply(store, now, agent, task, Outcome.CANNOT_RESEND_YET, Evidence(before=intent.relation))
        return NotConnectable(outcome=Outcome.CANNOT_RESEND_YET)
    if stop is None and slot.at <= now:
        return None
    back_to_queue(store, now, task)
    if stop is not None:
        return NotNow(blocked_by=stop.cause, retry_in_ms=_poll_for(stop, now))
    return NotNow(blocked_by=slot.blocked_by, retry_in_ms=slot.at - now)


# ------------------------------------------------------------------ release

RELEASED_MS = 5_000
"""A task given back waits this long, so that a browser that cannot act is not asked at once again."""


def release(store: Store, now: int, agent: Agent, task_id: str, lease_id: str) -> TaskState | Refusal:
    """Give a task back before its start."""
    task = store.tasks.get(task_id)
    if task is None or task.team_id != agent.team_id:
        return LeaseLost()
    if task.state is TaskState.STARTED and (task.lease_id, task.lease_agent) == (lease_id, agent.id):
        return Started(state=task.state)
    if task.state is not TaskState.LEASED or (task.lease_id, task.lease_agent) != (lease_id, agent.id):
        return LeaseLost(state=task.state)
    store.attempts.finish(lease_id, now, outcome="released", code=None, state=TaskState.QUEUED, unspent=True)
    return back_to_queue(store, now, task, wait_ms=RELEASED_MS).state
