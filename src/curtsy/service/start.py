"""The last gate before an act: everything is checked in one transaction that ends in one compare-and-set.

Answers that move the task *and* say no are returned, not raised: what is raised is rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass

from curtsy.domain.agent import Agent, AgentRevoked, Cancelled, LeaseLost, Merged, NotConnectable, NotNow, WrongMember
from curtsy.domain.consent import AWAITING, asks_first
from curtsy.domain.errors import DoNotContact, InvalidField, Refusal
from curtsy.domain.member import CLOCK, barrier
from curtsy.domain.outcome import AFTER_RELATION, Outcome, Relation
from curtsy.domain.profile import URN_PREFIX, Identity, identities, is_other, profile_id
from curtsy.domain.task import ACT_WITHIN_MS, ACTS, LEASE_MS, STARTED_MS, Kind, Task, TaskState
from curtsy.service import learning
from curtsy.service.dispatch import POLL_MS, clock_in_doubt, poll_for
from curtsy.service.events import tell
from curtsy.service.leaving_alone import keys_of
from curtsy.service.pacing import note_refused, situation, slot_of
from curtsy.service.restoring import RESTORED, quiet_since
from curtsy.service.settle import Evidence, apply, back_to_queue, left_alone, merged_into_other
from curtsy.service.withdrawing import OF_RELATION, SENDING_WAIT_MS, sending
from curtsy.storage.store import CLOCK_JUMPED, Store
from curtsy.storage.store.situations import as_bool


@dataclass(frozen=True, slots=True)
class Intent:
    """What an agent says before it acts; ``account`` is who LinkedIn says is signed in, read for this task.

    ``slug``: the person's public name as LinkedIn writes it, where the agent tells it.
    """

    lease_id: str
    boot_id: str
    account: str
    profile_urn: str
    relation: Relation
    read_ms_ago: int
    slug: str | None = None

    def told(self, task: Task) -> list[Identity]:
        """Who the person is, by the name asked for and the one that was read."""
        return identities(self.profile_urn, [task.profile_slug, self.slug])


def start(store: Store, now: int, agent: Agent, task_id: str, intent: Intent) -> int | Refusal:
    """Allow the act, once: milliseconds the agent has left for it. No clear yes, no act (guarantee, `start`)."""
    key = profile_id(intent.profile_urn)
    named = store.tasks.get(task_id)
    if key is None or named is None or named.team_id != agent.team_id:
        store.hold_member(agent.member_id)
    else:
        learning.hold(store, named.team_id, agent.member_id, intent.told(named), keys_of(named, key))
    paired = store.agents.get(agent.id)
    if paired is None or paired.revoked_at is not None:
        raise AgentRevoked
    if key is None:
        raise InvalidField("Invalid 'profile_urn': must be the URN LinkedIn gave for this person")
    task = store.tasks.get(task_id)
    if task is None or task.team_id != agent.team_id:
        return LeaseLost()
    if is_other(task.profile_urn, intent.profile_urn):
        raise InvalidField("Invalid 'profile_urn': this task is for another person")
    if intent.read_ms_ago < 0:
        raise InvalidField("Invalid 'read_ms_ago': must be 0 or more")
    if task.state is TaskState.STARTED and (task.act_lease, task.act_agent) == (intent.lease_id, agent.id):
        return 0 if clock_in_doubt(store) else _time_left(task, now, intent.boot_id)
    if refusal := _not_in_hand(task, now, agent, intent.lease_id):
        return refusal
    store.attempts.witness(
        task=task.id,
        lease=intent.lease_id,
        now=now,
        source="start",
        body=Evidence(before=intent.relation, profile_urn=intent.profile_urn).as_json(),
    )
    told = intent.told(task)
    if refusal := _may_not(store, now, agent, task, intent, key):
        if isinstance(refusal, WrongMember):
            return refusal
        if learning.is_nobody(store, task, told, key):
            learning.leave_nothing(store, task.id)
        elif told:
            store.tasks.saw(task.id, *told[-1])
        return refusal
    started = store.leases.start(
        task,
        lease=intent.lease_id,
        agent=agent.id,
        boot=intent.boot_id,
        installation=agent.installation_id,
        key=key,
        urn=URN_PREFIX + key,
        slug=told[-1].name if told else None,
        until=now + STARTED_MS,
        now=now,
    )
    if started is None:
        return LeaseLost(state=task.state)
    store.attempts.start(intent.lease_id, now, noted=task.note_to_send is not None)
    tell(store, now, started, "task.started")
    return ACT_WITHIN_MS


def _time_left(task: Task, now: int, boot_id: str) -> int:
    """What is left of the time to act; nothing for another browser run, whose forerunner may have acted."""
    if boot_id != task.act_boot or task.started_at is None:
        return 0
    # A clock that was set back a little must not make it longer.
    return max(0, min(ACT_WITHIN_MS, task.started_at + ACT_WITHIN_MS - now))


def _not_in_hand(task: Task, now: int, agent: Agent, lease_id: str) -> Refusal | None:
    if task.state is TaskState.CANCELLED:
        return Cancelled()
    if task.state is TaskState.MERGED:
        return Merged(same_as=task.same_as)
    if task.code == DoNotContact.code:
        return DoNotContact()
    held = (task.lease_id, task.lease_agent, task.lease_purpose) == (lease_id, agent.id, "act")
    if task.state is not TaskState.LEASED or not held or (task.lease_until or 0) <= now or task.kind not in ACTS:
        return LeaseLost(state=task.state)
    return None


def _may_not(store: Store, now: int, agent: Agent, task: Task, intent: Intent, key: str) -> Refusal | None:
    """Every reason not to act; the task is moved to where that reason sends it."""
    if intent.account != agent.account:
        apply(store, now, agent, task, Outcome.WRONG_MEMBER, Evidence(seen_account=intent.account))
        return WrongMember()
    learning.learn(store, now, task.team_id, intent.told(task), but=task.id)
    if merged := merged_into_other(store, now, task, key):
        return Merged(same_as=merged.same_as)
    if task.kind is Kind.WITHDRAW:
        return _not_to_withdraw(store, now, agent, task, intent, key) or _not_now(store, now, agent, task, intent)
    if task.acts > 0 and intent.relation in (Relation.PENDING_OUT, Relation.CONNECTED):
        # An earlier act of this very task is in doubt, and here is what it would have made.
        evidence = Evidence(before=intent.relation, after=intent.relation, profile_urn=URN_PREFIX + key, inferred=True)
        store.attempts.witness(task=task.id, lease=intent.lease_id, now=now, source="start", body=evidence.as_json())
        apply(store, now, agent, task, Outcome.SENT, evidence)
        return NotConnectable(outcome=Outcome.SENT)
    if intent.relation is not Relation.NONE:
        outcome = AFTER_RELATION[intent.relation]
        apply(store, now, agent, task, outcome, Evidence(before=intent.relation, profile_urn=URN_PREFIX + key))
        return NotConnectable(outcome=outcome)
    if refusal := left_alone(store, now, task, key):
        return refusal
    paired = store.agents.get(agent.id)
    if paired is not None and note_refused(store, now, agent.account, task, premium=as_bool(paired.premium)):
        apply(store, now, agent, task, Outcome.NOTE_UNAVAILABLE, Evidence(before=intent.relation))
        return NotConnectable(outcome=Outcome.NOTE_UNAVAILABLE)
    return _not_now(store, now, agent, task, intent)


def _not_to_withdraw(
    store: Store, now: int, agent: Agent, task: Task, intent: Intent, key: str
) -> NotConnectable | NotNow | None:
    """Why there is nothing to take back, or not yet: what may be an act in doubt is the only sight of it."""
    if sending(store, task.member_id, key):
        back_to_queue(store, now, task, wait_ms=SENDING_WAIT_MS)
        return NotNow(
            "Whether an invitation to this person was sent is not known yet",
            blocked_by="pacing",
            retry_in_ms=SENDING_WAIT_MS,
        )
    if intent.relation is Relation.PENDING_OUT:
        return None
    evidence = Evidence(before=intent.relation, after=intent.relation, profile_urn=URN_PREFIX + key)
    seen = OF_RELATION[intent.relation]
    after = apply(store, now, agent, task, seen, evidence)
    return NotConnectable(outcome=Outcome.WITHDRAWN if after.state is TaskState.COMPLETED else seen)


def _not_now(store: Store, now: int, agent: Agent, task: Task, intent: Intent) -> Refusal | None:
    """Why the member may not act at this moment; the task waits again then."""
    stands = situation(store, now, agent.member_id)
    if asks_first(stands.member, task.kind, task.approved_at):
        back_to_queue(store, now, task, because=AWAITING)
        return NotNow("The member has not approved this invitation yet", blocked_by=AWAITING, retry_in_ms=POLL_MS)
    slot = slot_of(stands, now, agent.account, task.kind)
    stop = barrier(stands.pauses, act=True)
    doubt, restored = CLOCK_JUMPED in stands.house, stands.house.get(RESTORED)
    stale = intent.read_ms_ago > LEASE_MS
    quiet = quiet_since(restored, now - intent.read_ms_ago)  # what was read in the quiet may show too little
    if stop is None and slot.at <= now and not doubt and not stale and not quiet:
        return None
    back_to_queue(store, now, task)
    if doubt:
        return NotNow(blocked_by=CLOCK, retry_in_ms=POLL_MS)
    if stop is None and stale:
        return NotNow("What was read before the act is too old: read it again", blocked_by="pacing", retry_in_ms=0)
    if stop is not None:
        return NotNow(blocked_by=stop.cause, retry_in_ms=poll_for(stop, now))
    if slot.blocked_by is not None:
        return NotNow(blocked_by=slot.blocked_by, retry_in_ms=slot.at - now)
    return NotNow(
        "The server was restored: what was sent before must show first",
        blocked_by="pacing",
        retry_in_ms=quiet_since(restored, now),
    )
