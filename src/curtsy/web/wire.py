"""Bytes in and out: JSON bodies, times, and a task as its caller sees it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any, NoReturn, TypeVar

import msgspec
import uuid_utils

from curtsy.domain.ending import ending
from curtsy.domain.errors import InvalidField, InvalidTaskId, MalformedBody
from curtsy.domain.outcome import LOCK_ENDS
from curtsy.domain.task import UNTOLD, WIRE_STATUS, Kind, Task, TaskState
from curtsy.service.status import Status, kind_of
from curtsy.storage.store.events import Event

S = TypeVar("S", bound=msgspec.Struct)
Headers = list[tuple[bytes, bytes]]

MOST_LEVELS = 50
"""A body nested deeper than this is no message of an agent."""

MOST_LISTED = 100
"""Of a list, on one page."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HALF = re.compile("[\ud800-\udfff]")
_WHEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Answer(msgspec.Struct, gc=False):
    """A complete HTTP answer."""

    status: int
    body: bytes
    headers: Headers


@dataclass(slots=True)
class Streamed:
    """An HTTP answer that comes bit by bit."""

    status: int
    headers: Headers
    parts: AsyncGenerator[bytes, None]


def answer(status: int, body: object, headers: Headers | None = None) -> Answer:
    """A JSON answer."""
    payload = _encode(body)
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(payload)).encode())]
    return Answer(status, payload, head + headers if headers else head)


def new_request_id() -> str:
    """A name for a request whose caller gave it none."""
    return uuid_utils.uuid4().hex


def rfc3339(ms: int) -> str:
    """A time as RFC 3339 in UTC with milliseconds."""
    second, rest = divmod(ms, 1000)
    return f"{_second(second)}.{rest:03}Z"


@lru_cache(maxsize=4096)
def _second(since_1970: int) -> str:
    """Every answer names some times, and many answers the same ones."""
    return (_EPOCH + timedelta(seconds=since_1970)).isoformat(timespec="seconds").removesuffix("+00:00")


def moment(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(ms)


# ------------------------------------------------------------------ bodies


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty body and JSON that is no object are an object without fields."""
    if not body.strip():
        return {}
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        value = _second_reading(body)
    return value if isinstance(value, dict) else {}


def _second_reading(body: bytes) -> Any:
    """Lone surrogates are JSON by its grammar: the field they stand in is refused, not the whole body."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedBody from None


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


def typed(body: dict[str, Any], shape: type[S]) -> S:
    """A body in its declared shape; raises InvalidField naming the field."""
    try:
        return msgspec.convert(body, shape)
    except msgspec.ValidationError as error:
        said = str(error)
        field = said.rpartition("`$.")[2].rstrip("`") if "`$." in said else "body"
        raise InvalidField(f"Invalid '{field}': {_plainly(said.partition(' - at')[0])}") from None


_KINDS = {"str": "a string", "int": "a whole number", "bool": "true or false", "object": "an object", "array": "a list"}


def _plainly(said: str) -> str:
    """What the decoder says, in words of ours."""
    if missing := re.search(r"missing required field `(\w+)`", said):
        return f"'{missing[1]}' is missing"
    if expected := re.match(r"Expected `([^`]+)`, got", said):
        kinds = [_KINDS.get(kind.strip(), kind.strip()) for kind in expected[1].split("|") if kind.strip() != "null"]
        return "must be " + " or ".join(kinds)
    if value := re.match(r"Invalid enum value (.+)", said):
        return f"{value[1]} is not one of its values"
    return said


def text(body: dict[str, Any], field: str) -> str | None:
    """An optional text; raises InvalidField for anything else, NUL and lone surrogates included."""
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not is_text(value):
        raise InvalidField(f"Invalid '{field}': must be a string")
    return value


def is_text(value: str) -> bool:
    """Whether a string can be stored as it is: no NUL, no lone surrogate."""
    return "\x00" not in value and (value.isascii() or _HALF.search(value) is None)


def require_text(body: dict[str, Any], raw: bytes) -> None:
    """Check that every text in a body can be stored; raises InvalidField, or MalformedBody for one too deep.

    NUL and half characters come only as escapes: a body as it was sent, ``raw``, without any is not walked through.
    """
    if b"\\u" not in raw and raw.count(b"{") + raw.count(b"[") <= MOST_LEVELS:
        return
    level: list[Any] = [body]
    for _ in range(MOST_LEVELS):
        if not all(is_text(value) for value in level if isinstance(value, str)):
            raise InvalidField("Invalid body: a text has a NUL or half a character in it")
        lists = [value for value in level if isinstance(value, list)]
        objects = [value for value in level if isinstance(value, dict)]
        level = [*chain(*lists), *chain(*objects), *chain(*(one.values() for one in objects))]
        if not level:
            return
    raise MalformedBody


def read_time(body: dict[str, Any], field: str) -> int | None:
    """An optional time as RFC 3339 has it, in milliseconds since 1970; raises InvalidField."""
    value = body.get(field)
    if value is None:
        return None
    try:
        if not isinstance(value, str) or not _WHEN.fullmatch(value):
            raise ValueError
        return (datetime.fromisoformat(value) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise InvalidField(f"Invalid '{field}': must be a time like 2026-11-23T15:29:28Z") from None


def task_id(value: object) -> str:
    """A task id as given by a caller; raises InvalidTaskId."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise InvalidTaskId
    return value.lower()


def page_limit(given: str | None) -> int:
    """How many of a list are asked for; raises InvalidField."""
    if given is None:
        return MOST_LISTED
    if not given.isascii() or not given.isdigit() or len(given) > 3 or not 1 <= int(given) <= MOST_LISTED:
        raise InvalidField(f"Invalid 'limit': must be a number from 1 to {MOST_LISTED}")
    return int(given)


# ------------------------------------------------------------------ an event


def event_body(event: Event) -> dict[str, Any]:
    """An event as the feed shows it: what it is about, and what is said of it."""
    said = json.loads(event.data)
    state = said.pop("state", None)
    about: dict[str, Any] = {}
    if event.task_id is not None:
        about["task"] = {"id": event.task_id, "status": WIRE_STATUS[TaskState(state)]}
        if (metadata := said.pop("metadata", None)) is not None:
            about["task"]["metadata"] = metadata
    if event.member_id is not None:
        about["sender"] = {"id": event.member_id}
    if event.test:
        about["mode"] = "test"
    for name in ("until", "accepted_at", "detected_at"):
        if name in said:
            said[name] = moment(said[name])
    return {"id": event.id, "type": event.type, "timestamp": rfc3339(event.at), "data": about | said}


# ------------------------------------------------------------------ a task


def task_body(status: Status) -> dict[str, Any]:
    """A task as get-task-status shows it: the seed's four fields, then what we add."""
    task, shown = status.task, status.shown
    body: dict[str, Any] = {
        "id": task.id,
        "status": WIRE_STATUS[shown.state],
        "task_input": _input(task),
        "task_output": _output(shown),
        "created_at": rfc3339(task.created_at),
        "updated_at": rfc3339(shown.updated_at),
        "started_at": moment(shown.started_at),
        "finished_at": moment(shown.finished_at),
        "expires_at": rfc3339(task.expires_at),
        "sender": {"id": status.sender.id, "name": status.sender.name},
        "metadata": json.loads(task.metadata) if task.metadata else {},
        "attempts": shown.attempts,
        "error": _error(status),
        "evidence": _evidence(status.evidence),
        "estimated_at": moment(status.wait.estimated_at),
        "blocked_by": status.wait.blocked_by,
    }
    if (sent := status.invitation) is not None:
        body["invitation"] = {
            "state": sent.state,
            "accepted_at": moment(sent.accepted_at),
            "last_checked_at": moment(sent.checked_at),
        }
    if status.test:
        body["mode"] = "test"
    if task.same_as is not None:
        body["same_as"] = task.same_as
    return body


def _input(task: Task) -> dict[str, Any]:
    if task.kind in UNTOLD:
        return {"task_type": kind_of(task)}
    if task.question is not None:
        return {"task_type": kind_of(task), **json.loads(task.question)}
    if task.kind is Kind.FETCH_PROFILE:
        return {"task_type": kind_of(task), "profile_slug": task.profile_slug or task.profile.text}
    given = {"task_type": kind_of(task), "profile_urn": task.profile.text or None}
    return given if task.note is None else {**given, "note": task.note}


def _output(task: Task) -> dict[str, Any] | None:
    said: dict[str, Any] | None = json.loads(task.output) if task.output else None
    if task.kind is Kind.WITHDRAW and said is not None and LOCK_ENDS in said:
        said[LOCK_ENDS] = rfc3339(said[LOCK_ENDS])
    return said


def _error(status: Status) -> dict[str, Any] | None:
    task = status.shown
    said = ending(task)
    if said is None:
        return None
    code, rule = said
    in_review = task.state is TaskState.NEEDS_REVIEW
    return {
        "code": code,
        "message": rule.meaning if in_review or task.error is None else task.error,
        "scope": rule.scope,
        "retryable": rule.retryable,
        "retry_at": moment(status.retry_at),
        "next_action": rule.next_action,
    }


def _evidence(seen: dict[str, object] | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    at = seen.get("seen_at")
    return {**seen, "seen_at": rfc3339(at)} if isinstance(at, int) else seen
