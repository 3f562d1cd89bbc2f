"""Our durable promise to carry out one thing once, and who may become what."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from curtsy.domain.profile import ProfileRef
from curtsy.domain.wishes import NoteWish


class Kind(StrEnum):
    """What a task asks a browser to do."""

    INVITE = "send_connection_request"
    WITHDRAW = "withdraw_connection_request"
    FETCH_PROFILE = "fetch_profile"
    FETCH_CONNECTIONS = "fetch_connections"
    CHECK_INVITATIONS = "check_invitations"
    READ_PERSON = "read_person"


ACTS = frozenset({Kind.INVITE, Kind.WITHDRAW})
"""Kinds that change something on LinkedIn: they need a start, spend the member's pace, and can be in doubt."""


DONE_WORD = {Kind.INVITE: "sent", Kind.WITHDRAW: "withdrawn"}
"""What the output of a task says was done, or was not."""
READS = (Kind.FETCH_PROFILE, Kind.FETCH_CONNECTIONS, Kind.CHECK_INVITATIONS, Kind.READ_PERSON)
UNTOLD = frozenset({Kind.CHECK_INVITATIONS, Kind.READ_PERSON})
"""Kinds that we make for ourselves: no caller hears of them, and nothing of them is kept."""
LONG_READS = frozenset({Kind.FETCH_CONNECTIONS, Kind.CHECK_INVITATIONS})
"""Reads that may take several pages."""
FIRST_KINDS = (Kind.INVITE, Kind.FETCH_PROFILE)
"""What an agent can do that does not say."""


class TaskState(StrEnum):
    QUEUED = "queued"
    LEASED = "leased"
    STARTED = "started"
    UNCONFIRMED = "unconfirmed"
    NEEDS_REVIEW = "needs_review"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    MERGED = "merged"


S = TaskState
MOVES: dict[TaskState, frozenset[TaskState]] = {
    S.QUEUED: frozenset({S.LEASED, S.CANCELLED, S.EXPIRED, S.FAILED}),
    S.LEASED: frozenset({S.STARTED, S.QUEUED, S.COMPLETED, S.FAILED, S.CANCELLED, S.MERGED}),
    S.STARTED: frozenset({S.COMPLETED, S.FAILED, S.QUEUED, S.UNCONFIRMED}),
    S.UNCONFIRMED: frozenset({S.COMPLETED, S.FAILED, S.QUEUED, S.NEEDS_REVIEW}),
    S.NEEDS_REVIEW: frozenset({S.COMPLETED, S.FAILED}),
    S.COMPLETED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
    S.MERGED: frozenset(),
}
"""The whole table. A state without moves is terminal and never changes."""

TERMINAL = frozenset(state for state, moves in MOVES.items() if not moves)

WIRE_STATUS: dict[TaskState, str] = {
    S.QUEUED: "pending",
    S.LEASED: "processing",
    S.STARTED: "processing",
    S.UNCONFIRMED: "processing",
    S.NEEDS_REVIEW: "processing",
    S.COMPLETED: "completed",
    S.FAILED: "failed",
    S.EXPIRED: "failed",
    S.CANCELLED: "cancelled",
    S.MERGED: "cancelled",
}
"""The status a caller sees; a merged task shows that of the task it became part of."""


def states_of(status: str | None) -> tuple[TaskState, ...]:
    """The states that are shown as this status; none for what is no status.

    A merged task shows the status of another, which is the one to be found by it.
    """
    return tuple(state for state, said in WIRE_STATUS.items() if said == status and state is not S.MERGED)


LEASE_MS = 60_000
"""An agent's right to a task runs this long from the grant and is never renewed."""
ACT_WITHIN_MS = 15_000
"""After `start` the agent may act for this long, counted by itself from sending it."""
LONG_LEASE_MS = 120_000
"""The same for a read that may take several pages."""
STARTED_MS = 150_000
"""`start` moves the end of the lease to this long after it."""
ABSENCE_AFTER_MS = 165_000
""""Not pending" counts only from here after the start: act 15 s, longest in flight 120 s, read lag 30 s."""
ABSENCE_APART_MS = 30_000
"""Two absences that count are at least this far apart."""
LOOK_AGAIN_MS = 60_000
"""A look that could not be finished is due again after this long, so that other work of the member goes on."""
ACTING_BROWSER_GONE_MS = 72 * 3_600_000
MOST_ACTS = 2
MOST_FRUITLESS_LEASES = 3
EXPIRES_MS = 30 * 86_400_000
"""A task nobody could carry out ends as expired after this long."""
OUR_CLOCKS_MS = 60_000
"""A sent time this far before the start may still be ours: clocks differ."""


class Task(NamedTuple):
    """A row of the table of tasks; times are milliseconds since 1970."""

    id: str
    team_id: str
    member_id: str
    kind: Kind
    state: TaskState
    note_wish: NoteWish
    profile_key: str
    profile_urn: str | None
    profile_slug: str | None
    note: str | None
    created_at: int
    updated_at: int
    not_before: int
    expires_at: int
    started_at: int | None
    finished_at: int | None
    attempts: int
    acts: int
    fruitless: int
    lease_id: str | None
    lease_agent: str | None
    lease_until: int | None
    lease_purpose: str | None
    act_lease: str | None
    act_boot: str | None
    act_installation: str | None
    act_agent: str | None
    cancel_wanted: int
    look_at: int | None
    absent_at: int | None
    doubt_since: int | None
    output: str | None
    code: str | None
    error: str | None
    same_as: str | None
    resolved_urn: str | None
    metadata: str | None
    question: str | None
    approved_at: int | None

    @property
    def profile(self) -> ProfileRef:
        """The person as the caller named them."""
        return ProfileRef(self.profile_urn, None if self.profile_urn else self.profile_slug)

    @property
    def note_to_send(self) -> str | None:
        """The note, unless LinkedIn did not take it and the caller wished it dropped then."""
        return None if self.note_wish is NoteWish.DROPPED else self.note

    @property
    def ended(self) -> bool:
        return self.state in TERMINAL
