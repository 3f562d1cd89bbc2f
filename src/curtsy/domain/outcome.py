"""What an agent may report, and what follows from it: one closed list, one table (linkedin-wire 3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from curtsy.domain.member import Cause
from curtsy.domain.task import Kind, TaskState


class Outcome(StrEnum):
    """What an agent saw when it was to act."""

    SENT = "sent"
    ALREADY_PENDING = "already_pending"
    ALREADY_CONNECTED = "already_connected"
    INCOMING_PENDING = "incoming_pending"
    OWN_PROFILE = "own_profile"
    NOT_FOUND = "not_found"
    CANNOT_RESEND_YET = "cannot_resend_yet"
    EMAIL_REQUIRED = "email_required"
    NOTE_UNAVAILABLE = "note_unavailable"
    INVITATION_LIMIT_REACHED = "invitation_limit_reached"
    THROTTLED = "throttled"
    SIGNED_OUT = "signed_out"
    CHALLENGE = "challenge"
    RESTRICTED = "restricted"
    WRONG_MEMBER = "wrong_member"
    CLIENT_OUTDATED = "client_outdated"
    NOT_ATTEMPTED = "not_attempted"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_PENDING = "not_pending"


class Seen(StrEnum):
    """What an agent saw when it was to look only (a verify lease)."""

    PENDING = "pending"
    CONNECTED = "connected"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


class Relation(StrEnum):
    """How the member and the person stand to each other."""

    NONE = "none"
    PENDING_OUT = "pending_out"
    PENDING_IN = "pending_in"
    CONNECTED = "connected"
    SELF = "self"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Disposition:
    """What follows an outcome.

    ``state`` is what the task becomes; ``pause`` what the member waits for; ``before_act`` whether it can be known
    without having acted; ``scope`` what it is about; ``meaning`` is the one sentence said about it everywhere.
    """

    state: TaskState
    meaning: str
    scope: str = "profile"
    retryable: bool = False
    before_act: bool = True
    pause: Cause | None = None
    next_action: str | None = None


_F, _Q = TaskState.FAILED, TaskState.QUEUED
_RESEND = "Wait until LinkedIn lets this member invite this person again"

DISPOSITIONS: dict[Outcome, Disposition] = {
    Outcome.SENT: Disposition(TaskState.COMPLETED, "LinkedIn confirmed the invitation", before_act=False),
    Outcome.ALREADY_PENDING: Disposition(_F, "An invitation to this person was already pending; none was sent"),
    Outcome.ALREADY_CONNECTED: Disposition(_F, "The member and this person are already connected"),
    Outcome.INCOMING_PENDING: Disposition(
        _F, "This person has already invited the member", next_action="Accept their invitation on LinkedIn"
    ),
    Outcome.OWN_PROFILE: Disposition(_F, "This is the member's own profile"),
    Outcome.NOT_FOUND: Disposition(
        _F, "LinkedIn shows no such profile to this member", next_action="Check the address of the profile"
    ),
    Outcome.CANNOT_RESEND_YET: Disposition(
        _F, "LinkedIn does not let this member invite this person again yet", retryable=True, next_action=_RESEND
    ),
    Outcome.EMAIL_REQUIRED: Disposition(
        _F,
        "LinkedIn asks for this person's email address before they can be invited",
        next_action="Open the profile on LinkedIn and invite by hand",
    ),
    Outcome.NOTE_UNAVAILABLE: Disposition(
        _F,
        "LinkedIn does not let this member add this note to an invitation now",
        scope="member",
        retryable=True,
        next_action="Send without a note, or with a shorter one",
    ),
    Outcome.INVITATION_LIMIT_REACHED: Disposition(
        _Q,
        "LinkedIn refuses further invitations from this member",
        "member",
        True,
        pause=Cause.INVITATION_LIMIT,
        next_action="Wait; after a second refusal within 30 days the member looks at LinkedIn, then presses Resume",
    ),
    Outcome.THROTTLED: Disposition(_Q, "LinkedIn asks for fewer requests", "member", True, pause=Cause.THROTTLED),
    Outcome.SIGNED_OUT: Disposition(
        _Q,
        "The member is signed out of LinkedIn in this browser",
        "agent",
        True,
        pause=Cause.SIGNED_OUT,
        next_action="The member signs in to LinkedIn in the paired browser",
    ),
    Outcome.CHALLENGE: Disposition(
        _Q,
        "LinkedIn wants the member to confirm something",
        "member",
        True,
        pause=Cause.CHALLENGE,
        next_action="The member opens LinkedIn, does what it asks, then presses Resume",
    ),
    Outcome.RESTRICTED: Disposition(
        _Q,
        "LinkedIn has restricted what this member may do",
        "member",
        True,
        pause=Cause.RESTRICTED,
        next_action="The member opens LinkedIn, reads what it says, then presses Resume",
    ),
    Outcome.WRONG_MEMBER: Disposition(
        _Q,
        "Somebody else is signed in to LinkedIn in this browser",
        "agent",
        True,
        pause=Cause.WRONG_MEMBER,
        next_action="The member signs in to LinkedIn with their own account",
    ),
    Outcome.CLIENT_OUTDATED: Disposition(
        _Q,
        "LinkedIn answered in a way this version of the extension does not know",
        "agent",
        True,
        next_action="Update the extension",
    ),
    Outcome.NOT_ATTEMPTED: Disposition(_Q, "The browser did not act", "agent", True),
    Outcome.UNKNOWN: Disposition(
        TaskState.UNCONFIRMED, "LinkedIn's answer was lost; the browser will look, and not act again", before_act=False
    ),
    Outcome.REFUSED: Disposition(_F, "LinkedIn refused this", before_act=False),
    Outcome.WITHDRAWN: Disposition(
        TaskState.COMPLETED,
        "The invitation was withdrawn; this person can be asked again in three weeks",
        before_act=False,
    ),
    Outcome.NOT_PENDING: Disposition(_F, "No invitation of the member to this person is pending"),
}

NOTHING_SENT: frozenset[Outcome] = frozenset(
    outcome for outcome, rule in DISPOSITIONS.items() if rule.state in (TaskState.FAILED, TaskState.QUEUED)
) - {Outcome.ALREADY_CONNECTED}
"""After which it is certain that no invitation went out; who is connected may have accepted one at once."""

FOREIGN: dict[Kind, frozenset[Outcome]] = dict.fromkeys(Kind, frozenset({Outcome.WITHDRAWN, Outcome.NOT_PENDING})) | {
    Kind.WITHDRAW: frozenset(
        {
            Outcome.SENT,
            Outcome.ALREADY_PENDING,
            Outcome.INCOMING_PENDING,
            Outcome.CANNOT_RESEND_YET,
            Outcome.EMAIL_REQUIRED,
            Outcome.NOTE_UNAVAILABLE,
        }
    ),
}
"""What no task of this kind can come to."""

AFTER_RELATION: dict[Relation, Outcome] = {
    Relation.PENDING_OUT: Outcome.ALREADY_PENDING,
    Relation.PENDING_IN: Outcome.INCOMING_PENDING,
    Relation.CONNECTED: Outcome.ALREADY_CONNECTED,
    Relation.SELF: Outcome.OWN_PROFILE,
    Relation.UNKNOWN: Outcome.CLIENT_OUTDATED,
}
"""What a relationship read before the act says; with Relation.NONE the person can be invited."""

READ_DONE = "completed"
"""What an agent says of a read that found what it was sent for."""

RESEND_LOCK_MS = 21 * 86_400_000
"""LinkedIn's lock on inviting a person again (linkedin-wire 6.2)."""
LOCK_ENDS = "can_invite_again_at"
"""What the output of a withdrawal calls the end of that lock."""
