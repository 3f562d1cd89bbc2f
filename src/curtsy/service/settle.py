"""What follows what an agent saw: one outcome, one state, one pause, one event, in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec

from curtsy.domain.agent import Agent, LeaseLost, NotStarted
from curtsy.domain.errors import InvalidField, Refusal
from curtsy.domain.member import Cause
from curtsy.domain.outcome import DISPOSITIONS, READ_DONE, RESEND_LOCK_MS, Disposition, Outcome, Relation, Seen
from curtsy.domain.task import (
    ABSENCE_AFTER_MS,
    ABSENCE_APART_MS,
    ACTS,
    OUR_CLOCKS_MS,
    Kind,
    Task,
    TaskState,
)
from curtsy.service import pauses
from curtsy.service.events import tell
from curtsy.service.intake import failed_output, withdraw_promise
from curtsy.service.upkeep import lost_before_start
from curtsy.storage.store import Store
from curtsy.storage.store.attempts import Attempt

NOT_ATTEMPTED_WAIT_MS = 5_000
LONGEST_WAIT_MS = 15 * 60_000
"""A task that was not attempted waits 5 s, then twice as long each time, up to this."""
UNREADABLE_WAIT_MS = 60_000
ELSEWHERE_WAIT_MS = 15 * 60_000
"""An absence seen from another browser does not count; that browser looks again after this long."""


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
    acted: bool = False
    tab_closed: bool = False
    profile_urn: str | None = None
    seen_account: str | None = None
    inferred: bool = False

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


def finish(store: Store, now: int, agent: Agent, task_id: str, report: Report) -> TaskState | Refusal:
    """Take a report: returns the state of the task after it, or LeaseLost when the lease no longer counts."""
    attempt = store.attempts.get(report.lease_id)
    task = store.tasks.get(task_id)
    if attempt is None or task is None or (attempt.task_id, attempt.agent_id) != (task_id, agent.id):
        return LeaseLost(state=task.state if task is not None and task.team_id == agent.team_id else None)
    late = attempt.outcome is not None or task.lease_id != report.lease_id
    store.attempts.witness(
        task=task_id,
        lease=report.lease_id,
        now=now,
        source="late" if late else attempt.purpose,
        body=report.evidence.as_json(outcome=report.outcome),
    )
    if attempt.purpose == "verify":
        return _looked(store, now, agent, task, attempt, report)
    if _settles_late(task, attempt, report):
        return apply(store, now, agent, task, Outcome(report.outcome), report.evidence).state
    if attempt.state_after is not None:
        return TaskState(attempt.state_after)
    if task.lease_id != report.lease_id or task.state not in (TaskState.LEASED, TaskState.STARTED):
        return LeaseLost(state=task.state)
    if task.kind in ACTS and report.outcome not in DISPOSITIONS:
        raise InvalidField("Invalid 'outcome': must be one of " + ", ".join(DISPOSITIONS))
    if task.kind not in ACTS:
        return _read(store, now, agent, task, report)
    return _acted(store, now, agent, task, report)


def _settles_late(task: Task, attempt: Attempt, report: Report) -> bool:
    """Whether a report that comes after the lease still ends the doubt: a definite answer of the very act."""
    if task.state not in (TaskState.UNCONFIRMED, TaskState.NEEDS_REVIEW) or attempt.lease_id != task.act_lease:
        return False
    return _definite(task, report)


def _definite(task: Task, report: Report) -> bool:
    if report.outcome not in DISPOSITIONS or report.outcome == Outcome.UNKNOWN:
        return False
    if report.outcome == Outcome.SENT:
        return _seen_sent(report.evidence)
    if task.state is TaskState.NEEDS_REVIEW:
        return DISPOSITIONS[Outcome(report.outcome)].state is TaskState.FAILED
    # Only the run that was allowed to act can know that it did not.
    return report.outcome != Outcome.NOT_ATTEMPTED or report.boot_id == task.act_boot


def _seen_sent(evidence: Evidence) -> bool:
    """`sent` is only said when it was seen: LinkedIn named the invitation, or a look afterwards found it."""
    return bool(evidence.invitation_urn) or evidence.after in (Relation.PENDING_OUT, Relation.CONNECTED)


def _read(store: Store, now: int, agent: Agent, task: Task, report: Report) -> TaskState | Refusal:
    if (task.lease_until or 0) <= now:
        return LeaseLost(state=task.state)
    if report.outcome == READ_DONE:
        store.attempts.finish(report.lease_id, now, outcome=READ_DONE, code=None, state="completed", unspent=True)
        done = store.tasks.end(task, TaskState.COMPLETED, now, output=report.output or "{}")
        assert done is not None
        tell(store, now, done, "task.completed")
        return done.state
    if report.outcome not in DISPOSITIONS or report.outcome in (Outcome.UNKNOWN, Outcome.SENT):
        after = lost_before_start(store, now, task)
        store.attempts.finish(report.lease_id, now, outcome=Outcome.UNKNOWN, code=None, state=after.state, unspent=True)
        return after.state
    return apply(store, now, agent, task, Outcome(report.outcome), report.evidence).state


def _acted(store: Store, now: int, agent: Agent, task: Task, report: Report) -> TaskState | Refusal:
    if task.state is TaskState.LEASED:
        outcome = Outcome(report.outcome)
        if (task.lease_until or 0) <= now:
            return LeaseLost(state=task.state)
        if not DISPOSITIONS[outcome].before_act:
            return NotStarted(state=task.state)
        return apply(store, now, agent, task, outcome, report.evidence).state
    outcome = Outcome(report.outcome) if _definite(task, report) else Outcome.UNKNOWN
    return apply(store, now, agent, task, outcome, report.evidence).state


# ------------------------------------------------------------------ one outcome


def apply(store: Store, now: int, agent: Agent, task: Task, outcome: Outcome, evidence: Evidence) -> Task:
    """Move the task to where an outcome sends it, with its pause, its cooldown and its event."""
    lease = task.lease_id or task.act_lease or ""
    outcome = _in_a_row(store, task, outcome, evidence)
    rule = DISPOSITIONS[outcome]
    if rule.pause is not None:
        pauses.pause(store, now, task.team_id, task.member_id, rule.pause, evidence.retry_after_ms)
    _remember(store, now, agent, task, outcome, evidence)
    after = _move(store, now, task, outcome, rule, evidence)
    store.attempts.finish(
        lease,
        now,
        outcome=outcome,
        code=evidence.linkedin_code,
        state=after.state,
        unspent=outcome is Outcome.NOT_ATTEMPTED,
    )
    return after


def _in_a_row(store: Store, task: Task, outcome: Outcome, evidence: Evidence) -> Outcome:
    """A second CSRF refusal in a row means that the session is over (linkedin-wire 3.3)."""
    if outcome is Outcome.NOT_ATTEMPTED and evidence.linkedin_code == "CSRF":
        last = store.attempts.last_outcomes(task.member_id, 1)
        if last == [(Outcome.NOT_ATTEMPTED, "CSRF")]:
            return Outcome.SIGNED_OUT
    return outcome


def _remember(store: Store, now: int, agent: Agent, task: Task, outcome: Outcome, evidence: Evidence) -> None:
    """What an outcome says about the browser, the member and the person, beyond this task."""
    if outcome is Outcome.SIGNED_OUT:
        store.agents.saw_account(agent.id, None)
    elif outcome is Outcome.WRONG_MEMBER:
        store.agents.saw_account(agent.id, evidence.seen_account or "")
    elif outcome is Outcome.CLIENT_OUTDATED:
        store.agents.outdate(agent.id, agent.version)
    elif outcome is Outcome.CANNOT_RESEND_YET:
        key = task.profile_key
        if store.people.cooling_until(task.member_id, key, now) is None:
            store.people.cool_down(task.member_id, key, now + RESEND_LOCK_MS)
    elif outcome is Outcome.NOTE_UNAVAILABLE and evidence.linkedin_code is not None:
        pauses.pause(store, now, task.team_id, task.member_id, Cause.NOTE_LIMIT)
    elif outcome in (Outcome.UNKNOWN, Outcome.REFUSED):
        before = store.attempts.last_outcomes(task.member_id, 2)
        same = [one for one in before if one == (outcome, evidence.linkedin_code) or outcome == one[0] == Outcome.UNKNOWN]
        needed = 1 if outcome is Outcome.UNKNOWN else 2
        if len(same) >= needed and before[:needed] == same[:needed]:
            pauses.pause(store, now, task.team_id, task.member_id, Cause.DOUBT)


def _move(store: Store, now: int, task: Task, outcome: Outcome, rule: Disposition, evidence: Evidence) -> Task:
    if rule.state is TaskState.COMPLETED:
        return complete(store, now, task, evidence)
    if rule.state is TaskState.FAILED:
        return fail(store, now, task, outcome, rule.meaning, evidence)
    if rule.state is TaskState.UNCONFIRMED:
        doubtful = store.leases.doubt(task, now)
        assert doubtful is not None
        tell(store, now, doubtful, "task.unconfirmed")
        store.ring(f"member:{task.member_id}")
        return doubtful
    wait = min(NOT_ATTEMPTED_WAIT_MS << min(task.attempts - 1, 8), LONGEST_WAIT_MS)
    wait = wait if outcome is Outcome.NOT_ATTEMPTED else 0
    return back_to_queue(store, now, task, wait_ms=wait, because=outcome)


def complete(store: Store, now: int, task: Task, evidence: Evidence) -> Task:
    """The invitation was seen; it guards the person from a second one from now on."""
    output: dict[str, object] = {"sent": True, "invitation_urn": evidence.invitation_urn}
    done = store.tasks.end(task, TaskState.COMPLETED, now, holds=True, output=json.dumps(output))
    assert done is not None
    tell(store, now, done, "task.completed")
    return done


def fail(store: Store, now: int, task: Task, code: str, error: str, evidence: Evidence) -> Task:
    """The task ends without an invitation of ours."""
    if evidence.linkedin_code and code == Outcome.REFUSED:
        error = f"{error} ({evidence.linkedin_code})"
    output = failed_output(code, error, read=task.kind is Kind.FETCH_PROFILE)
    failed = store.tasks.end(task, TaskState.FAILED, now, code=code, error=error, output=output)
    assert failed is not None
    tell(store, now, failed, "task.failed", code=code)
    return failed


def back_to_queue(store: Store, now: int, task: Task, *, wait_ms: int = 0, because: str | None = None) -> Task:
    """The task waits again; one the caller wished cancelled ends here, before any second act."""
    doubtful_acts = task.acts - 1 if task.state in (TaskState.STARTED, TaskState.UNCONFIRMED) else task.acts
    queued = store.leases.requeue(task, now, acts=doubtful_acts, not_before=now + wait_ms)
    assert queued is not None
    if queued.cancel_wanted:
        return withdraw_promise(store, now, queued)
    tell(store, now, queued, "task.requeued", because=because)
    return queued


# ------------------------------------------------------------------ a second look


def _looked(
    store: Store, now: int, agent: Agent, task: Task, attempt: Attempt, report: Report
) -> TaskState | Refusal:
    """Take what a look found: presence is believed at once, absence by the installation rule of the guarantee."""
    held = task.state is TaskState.UNCONFIRMED and task.lease_id == report.lease_id and (task.lease_until or 0) > now
    if not held:
        return TaskState(attempt.state_after) if attempt.state_after else LeaseLost(state=task.state)
    seen, evidence = report.outcome, report.evidence
    if seen == Seen.CONNECTED:
        after = complete(store, now, task, _inferred(evidence))
    elif seen == Seen.PENDING:
        after = _pending(store, now, task, evidence)
    elif seen == Seen.ABSENT:
        after = _absent(store, now, agent, task, report)
    else:
        after = _look_again(store, task, now + UNREADABLE_WAIT_MS)
    store.attempts.finish(report.lease_id, now, outcome=seen, code=None, state=after.state, unspent=True)
    return after.state


def _inferred(evidence: Evidence) -> Evidence:
    """The same evidence, marked as a conclusion and not a sight."""
    return msgspec.structs.replace(evidence, inferred=True)


def _pending(store: Store, now: int, task: Task, evidence: Evidence) -> Task:
    """Whose invitation it is: ours if it was sent after our start with our words (guarantee, "Pending is ours")."""
    ago, equal = evidence.invitation_sent_ms_ago, evidence.message_equal
    sent_at = None if ago is None else now - ago
    if sent_at is not None and equal is not None:
        ours = sent_at >= (task.started_at or 0) - OUR_CLOCKS_MS and equal
        if not ours:
            rule = DISPOSITIONS[Outcome.ALREADY_PENDING]
            return fail(store, now, task, Outcome.ALREADY_PENDING, rule.meaning, evidence)
        return complete(store, now, task, evidence)
    store.attempts.witness(
        task=task.id, lease=task.lease_id or "", now=now, source="verify", body=_inferred(evidence).as_json()
    )
    return complete(store, now, task, evidence)


def _absent(store: Store, now: int, agent: Agent, task: Task, report: Report) -> Task:
    counts_from = (task.started_at or 0) + ABSENCE_AFTER_MS
    if agent.installation_id != task.act_installation:
        return _look_again(store, task, now + ELSEWHERE_WAIT_MS, elsewhere=True)
    same_run = report.boot_id == task.act_boot
    if same_run and not report.evidence.tab_closed:
        return _look_again(store, task, max(counts_from, now + UNREADABLE_WAIT_MS))
    if now < counts_from:
        return _look_again(store, task, counts_from)
    if task.absent_at is None or now - task.absent_at < ABSENCE_APART_MS:
        first_at = now if task.absent_at is None else task.absent_at
        return _look_again(store, task, first_at + ABSENCE_APART_MS, absent_at=first_at)
    reviewed = store.leases.review(task, now)
    assert reviewed is not None
    tell(store, now, reviewed, "task.needs_review", because="absent_twice")
    return reviewed


def _look_again(
    store: Store, task: Task, look_at: int, *, absent_at: int | None = None, elsewhere: bool = False
) -> Task:
    kept = absent_at if absent_at is not None else task.absent_at
    looked = store.leases.looked(task, look_at=look_at, absent_at=kept, elsewhere=elsewhere)
    assert looked is not None
    return looked
