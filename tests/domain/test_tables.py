"""The tables of the law, row by row, as they are written down for people."""

import pytest

from curtsy.domain.member import PAUSES, Cause, Pause, barrier
from curtsy.domain.outcome import AFTER_RELATION, DISPOSITIONS, Outcome, Relation
from curtsy.domain.task import MOVES, TERMINAL, WIRE_STATUS, TaskState

# The guarantee's table of states, in its own words.
MAY_BECOME = {
    "queued": "leased cancelled expired failed",
    "leased": "started queued completed failed cancelled merged",
    "started": "completed failed queued unconfirmed",
    "unconfirmed": "completed failed queued needs_review",
    "needs_review": "completed failed",
    "completed": "",
    "failed": "",
    "cancelled": "",
    "expired": "",
    "merged": "",
}

# The contract's table of outcomes: what the task becomes, and what the member waits for.
FOLLOWS = {
    "sent": ("completed", None),
    "already_pending": ("failed", None),
    "already_connected": ("failed", None),
    "incoming_pending": ("failed", None),
    "own_profile": ("failed", None),
    "not_found": ("failed", None),
    "cannot_resend_yet": ("failed", None),
    "email_required": ("failed", None),
    "note_unavailable": ("failed", None),
    "invitation_limit_reached": ("queued", "invitation_limit"),
    "throttled": ("queued", "throttled"),
    "signed_out": ("queued", "signed_out"),
    "challenge": ("queued", "challenge"),
    "restricted": ("queued", "restricted"),
    "wrong_member": ("queued", "wrong_member"),
    "client_outdated": ("queued", None),
    "not_attempted": ("queued", None),
    "unknown": ("unconfirmed", None),
    "refused": ("failed", None),
    "withdrawn": ("completed", None),
    "not_pending": ("failed", None),
}

AFTER_AN_ACT_ONLY = {"sent", "unknown", "refused", "withdrawn"}


@pytest.mark.parametrize("state", list(TaskState))
def test_a_state_moves_as_the_guarantee_says(state: TaskState) -> None:
    assert MOVES[state] == frozenset(TaskState(word) for word in MAY_BECOME[state].split())


def test_what_has_ended_stays() -> None:
    assert {"completed", "failed", "cancelled", "expired", "merged"} == TERMINAL


def test_every_state_has_a_word_on_the_wire() -> None:
    assert set(WIRE_STATUS) == set(TaskState)
    assert set(WIRE_STATUS.values()) == {"pending", "processing", "completed", "failed", "cancelled"}
    assert WIRE_STATUS[TaskState.QUEUED] == "pending"
    assert WIRE_STATUS[TaskState.NEEDS_REVIEW] == "processing"
    assert WIRE_STATUS[TaskState.EXPIRED] == "failed"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_is_followed_as_the_contract_says(outcome: Outcome) -> None:
    rule = DISPOSITIONS[outcome]
    assert (rule.state, rule.pause) == FOLLOWS[outcome]
    assert rule.before_act == (outcome not in AFTER_AN_ACT_ONLY)
    assert rule.meaning
    assert rule.scope in {"profile", "member", "agent", "request"}
    assert rule.state in MOVES[TaskState.STARTED]


def test_the_list_of_outcomes_is_closed() -> None:
    assert set(FOLLOWS) == set(Outcome) == set(DISPOSITIONS)


def test_only_no_relation_lets_an_act_follow() -> None:
    assert set(AFTER_RELATION) == set(Relation) - {Relation.NONE}


@pytest.mark.parametrize("outcome", [rule for rule in Outcome if DISPOSITIONS[rule].pause])
def test_a_pause_that_may_wait_for_the_member_says_what_to_do(outcome: Outcome) -> None:
    rule = DISPOSITIONS[outcome]
    assert rule.pause is not None
    waits = PAUSES[rule.pause].lifted_by != "time" or rule.pause is Cause.INVITATION_LIMIT
    assert (rule.next_action is not None) == waits


@pytest.mark.parametrize("cause", list(Cause))
def test_a_pause_that_ends_by_time_has_a_length(cause: Cause) -> None:
    assert (PAUSES[cause].lasts is not None) == (PAUSES[cause].lifted_by == "time")


def test_the_gravest_pause_is_named_first() -> None:
    standing = [Pause("1", "m", Cause.THROTTLED, 0, 9), Pause("2", "m", Cause.CHALLENGE, 0, None)]
    assert barrier(standing, act=True) == standing[1]


def test_a_limit_on_invitations_stops_no_read() -> None:
    standing = [Pause("1", "m", Cause.INVITATION_LIMIT, 0, 9), Pause("2", "m", Cause.NOTE_LIMIT, 0, 9)]
    assert barrier(standing, act=False) is None
    assert barrier(standing, act=True) == standing[0]
    assert barrier(standing[1:], act=True) is None
