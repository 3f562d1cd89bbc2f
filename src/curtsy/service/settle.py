"""What follows what an agent saw: one outcome, one state, one pause, one event, in one transaction."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import msgspec

from curtsy.domain.acceptance import RETRY_MS
from curtsy.domain.agent import Agent, NotConnectable
from curtsy.domain.cooldown import Why
from curtsy.domain.errors import DoNotContact, Refusal
from curtsy.domain.member import Cause
from curtsy.domain.outcome import DISPOSITIONS, NOTHING_SENT, Disposition, Outcome, Relation
from curtsy.domain.profile import profile_id
from curtsy.domain.task import OUR_CLOCKS_MS, UNTOLD, Kind, Task, TaskState
from curtsy.domain.wishes import NoteWish
from curtsy.service import pauses
from curtsy.service.acceptance import follow, missed
from curtsy.service.events import tell
from curtsy.service.intake import failed_output, withdraw_promise
from curtsy.service.leaving_alone import leave_alone, refused_now
from curtsy.service.pacing import mind_notes
from curtsy.service.withdrawing import withdrawn
from curtsy.storage.store import CLOCK_JUMPED, Store

NOT_ATTEMPTED_WAIT_MS = 5_000
LONGEST_WAIT_MS = 15 * 60_000
"""A task that was not attempted waits 5 s, then twice as long each time, up to this."""

LONGEST_WORD = 200
"""What an agent says in a word is kept to this length."""
_INVITATION_URN = re.compile(r"urn:li:[A-Za-z_]{1,40}:[A-Za-z0-9_-]{1,40}")


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an outcome rests on; every field may be missing. Times are as long ago as the agent saw them."""

    before: Relation | None = None
    after: Relation | None = None
    invitation_urn: str | None = None
    invitation_sent_ms_ago: int | None = None
    message_equal: bool | None = None
    http_status: int | None = None
    linkedin_code: str | None = None
    retry_after_ms: int | None = None
    acted: bool | None = None
    tab_closed: bool | None = None
    profile_urn: str | None = None
    seen_account: str | None = None
    inferred: bool = False

    def __post_init__(self) -> None:
        for name in ("invitation_urn", "linkedin_code", "profile_urn", "seen_account"):
            if len(getattr(self, name) or "") > LONGEST_WORD:
                msgspec.structs.force_setattr(self, name, getattr(self, name)[:LONGEST_WORD])

    @property
    def invitation(self) -> str | None:
        """The invitation LinkedIn named; it writes one number in several kinds of URN (linkedin-wire 1.4)."""
        urn = self.invitation_urn
        return urn if urn is not None and _INVITATION_URN.fullmatch(urn) else None

    def as_json(self, **more: object) -> str:
        return json.dumps({**msgspec.to_builtins(self), **more})


@dataclass(frozen=True, slots=True)
class Report:
    """What an agent says came of a lease; ``output`` is what a read found, as JSON."""

    lease_id: str
    boot_id: str
    outcome: str
    output: str | None
    evidence: Evidence


def apply(store: Store, now: int, agent: Agent, task: Task, outcome: Outcome, evidence: Evidence) -> Task:
    """Move the task to where an outcome sends it, with its pause, its cooldown and its event."""
    # In doubt the lease may be that of a browser that looks; what is told is told of the act.
    lease = (task.lease_id if task.state in (TaskState.LEASED, TaskState.STARTED) else task.act_lease) or ""
    unspent = outcome is Outcome.NOT_ATTEMPTED
    reported = _in_a_row(store, task, outcome, evidence)
    ours = whose(store, now, task, evidence)
    outcome = _seen_after_all(task, reported, ours, evidence)
    inferred = outcome is not reported and (outcome is Outcome.WITHDRAWN or (outcome is Outcome.SENT and not ours))
    if inferred:
        concluded = msgspec.structs.replace(evidence, inferred=True)
        store.attempts.witness(task=task.id, lease=lease, now=now, source="act", body=concluded.as_json())
    rule = DISPOSITIONS[outcome]
    if rule.pause is not None:
        pauses.pause(store, now, task.team_id, task.member_id, rule.pause, evidence.retry_after_ms)
    _remember(store, now, agent, task, outcome, evidence)
    if outcome is Outcome.WITHDRAWN:
        after = withdrawn(store, now, task, inferred=inferred)
    else:
        after = _move(store, now, task, outcome, rule, evidence)
    store.attempts.finish(
        lease,
        now,
        outcome=outcome,
        code=evidence.linkedin_code,
        state=after.state,
        unspent=unspent,
        unsent=outcome in NOTHING_SENT,
    )
    return after


def _in_a_row(store: Store, task: Task, outcome: Outcome, evidence: Evidence) -> Outcome:
    """A second CSRF refusal in a row means that the session is over (linkedin-wire 3.3)."""
    if outcome is Outcome.NOT_ATTEMPTED and evidence.linkedin_code == "CSRF":
        last = store.attempts.last_outcomes(task.member_id, 1)
        if last == [(Outcome.NOT_ATTEMPTED, "CSRF")]:
            return Outcome.SIGNED_OUT
    return outcome


def _seen_after_all(task: Task, outcome: Outcome, ours: bool | None, evidence: Evidence) -> Outcome:
    """A lost answer, or the refusal of a repeat the browser made by itself, with our invitation in plain sight.

    With an act in doubt, what is found is ours unless what was read says otherwise; right after the act, our words at
    a time that a wrong clock cannot judge are looked at again. What was to be withdrawn and is gone was withdrawn.
    """
    if task.kind is Kind.WITHDRAW:
        return Outcome.WITHDRAWN if task.acts > 0 and outcome is Outcome.NOT_PENDING else outcome
    if task.acts == 0 or outcome not in (Outcome.ALREADY_PENDING, Outcome.ALREADY_CONNECTED, Outcome.UNKNOWN):
        return outcome
    if ours and outcome is not Outcome.ALREADY_CONNECTED:
        return Outcome.SENT
    if task.state is TaskState.LEASED and ours is not False and outcome is not Outcome.UNKNOWN:
        return Outcome.SENT
    if task.state is TaskState.STARTED and outcome is Outcome.ALREADY_PENDING and _untimed(ours, evidence):
        return Outcome.UNKNOWN
    return outcome


def left_to_a_look(store: Store, now: int, task: Task, outcome: str, evidence: Evidence) -> bool:
    """Whether a late report found our words at a time that a wrong clock cannot judge."""
    return outcome == Outcome.ALREADY_PENDING and _untimed(whose(store, now, task, evidence), evidence)


def _untimed(ours: bool | None, evidence: Evidence) -> bool:
    return ours is None and evidence.message_equal is True and evidence.invitation_sent_ms_ago is not None


def whose(store: Store, now: int, task: Task, evidence: Evidence) -> bool | None:
    """What ``is_ours`` says, while the clock can be trusted; while it is in doubt our words say nothing of the time."""
    doubted = store.house(CLOCK_JUMPED) is not None and evidence.message_equal is not False
    return None if doubted else is_ours(task, now, evidence)


def is_ours(task: Task, now: int, evidence: Evidence) -> bool | None:
    """Whether a pending invitation was sent after our start, with our words; None when that was not read.

    Nor can it be said of an act whose time was kept by a clock that has proved wrong.
    """
    ago, equal = evidence.invitation_sent_ms_ago, evidence.message_equal
    if ago is None or equal is None or (equal and task.started_at is None):
        return None
    return equal and now - ago >= (task.started_at or 0) - OUR_CLOCKS_MS


def _remember(store: Store, now: int, agent: Agent, task: Task, outcome: Outcome, evidence: Evidence) -> None:
    """What an outcome says about the browser, the member and the person, beyond this task."""
    if outcome is Outcome.SIGNED_OUT:
        store.agents.saw_account(agent.id, None)
    elif outcome is Outcome.WRONG_MEMBER:
        store.agents.saw_account(agent.id, evidence.seen_account or "")
    elif outcome is Outcome.CLIENT_OUTDATED and task.kind in UNTOLD:
        store.agents.blind(agent.id, agent.version)
    elif outcome is Outcome.CLIENT_OUTDATED:
        store.agents.outdate(agent.id, agent.version)
    elif outcome is Outcome.NOT_PENDING:
        missed(store, now, task.member_id, task.profile_key)
    elif outcome is Outcome.CANNOT_RESEND_YET:
        leave_alone(store, now, task, task.profile_key, Why.CANNOT_RESEND_YET)
    elif outcome is Outcome.NOTE_UNAVAILABLE and evidence.linkedin_code is not None:
        pauses.pause(store, now, task.team_id, task.member_id, Cause.NOTE_LIMIT)
    elif outcome in (Outcome.UNKNOWN, Outcome.REFUSED):
        before = store.attempts.last_outcomes(task.member_id, 2)
        same = [
            one for one in before if one == (outcome, evidence.linkedin_code) or outcome == one[0] == Outcome.UNKNOWN
        ]
        needed = 1 if outcome is Outcome.UNKNOWN else 2
        if len(same) >= needed and before[:needed] == same[:needed]:
            pauses.pause(store, now, task.team_id, task.member_id, Cause.DOUBT)


def _move(store: Store, now: int, task: Task, outcome: Outcome, rule: Disposition, evidence: Evidence) -> Task:
    if rule.state is TaskState.COMPLETED:
        return complete(store, now, task, evidence)
    if outcome is Outcome.NOTE_UNAVAILABLE and task.note_wish is NoteWish.DROP:
        store.tasks.drop_note(task.id)
        return back_to_queue(store, now, task, because=outcome)
    if rule.state is TaskState.FAILED:
        return fail(store, now, task, outcome, rule.meaning, evidence)
    if rule.state is TaskState.UNCONFIRMED:
        doubtful = store.leases.doubt(task, now)
        assert doubtful is not None
        tell(store, now, doubtful, "task.unconfirmed")
        store.ring(f"member:{task.member_id}")
        return doubtful
    wait = min(NOT_ATTEMPTED_WAIT_MS << min(task.attempts - 1, 8), LONGEST_WAIT_MS)
    if outcome is not Outcome.NOT_ATTEMPTED:
        wait = 0
    elif task.kind in UNTOLD:
        wait = RETRY_MS
    return back_to_queue(store, now, task, wait_ms=wait, because=outcome)


def complete(store: Store, now: int, task: Task, evidence: Evidence) -> Task:
    """The invitation was seen; it guards the person from a second one from now on."""
    output: dict[str, object] = {"sent": True}
    if evidence.invitation:
        output["invitation_urn"] = evidence.invitation
    if task.note_wish is NoteWish.DROPPED:
        output["note_dropped"] = True
    done = store.tasks.end(task, TaskState.COMPLETED, now, holds=True, output=json.dumps(output))
    assert done is not None
    tell(store, now, done, "task.completed")
    follow(store, now, done, profile_id(evidence.profile_urn))
    mind_notes(store, now, done)
    return done


def fail(store: Store, now: int, task: Task, code: str, error: str, evidence: Evidence) -> Task:
    """The task ends without an invitation of ours."""
    if evidence.linkedin_code and code == Outcome.REFUSED:
        error = f"{error} ({evidence.linkedin_code})"
    output = failed_output(task.kind, code, error)
    failed = store.tasks.end(task, TaskState.FAILED, now, code=code, error=error, output=output)
    assert failed is not None
    tell(store, now, failed, "task.failed", code=code)
    return failed


def merged_into_other(store: Store, now: int, task: Task, profile_key: str) -> Task | None:
    """End a leased task whose person another open-or-sent task is for: nothing was sent for this one."""
    other = store.tasks.holding(task.member_id, task.kind, profile_key)
    if other is None or other.id == task.id:
        return None
    merged = store.tasks.end(task, TaskState.MERGED, now, same_as=other.id)
    assert merged is not None
    store.attempts.finish(
        task.lease_id or "", now, outcome=TaskState.MERGED, code=None, state=merged.state, unspent=True
    )
    tell(store, now, merged, "task.merged", same_as=other.id)
    return merged


def left_alone(store: Store, now: int, task: Task, profile_key: str) -> Refusal | None:
    """End a leased task whose person is not to be invited, whatever they are called by; None when nothing says so."""
    refusal = refused_now(store, now, task, profile_key)
    if refusal is None:
        return None
    failed = fail(store, now, task, refusal.code, str(refusal), Evidence())
    store.attempts.finish(task.lease_id or "", now, outcome=refusal.code, code=None, state=failed.state, unspent=True)
    return refusal if isinstance(refusal, DoNotContact) else NotConnectable(str(refusal), outcome=refusal.code)


def back_to_queue(
    store: Store, now: int, task: Task, *, wait_ms: int = 0, doubt: bool = False, because: str | None = None
) -> Task:
    """The task waits again; one the caller wished cancelled ends here, before any second act.

    ``doubt``: what became of the last act is not known, so that it goes on to count among the acts of the task.
    """
    known = not doubt and task.state in (TaskState.STARTED, TaskState.UNCONFIRMED)
    doubtful_acts = task.acts - 1 if known else task.acts
    queued = store.leases.requeue(task, now, acts=doubtful_acts, not_before=now + wait_ms)
    assert queued is not None
    tell(store, now, queued, "task.requeued", because=because)
    return withdraw_promise(store, now, queued) if queued.cancel_wanted else queued
