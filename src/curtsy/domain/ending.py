"""Every code that `error` can name: what a task ended with, or waits for a person with. One table, told everywhere."""

from __future__ import annotations

from curtsy.domain.consent import DECLINED, DECLINED_ERROR
from curtsy.domain.errors import CoolingDown, DoNotContact
from curtsy.domain.outcome import DISPOSITIONS, Disposition
from curtsy.domain.task import Kind, Task, TaskState

EXPIRED, NO_PROGRESS, MEMBER_REMOVED, CANCELLED = "expired", "no_progress", "member_removed", "cancelled"
NEEDS_REVIEW = "needs_review"
"""A task that shows this, and only such a one, is settled by a person."""

UNSEEN: dict[Kind, Disposition] = {
    Kind.INVITE: Disposition(
        TaskState.NEEDS_REVIEW,
        "Whether this invitation was sent could not be seen; nothing will be sent again",
        "member",
        next_action="Look at Sent invitations on LinkedIn: whether this invitation is there could not be seen",
    ),
    Kind.WITHDRAW: Disposition(
        TaskState.NEEDS_REVIEW,
        "This invitation was not seen to be gone; it will not be withdrawn again",
        "member",
        next_action="Look at Sent invitations on LinkedIn, and withdraw it there where it still waits",
    ),
}
"""What is said of an act that nobody could see the end of."""

NOT_DONE: dict[Kind, str] = {Kind.INVITE: "settled_not_sent", Kind.WITHDRAW: "settled_not_withdrawn"}
"""The code of a task that was not carried out, on a person's word."""

_F = TaskState.FAILED

WITHOUT_OUTCOME: dict[str, Disposition] = {
    EXPIRED: Disposition(
        TaskState.EXPIRED,
        "Nobody could carry this out in time: no browser of the member was able to act",
        "member",
        retryable=True,
        next_action="See to it that the member's browser is open, and that they say yes where they wish to be asked; "
        "then ask again",
    ),
    NO_PROGRESS: Disposition(
        _F,
        "Three attempts in a row ended without progress",
        "agent",
        retryable=True,
        next_action="Look at the member's browser, then ask again",
    ),
    DECLINED: Disposition(_F, DECLINED_ERROR, "member", next_action="Ask the member before you ask again"),
    MEMBER_REMOVED: Disposition(
        _F,
        "The member left the team",
        "member",
        retryable=True,
        next_action="Ask again without naming this sender: the oldest admin sends then",
    ),
    DoNotContact.code: Disposition(_F, DoNotContact.sentence, next_action="Leave them alone"),
    CoolingDown.code: Disposition(
        _F,
        "This person, whom LinkedIn named only at the start, is not to be asked again yet",
        retryable=True,
        next_action="Ask again when that is over",
    ),
    NOT_DONE[Kind.INVITE]: Disposition(
        _F, "A person looked and found that it was not sent", "request", retryable=True, next_action="Ask again"
    ),
    NOT_DONE[Kind.WITHDRAW]: Disposition(
        _F,
        "A person looked and found that the invitation still waits",
        "request",
        retryable=True,
        next_action="Ask again, or withdraw it on LinkedIn",
    ),
    CANCELLED: Disposition(TaskState.CANCELLED, "The caller cancelled this task", "request"),
    NEEDS_REVIEW: UNSEEN[Kind.INVITE],
}

ENDINGS: dict[str, Disposition] = {
    **{outcome: rule for outcome, rule in DISPOSITIONS.items() if rule.state is TaskState.FAILED},
    **WITHOUT_OUTCOME,
}
"""`retryable`: a program may send the same request again, not before `retry_at` where that is known."""

_OF_A_NEWER_RELEASE = Disposition(_F, "It could not be carried out", "request")


def ending(task: Task) -> tuple[str, Disposition] | None:
    """What is said of a task that ended without what it was for, or that only a person can settle; with its code."""
    if task.state is TaskState.NEEDS_REVIEW:
        return NEEDS_REVIEW, UNSEEN[task.kind]
    return None if task.code is None else (task.code, ENDINGS.get(task.code, _OF_A_NEWER_RELEASE))
