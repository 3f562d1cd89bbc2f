"""What can be looked at: the team's tasks, what happened to them, and the server itself."""

from __future__ import annotations

from typing import Any

import msgspec

from curtsy.domain.errors import InvalidField, InvalidTaskId, Refusal
from curtsy.domain.task import WIRE_STATUS, Kind, TaskState, states_of
from curtsy.domain.webhook import EVENT_TYPES
from curtsy.service.events import read
from curtsy.service.listing import changed, newest, sender_id
from curtsy.service.review import settle
from curtsy.service.status import status
from curtsy.storage.store import Store
from curtsy.storage.store.lists import Wanted
from curtsy.web.actions import told
from curtsy.web.route import Call
from curtsy.web.streams import STREAM
from curtsy.web.task_data import TaskData
from curtsy.web.wire import (
    Answer,
    Streamed,
    answer,
    event_body,
    is_text,
    page_limit,
    read_time,
    task_body,
    task_id,
    text,
    typed,
)


class TaskList(msgspec.Struct, kw_only=True):
    """A page of tasks, newest first."""

    success: bool
    data: list[TaskData]
    has_more: bool
    next_cursor: str | None


class EventList(msgspec.Struct, kw_only=True):
    """A page of events, oldest first; ``next_cursor`` is good for asking again later too."""

    success: bool
    data: list[dict[str, Any]]
    has_more: bool
    next_cursor: str | None


class SettleTask(msgspec.Struct):
    """What a person saw, and where."""

    sent: bool
    reason: str


class Document(msgspec.Struct, kw_only=True):
    """This API, described in OpenAPI 3.1."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


class Health(msgspec.Struct, kw_only=True):
    """Whether the server is up."""

    success: bool
    status: str


async def list_tasks(call: Call) -> Answer:
    """The team's tasks, newest first; those that changed since a time, in the order in which they did."""
    _require_once(call)
    limit, cursor, team = page_limit(call.asked("limit")), call.asked("cursor"), call.caller.team_id
    since = _since(call.asked("updated_after"))
    sender = text({"sender": call.asked("sender")}, "sender")
    member = None if sender is None else await call.database.read(sender_id, team, sender)
    wanted = Wanted(_states(call.asked("status")), _kind(call.asked("kind")), member, _metadata(call))
    if wanted.kind is Kind.CHECK_INVITATIONS and (wanted.word or since is not None):
        raise InvalidField("Invalid 'kind': what has no metadata and leaves no trace is found by its status alone")
    if since is None:
        leaf = await call.database.scan(newest, team, wanted, _cursor(cursor), limit)
    else:
        leaf = await call.database.scan(changed, team, wanted, since, cursor, limit)
    body = {
        "success": True,
        "data": [task_body(one) for one in leaf.tasks],
        "has_more": leaf.more,
        "next_cursor": leaf.cursor,
    }
    return answer(200, body)


async def get_task(call: Call) -> Answer:
    """One task, at this moment or once it has ended."""
    return await told(call, task_id(call.params["id"]), call.wait)


async def settle_task(call: Call) -> Answer:
    """Settle a task that needs review, on a person's word."""
    body = call.json()
    said = typed(body, SettleTask)
    if not is_text(said.reason):
        raise InvalidField("Invalid 'reason': must be a string")
    wanted, team = task_id(call.params["id"]), call.caller.team_id
    by = f"API key {call.caller.key_id}"
    settled = await call.database.run(settle, team, wanted, said.sent, said.reason, by, call.once)
    if isinstance(settled, Refusal):
        raise settled
    return answer(200, {"success": True, "data": task_body(await call.database.read(status, team, wanted))})


async def list_events(call: Call) -> Answer | Streamed:
    """What happened in the team, oldest first; as it happens for whoever accepts server-sent events."""
    types = _types(call.asked("types"))
    if b"text/event-stream" in call.headers.get(b"accept", b"").lower():
        last = call.headers.get(b"last-event-id", b"").decode("latin-1").strip() or call.asked("cursor")
        return Streamed(200, STREAM, await call.streams.follow(call.receive, call.caller, last, types))
    limit = page_limit(call.asked("limit"))
    page = await call.database.read(read, call.caller.team_id, call.asked("cursor"), limit, types)
    body = {
        "success": True,
        "data": [event_body(event) for event in page.events],
        "has_more": page.more,
        "next_cursor": page.cursor,
    }
    return answer(200, body)


async def healthz(_call: Call) -> Answer:
    """The process answers."""
    return answer(200, {"success": True, "status": "alive"})


async def readyz(call: Call) -> Answer:
    """The process answers and its database does too."""
    await call.database.read(_reachable)
    return answer(200, {"success": True, "status": "ready"})


def _reachable(store: Store, _now: int) -> str | None:
    return store.house("incarnation")


def _require_once(call: Call) -> None:
    """Check that nothing is asked for twice: a list that left it out would show more than was meant."""
    names = [name for name, _ in call.asked_under("")]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InvalidField(f"Invalid '{min(twice)[:50]}': must be given once")


def _cursor(given: str | None) -> str | None:
    if given is None:
        return None
    try:
        return task_id(given)
    except InvalidTaskId:
        raise InvalidField("Invalid 'cursor': must be the next_cursor of the page before") from None


def _metadata(call: Call) -> tuple[str, str] | None:
    """The ``metadata.key=value`` that a list is asked for; raises InvalidField for several."""
    given = call.asked_under("metadata.")
    if len(given) > 1:
        raise InvalidField("Invalid 'metadata': a list is asked for one key at a time")
    if not all(is_text(part) for one in given for part in one):
        raise InvalidField("Invalid 'metadata': must be a key and a value")
    return given[0] if given else None


def _types(given: str | None) -> frozenset[str]:
    """The types of events that are asked for; none are all."""
    if given is None:
        return frozenset()
    types = frozenset(one.strip() for one in given.split(","))
    if unknown := types.difference(EVENT_TYPES):
        raise InvalidField(f"Invalid 'types': there is no event {min(unknown)[:50]!r}; see docs/api.md")
    return types


def _states(given: str | None) -> tuple[TaskState, ...]:
    """The states a wire status stands for."""
    states = states_of(given)
    if given is not None and not states:
        raise InvalidField("Invalid 'status': must be one of " + ", ".join(dict.fromkeys(WIRE_STATUS.values())))
    return states


def _kind(given: str | None) -> Kind | None:
    """A kind of task, as `task_type` says it or without its `agent_`."""
    if given is None:
        return None
    kinds = [kind for kind in Kind if kind is not Kind.READ_PERSON]
    if (said := given.removeprefix("agent_")) not in kinds:
        raise InvalidField("Invalid 'kind': must be one of " + ", ".join(kinds))
    return Kind(said)


def _since(given: str | None) -> int | None:
    # A plus that was not escaped in the address arrives as a space.
    return read_time({"updated_after": given and given.replace(" ", "+")}, "updated_after")
