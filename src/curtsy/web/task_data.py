"""What `wire.task_body` shows of a task, declared for the document of the API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

_TIME = {"format": "date-time"}
Time = Annotated[str, Meta(extra_json_schema=_TIME)]
RetryAt = Annotated[
    str, Meta(description="The same request will be refused until then; null: nothing known stands in its way",
              extra_json_schema=_TIME)
]  # fmt: skip
DueAt = Annotated[
    str, Meta(description="About when it is due, where that can be said", extra_json_schema=_TIME)
]  # fmt: skip
Word = Annotated[str, Meta(description="What it waits for; docs/errors.md has every word")]
Code = Annotated[str, Meta(description="What it ended with, or `needs_review`; docs/errors.md has every code")]


class TaskSender(msgspec.Struct):
    """The member who acts."""

    id: str
    name: str


class TaskError(msgspec.Struct):
    """Why a task ended without what it was for, or that only a person can settle it.

    ``scope`` says what that lies with; ``retryable`` whether a program may send the same request again.
    """

    code: Code
    message: str
    scope: Literal["profile", "member", "agent", "request"]
    retryable: bool
    retry_at: RetryAt | None
    next_action: str | None


class TaskInvitation(msgspec.Struct):
    """What became of an invitation that was sent."""

    state: Literal["pending", "accepted", "withdrawn", "gone"]
    accepted_at: Time | None
    last_checked_at: Time | None


class TaskData(msgspec.Struct, kw_only=True):
    """A task as its caller sees it: the seed's id, status, task_input and task_output, and more."""

    id: str
    status: Literal["pending", "processing", "completed", "failed", "cancelled"]
    task_input: dict[str, Any]
    task_output: dict[str, Any] | None
    created_at: Time
    updated_at: Time
    started_at: Time | None
    finished_at: Time | None
    expires_at: Time
    sender: TaskSender
    metadata: dict[str, str]
    attempts: int
    error: TaskError | None
    evidence: dict[str, Any] | None
    estimated_at: DueAt | None
    blocked_by: Word | None
    invitation: TaskInvitation | UnsetType = UNSET
    mode: Literal["test"] | UnsetType = UNSET
    same_as: str | UnsetType = UNSET
