"""Taking an agent's report of what came of a lease: in time, late, repeated or forged."""

from __future__ import annotations

import msgspec

from curtsy.domain.agent import Agent, LeaseLost, NotStarted
from curtsy.domain.errors import InvalidField, Refusal
from curtsy.domain.outcome import DISPOSITIONS, FOREIGN, READ_DONE, Outcome, Relation, Seen
from curtsy.domain.profile import profile_id
from curtsy.domain.task import ACTS, TERMINAL, UNTOLD, Kind, Task, TaskState
from curtsy.service import learning
from curtsy.service.acceptance import Looked, take
from curtsy.service.approvals import keep_person
from curtsy.service.events import tell
from curtsy.service.second_look import looked
from curtsy.service.settle import Evidence, Report, apply, left_to_a_look, merged_into_other
from curtsy.service.upkeep import lost_before_start
from curtsy.service.withdrawing import sending
from curtsy.storage.store import Store
from curtsy.storage.store.attempts import LATE, Attempt


def finish(store: Store, now: int, agent: Agent, task_id: str, report: Report) -> TaskState | Refusal:
    """Take a report: returns the state of the task after it, or LeaseLost when the lease no longer counts."""
    named = store.tasks.get(task_id)
    people = learning.told(named, report) if named is not None and named.team_id == agent.team_id else []
    learning.hold(store, agent.team_id, agent.member_id, people)
    attempt = store.attempts.get(report.lease_id)
    task = store.tasks.get(task_id)
    if attempt is None or task is None or (attempt.task_id, attempt.agent_id) != (task_id, agent.id):
        return LeaseLost(state=task.state if task is not None and task.team_id == agent.team_id else None)
    _known_word(task, attempt, report)
    settles_late = _settles_late(task, attempt, report) and not left_to_a_look(
        store, now, task, report.outcome, report.evidence
    )
    late = attempt.outcome is not None or task.lease_id != report.lease_id
    store.attempts.witness(
        task=task_id,
        lease=report.lease_id,
        now=now,
        source=LATE if late and not settles_late else attempt.purpose,
        body=report.evidence.as_json(outcome=report.outcome),
    )
    if attempt.purpose == "verify":
        return looked(store, now, agent, task, attempt, report)
    if settles_late:
        return apply(store, now, agent, task, Outcome(report.outcome), report.evidence).state
    if attempt.state_after is not None:
        return TaskState(attempt.state_after)
    if task.lease_id != report.lease_id or task.state not in (TaskState.LEASED, TaskState.STARTED):
        return LeaseLost(state=task.state)
    if task.kind not in ACTS:
        after = _read(store, now, agent, task, report)
        if task.kind in UNTOLD and after in TERMINAL:
            store.tasks.drop(task)
        return after
    told = learning.told(task, report)
    after = _acted(store, now, agent, task, report)
    if told and learning.is_nobody(store, task, told):
        learning.leave_nothing(store, task.id)
    return after


def _known_word(task: Task, attempt: Attempt, report: Report) -> None:
    """Raise InvalidField for an outcome that is not on the list of what this lease was for."""
    words: list[str] = [word for word in DISPOSITIONS if word not in FOREIGN[task.kind]]
    if task.kind not in ACTS:
        words = [READ_DONE, *words]
    if attempt.purpose == "verify":
        words = [*Seen]
    if report.outcome not in words:
        raise InvalidField("Invalid 'outcome': must be one of " + ", ".join(words))


def _settles_late(task: Task, attempt: Attempt, report: Report) -> bool:
    """Whether a report that comes after the lease still ends the doubt: a definite answer of the very act."""
    if task.state not in (TaskState.UNCONFIRMED, TaskState.NEEDS_REVIEW) or attempt.lease_id != task.act_lease:
        return False
    # Who has said that it acted cannot take that back.
    return _definite(task, report) and (report.outcome != Outcome.NOT_ATTEMPTED or attempt.outcome is None)


def _definite(task: Task, report: Report) -> bool:
    if report.outcome not in DISPOSITIONS or report.outcome == Outcome.UNKNOWN:
        return False
    if report.outcome == Outcome.WITHDRAWN:
        return report.evidence.after in (Relation.NONE, Relation.PENDING_IN)
    if report.outcome == Outcome.SENT:
        return _seen_sent(report.evidence)
    if task.state is TaskState.NEEDS_REVIEW:
        return DISPOSITIONS[Outcome(report.outcome)].state is TaskState.FAILED
    # Only the run that was allowed to act can know that it did not.
    did_not = report.boot_id == task.act_boot and not report.evidence.acted
    return report.outcome != Outcome.NOT_ATTEMPTED or did_not


def _seen_sent(evidence: Evidence) -> bool:
    """`sent` is only said when it was seen: LinkedIn named the invitation, or a look afterwards found it."""
    return bool(evidence.invitation) or evidence.after in (Relation.PENDING_OUT, Relation.CONNECTED)


def _read(store: Store, now: int, agent: Agent, task: Task, report: Report) -> TaskState | Refusal:
    if (task.lease_until or 0) <= now:
        return LeaseLost(state=task.state)
    if report.outcome == READ_DONE and task.kind is Kind.CHECK_INVITATIONS:
        take(store, now, agent, task, _looked(report))
    elif report.outcome == READ_DONE and task.kind is Kind.READ_PERSON:
        keep_person(store, task, report.output)
    learning.learn_of(store, now, task, report, task.profile_key if task.kind is Kind.READ_PERSON else None)
    if report.outcome == READ_DONE:
        store.attempts.finish(report.lease_id, now, outcome=READ_DONE, code=None, state="completed", unspent=True)
        output = "{}" if task.kind in UNTOLD else report.output or "{}"
        done = store.tasks.end(task, TaskState.COMPLETED, now, output=output)
        assert done is not None
        tell(store, now, done, "task.completed")
        return done.state
    if report.outcome not in DISPOSITIONS or report.outcome in (Outcome.UNKNOWN, Outcome.SENT):
        after = lost_before_start(store, now, task)
        store.attempts.finish(report.lease_id, now, outcome=Outcome.UNKNOWN, code=None, state=after.state, unspent=True)
        return after.state
    return apply(store, now, agent, task, Outcome(report.outcome), report.evidence).state


def _looked(report: Report) -> Looked:
    """What a look found; raises InvalidField for anything else."""
    try:
        return msgspec.json.decode(report.output or "null", type=Looked)
    except msgspec.ValidationError as error:
        raise InvalidField(f"Invalid 'output': {error}") from None


def _acted(store: Store, now: int, agent: Agent, task: Task, report: Report) -> TaskState | Refusal:
    if task.state is TaskState.LEASED:
        outcome = Outcome(report.outcome)
        if (task.lease_until or 0) <= now:
            return LeaseLost(state=task.state)
        if not DISPOSITIONS[outcome].before_act:
            return NotStarted(state=task.state)
        learning.learn_of(store, now, task, report)
        key = profile_id(report.evidence.profile_urn)
        if outcome is Outcome.ALREADY_PENDING and key and (merged := merged_into_other(store, now, task, key)):
            return merged.state  # what is pending is ours, sent for another task
        if outcome is Outcome.NOT_PENDING and sending(store, task.member_id, key):
            outcome = Outcome.NOT_ATTEMPTED  # it may be on its way still
        return apply(store, now, agent, task, outcome, report.evidence).state
    outcome = Outcome(report.outcome) if _definite(task, report) else Outcome.UNKNOWN
    return apply(store, now, agent, task, outcome, report.evidence).state
