"""The verbs under /linkedin-agent/: the seed's contract, to the letter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from curtsy.domain.errors import InvalidApiKey, InvalidField, InvalidProfileSlug, Refusal, TryAgain
from curtsy.domain.invitation import ask, length
from curtsy.domain.profile import ProfileRef, parse_profile
from curtsy.domain.task import Kind
from curtsy.domain.wishes import check_times, read_metadata, read_note_wish
from curtsy.service import intake
from curtsy.service.gate import Ask
from curtsy.service.idempotency import Once
from curtsy.service.intake import Accepted
from curtsy.service.outlook import preview
from curtsy.service.status import status
from curtsy.service.withdrawing import take_back
from curtsy.web import waiting
from curtsy.web.fields import unknown_fields
from curtsy.web.route import Call
from curtsy.web.task_data import TaskData
from curtsy.web.wire import Answer, Headers, answer, moment, read_time, task_body, task_id, text

INVITATION_MADE = "Send connection request task created successfully"
PROFILE_MADE = "Profile fetch task created successfully"
WITHDRAWAL_MADE = "Withdraw connection request task created successfully"
CONNECTIONS_MADE = "Connections fetch task created successfully"
SORTS = ("RECENTLY_ADDED", "FIRSTNAME_LASTNAME", "LASTNAME_FIRSTNAME")
LONGEST_KEYWORD = 100
MOST_CONNECTIONS = 30_000
"""LinkedIn lets nobody have more."""
WISHES = frozenset({"not_before", "expires_at", "metadata", "note_policy"})
OTHER_NOTE = "this person is already being invited with another note: that one stands"
MAY_EXPIRE = "may_expire"
"""The warning for a task that is estimated to be due only after it expires."""
NOTE_LENGTHY = "note_too_long_for_account"
"""The warning for a note that LinkedIn takes from an account that pays only."""
NOTE_REPEATED = "note_repeated"
"""The warning for a note that went unchanged to very many people."""
REPLAYED: Headers = [(b"idempotent-replayed", b"true")]


class SendConnectionRequest(msgspec.Struct):
    """Ask for one invitation."""

    profile_urn: str
    note: str | None = None
    sender: str | None = None
    not_before: str | None = None
    expires_at: str | None = None
    note_policy: str | None = None
    metadata: dict[str, str] | None = None
    dry_run: bool = False


class FetchProfile(msgspec.Struct):
    """Ask for one profile to be read."""

    profile_slug: str
    sender: str | None = None
    metadata: dict[str, str] | None = None


class WithdrawConnectionRequest(msgspec.Struct):
    """Name the task whose invitation is to be withdrawn, or the person and who sent it."""

    api_agent_task_id: str | None = None
    profile_urn: str | None = None
    sender: str | None = None
    metadata: dict[str, str] | None = None


class FetchConnections(msgspec.Struct):
    """Ask for a page of the sender's connections."""

    keyword: str | None = None
    sort_type: str = SORTS[0]
    start: int = 0
    count: int = 40
    sender: str | None = None
    metadata: dict[str, str] | None = None


class CancelTask(msgspec.Struct):
    """Name the task to cancel."""

    api_agent_task_id: str


class TaskMade(msgspec.Struct, kw_only=True):
    """The task that will do it; ``data`` is its status, when the call waited for it."""

    success: bool
    api_agent_task_id: str
    message: str
    deduplicated: bool = False
    warnings: list[str] = []
    data: TaskData | None = None


class TaskStatus(msgspec.Struct, kw_only=True):
    """Where a task stands."""

    success: bool
    data: TaskData


async def send_connection_request(call: Call) -> Answer:
    """Make the task of one invitation, durably, or name the one that stands."""
    body = call.json()
    asked = read_ask(body, call.caller.team_id, call.database.now, call.once)
    warnings = unknown_fields(body, SendConnectionRequest)
    dry_run = body.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise InvalidField("Invalid 'dry_run': must be true or false")
    if dry_run:
        return await _preview(call, asked, warnings)
    accepted = await call.database.run_batched(intake.accept_many, asked)
    if await _is_late(call, accepted, asked):
        warnings = [*warnings, MAY_EXPIRE]
    return await _made(call, accepted, INVITATION_MADE, warnings)


async def _is_late(call: Call, accepted: Accepted, asked: Ask) -> bool:
    """Whether a task that this request made will be due only after it expires."""
    if accepted.member_id is not None:
        return await call.outlooks.late(accepted.member_id, asked)
    if not accepted.replayed or accepted.deduplicated:
        return False
    found = await call.database.read(status, call.caller.team_id, accepted.task_id)
    return found.wait.estimated_at is not None and found.wait.estimated_at >= found.task.expires_at


def read_ask(body: dict[str, Any], team_id: str, clock: Callable[[], int], once: Once | None) -> Ask:
    """An invitation as a body asks for it; raises the refusals of its fields in the contract's order."""
    invitation = ask(body.get("profile_urn"), body.get("note"))
    sender = text(body, "sender")
    if WISHES.isdisjoint(body):  # as it nearly always is
        return Ask(team_id, Kind.INVITE, invitation.profile, invitation.note, sender, once)
    not_before, expires_at = read_time(body, "not_before"), read_time(body, "expires_at")
    check_times(clock(), not_before, expires_at)
    return Ask(
        team_id,
        Kind.INVITE,
        invitation.profile,
        invitation.note,
        sender,
        once,
        not_before,
        expires_at,
        read_metadata(body.get("metadata")),
        read_note_wish(body.get("note_policy")),
    )


async def fetch_profile(call: Call) -> Answer:
    """Make the task of reading one profile."""
    body = call.json()
    profile = parse_profile(body.get("profile_slug"))
    if profile is None:
        raise InvalidProfileSlug
    sender, metadata = text(body, "sender"), read_metadata(body.get("metadata"))
    asked = Ask(call.caller.team_id, Kind.FETCH_PROFILE, profile, None, sender, call.once, metadata=metadata)
    warnings = unknown_fields(body, FetchProfile)
    return await _made(call, await call.database.run_batched(intake.accept_many, asked), PROFILE_MADE, warnings)


async def withdraw_connection_request(call: Call) -> Answer:
    """Make the task of taking one invitation back."""
    body = call.json()
    named = None if body.get("api_agent_task_id") is None else task_id(body["api_agent_task_id"])
    asked = Ask(
        call.caller.team_id,
        Kind.WITHDRAW,
        ask(body.get("profile_urn")).profile if named is None else ProfileRef(None, None),
        sender=text(body, "sender"),
        once=call.once,
        metadata=read_metadata(body.get("metadata")),
    )
    warnings = unknown_fields(body, WithdrawConnectionRequest)
    made = await call.database.run(take_back, asked, named)
    if isinstance(made, Refusal):
        raise made
    return await _made(call, made, WITHDRAWAL_MADE, warnings)


async def fetch_connections(call: Call) -> Answer:
    """Make the task of reading a page of the sender's connections."""
    body = call.json()
    keyword = text(body, "keyword")
    if keyword is not None and len(keyword) > LONGEST_KEYWORD:
        raise InvalidField(f"Invalid 'keyword': must be {LONGEST_KEYWORD} characters or fewer")
    sort = text(body, "sort_type") or SORTS[0]
    if sort not in SORTS:
        raise InvalidField("Invalid 'sort_type': must be one of " + ", ".join(SORTS))
    question = {
        "keyword": (keyword or "").strip() or None,
        "sort_type": sort,
        "start": _number(body, "start", 0, 0, MOST_CONNECTIONS),
        "count": _number(body, "count", 40, 1, 100),
    }
    asked = Ask(
        call.caller.team_id,
        Kind.FETCH_CONNECTIONS,
        ProfileRef(None, None),
        sender=text(body, "sender"),
        once=call.once,
        metadata=read_metadata(body.get("metadata")),
        question=json.dumps(question),
    )
    warnings = unknown_fields(body, FetchConnections)
    made = await call.database.run_batched(intake.accept_many, asked)
    return await _made(call, made, CONNECTIONS_MADE, warnings)


def _number(body: dict[str, Any], field: str, usual: int, least: int, most: int) -> int:
    value = body.get(field, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidField(f"Invalid '{field}': must be a whole number from {least} to {most}")
    return value


async def get_task_status(call: Call) -> Answer:
    """What is known of a task at this moment, or once it has ended."""
    wanted = task_id(call.asked("api_agent_task_id"))
    seconds = waiting.asked(call.asked("wait")) if call.query else None
    return await told(call, wanted, call.wait if seconds is None else seconds)


async def told(call: Call, wanted: str, seconds: int | None) -> Answer:
    """A task as get-task-status shows it, waited for if that was asked."""
    if seconds is None:
        found, applied = await call.database.read(status, call.caller.team_id, wanted), None
    else:
        found, applied = await call.outcome(wanted, seconds)
    return answer(200, {"success": True, "data": task_body(found)}, applied)


async def cancel_task(call: Call) -> Answer:
    """Cancel what has not been started."""
    wanted = task_id(call.json().get("api_agent_task_id"))
    cancelled = await call.database.run(intake.cancel, call.caller.team_id, wanted, call.once)
    if isinstance(cancelled, Refusal):
        raise cancelled
    return await told(call, wanted, call.wait)


async def _made(call: Call, accepted: Accepted, message: str, warnings: list[str]) -> Answer:
    body: dict[str, Any] = {"success": True, "api_agent_task_id": accepted.task_id, "message": message}
    if accepted.deduplicated:
        body["deduplicated"] = True
    if accepted.other_note:
        warnings = [*warnings, OTHER_NOTE]
    if warnings:
        body["warnings"] = warnings
    headers = REPLAYED if accepted.replayed else None
    if call.wait is not None:
        try:
            found, applied = await call.outcome(accepted.task_id, call.wait)
        except (TryAgain, InvalidApiKey):
            return answer(200, body, headers)  # it is made all the same, which the caller has to know
        body["data"] = task_body(found)
        headers = [*(headers or []), *applied]
    return answer(200, body, headers)


async def _preview(call: Call, asked: Ask, warnings: list[str]) -> Answer:
    """Say what would be answered, and store nothing."""
    found = await call.database.read(preview, asked)
    would, refused = "accept", None
    if isinstance(found.answer, Refusal):
        would, refused = "refuse", found.answer
    elif found.answer is not None:
        would = "deduplicate"
        warnings = [*warnings, OTHER_NOTE] if found.answer.other_note else warnings
    if found.lengthy:
        warnings = [*warnings, NOTE_LENGTHY]
    if found.repeated:
        warnings = [*warnings, NOTE_REPEATED]
    body = {
        "success": True,
        "dry_run": True,
        "would": would,
        "error": str(refused) if refused else None,
        "code": refused.code if refused else None,
        "retry_at": moment(refused.retry_at) if refused else None,
        "sender": {"id": found.sender.id, "name": found.sender.name} if found.sender else None,
        "estimated_at": moment(found.wait.estimated_at),
        "blocked_by": found.wait.blocked_by,
        "note_units": length(asked.note or ""),
        "warnings": [*warnings, MAY_EXPIRE] if found.late else warnings,
    }
    return answer(200, body)
