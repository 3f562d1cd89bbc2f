"""What pages say of a task because of its kind: invitations are told in ``words``, and the others where they differ."""

from __future__ import annotations

from curtsy.domain.outcome import DISPOSITIONS, Outcome
from curtsy.domain.task import Kind, TaskState

S = TaskState
KINDS: dict[Kind, str] = {
    Kind.INVITE: "Invitation",
    Kind.WITHDRAW: "Withdrawal of an invitation",
    Kind.FETCH_PROFILE: "Read a profile",
    Kind.FETCH_CONNECTIONS: "Read a page of connections",
}
"""What was asked, as a name."""
WHAT: dict[Kind, str] = {
    Kind.WITHDRAW: "invitation to withdraw",
    Kind.FETCH_PROFILE: "profile to read",
    Kind.FETCH_CONNECTIONS: "page to read",
}
"""The same beside a person's name; of an invitation its note is told."""

DONE: dict[Kind, tuple[str, str]] = {
    Kind.INVITE: ("Sent", DISPOSITIONS[Outcome.SENT].meaning),
    Kind.WITHDRAW: ("Withdrawn", DISPOSITIONS[Outcome.WITHDRAWN].meaning),
}
"""What was done, of a task that ended well."""
READ = ("Read", "It was carried out.")

WITHDRAWAL: dict[TaskState, tuple[str, str, str]] = {
    S.LEASED: ("In the browser", "busy", "The browser is looking at the profile; nothing has been withdrawn yet."),
    S.STARTED: ("Withdrawing", "busy", "The browser is withdrawing the invitation now."),
    S.UNCONFIRMED: ("Checked again", "busy", "LinkedIn's answer was lost: the browser looks whether it is gone."),
    S.FAILED: ("Not withdrawn", "bad", "It could not be carried out."),
    S.CANCELLED: ("Cancelled", "quiet", "It was cancelled before anything was withdrawn."),
    S.EXPIRED: ("Expired", "quiet", "Nobody could carry it out in time; nothing was withdrawn."),
    S.MERGED: ("Same person", "quiet", "Another task already withdraws this invitation; this one did nothing."),
}
"""Where the taking back of an invitation is told otherwise: a name, a colour, a sentence."""
