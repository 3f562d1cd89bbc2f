"""Webhook endpoints: where a team wants to be told what happens, and what came of telling it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from curtsy.domain.errors import InvalidField, InvalidTaskId, NoSecretFile, UnknownDelivery, UnknownEndpoint
from curtsy.domain.webhook import TEST_EVENT, Payload
from curtsy.service import webhooks
from curtsy.service.sealing import Seal
from curtsy.service.webhooks import Changes, Made
from curtsy.storage.store.deliveries import Delivery
from curtsy.storage.store.webhooks import Endpoint
from curtsy.web.dial import read_url
from curtsy.web.route import Call
from curtsy.web.wire import Answer, answer, moment, page_limit, read_time, rfc3339, task_id, typed


class MakeEndpoint(msgspec.Struct):
    """Where to tell, and what: all types when none are named; the whole task unless ``thin``."""

    url: str
    types: list[str] | None = None
    payload: Payload = Payload.FULL


class ChangeEndpoint(msgspec.Struct):
    """What is to be another; an empty list of types stands for all."""

    url: str | None = None
    types: list[str] | None = None
    payload: Payload | None = None
    enabled: bool | None = None


class ReplayRange(msgspec.Struct):
    """Everything that was put in line from ``since`` and before ``until`` (now, when left out)."""

    since: str
    until: str | None = None


class EndpointTold(msgspec.Struct, kw_only=True):
    """An endpoint; ``secret`` is there once, when it was made or rotated."""

    success: bool
    data: dict[str, Any]


class EndpointList(msgspec.Struct, kw_only=True):
    """The endpoints of the team, oldest first."""

    success: bool
    data: list[dict[str, Any]]
    has_more: bool
    next_cursor: str | None


class DeliveryList(msgspec.Struct, kw_only=True):
    """The tries of an endpoint, newest first."""

    success: bool
    data: list[dict[str, Any]]
    has_more: bool
    next_cursor: str | None


class Sent(msgspec.Struct, kw_only=True):
    """What was put in line."""

    success: bool
    data: dict[str, Any]


async def make_endpoint(call: Call) -> Answer:
    """Tell an address what happens from now on."""
    said = typed(call.json(), MakeEndpoint)
    url = read_url(said.url, call.settings.webhook_networks)
    made = await call.database.run(
        webhooks.create, _seal(call), call.caller.team_id, url, said.types or None, said.payload
    )
    return answer(200, {"success": True, "data": _with_secret(made)})


async def list_endpoints(call: Call) -> Answer:
    """The team's endpoints, oldest first."""
    found = await call.database.read(webhooks.of_team, call.caller.team_id)
    return answer(
        200, {"success": True, "data": list(map(endpoint_body, found)), "has_more": False, "next_cursor": None}
    )


async def get_endpoint(call: Call) -> Answer:
    """One endpoint."""
    found = await call.database.read(webhooks.find, call.caller.team_id, _endpoint(call))
    return answer(200, {"success": True, "data": endpoint_body(found)})


async def change_endpoint(call: Call) -> Answer:
    """Change an endpoint, or switch it off and on."""
    said = typed(call.json(), ChangeEndpoint)
    url = None if said.url is None else read_url(said.url, call.settings.webhook_networks)
    changes = Changes(url, said.types, said.payload, said.enabled)
    found = await call.database.run(webhooks.change, call.caller.team_id, _endpoint(call), changes)
    return answer(200, {"success": True, "data": endpoint_body(found)})


async def remove_endpoint(call: Call) -> Answer:
    """Tell an address nothing more."""
    endpoint_id = _endpoint(call)
    await call.database.run(webhooks.remove, call.caller.team_id, endpoint_id)
    return answer(200, {"success": True, "data": {"id": endpoint_id, "removed": True}})


async def rotate_secret(call: Call) -> Answer:
    """Give an endpoint another secret; the old one signs beside it for a day."""
    made = await call.database.run(webhooks.rotate, _seal(call), call.caller.team_id, _endpoint(call))
    return answer(200, {"success": True, "data": _with_secret(made)})


async def test_endpoint(call: Call) -> Answer:
    """Send a test message."""
    message_id = await send_test(call, _endpoint(call))
    return answer(200, {"success": True, "data": {"message_id": message_id}})


async def send_test(call: Call, endpoint_id: str) -> str:
    """Put a test message in line; returns its id."""
    body = {"type": TEST_EVENT, "timestamp": rfc3339(call.database.now()), "data": {"endpoint_id": endpoint_id}}
    return await call.database.run(webhooks.test, call.caller.team_id, endpoint_id, json.dumps(body))


async def list_deliveries(call: Call) -> Answer:
    """The tries of an endpoint, newest first."""
    limit, before = page_limit(call.asked("limit")), call.asked("cursor")
    try:
        before = None if before is None else task_id(before)
    except InvalidTaskId:
        raise InvalidField("Invalid 'cursor': must be the next_cursor of the page before") from None
    team, endpoint_id = call.caller.team_id, _endpoint(call)
    found = await call.database.read(webhooks.deliveries, team, endpoint_id, before, limit + 1)
    page, more = found[:limit], len(found) > limit
    body = {
        "success": True,
        "data": list(map(delivery_body, page)),
        "has_more": more,
        "next_cursor": page[-1].id if more else None,
    }
    return answer(200, body)


async def replay_delivery(call: Call) -> Answer:
    """Send the message of a try once more, under its id."""
    try:
        delivery_id = task_id(call.params["delivery"])
    except InvalidTaskId:
        raise UnknownDelivery from None
    message_id = await call.database.run(webhooks.replay, call.caller.team_id, _endpoint(call), delivery_id)
    return answer(200, {"success": True, "data": {"message_id": message_id}})


async def replay_range(call: Call) -> Answer:
    """Send everything of a time once more."""
    body = call.json()
    typed(body, ReplayRange)
    since, until = read_time(body, "since"), read_time(body, "until")
    assert since is not None  # the shape requires it
    count = await call.database.run(webhooks.replay_all, call.caller.team_id, _endpoint(call), since, until)
    return answer(200, {"success": True, "data": {"replayed": count}})


def _seal(call: Call) -> Seal:
    if call.seal is None:
        raise NoSecretFile
    return call.seal


def _endpoint(call: Call) -> str:
    try:
        return task_id(call.params["id"])
    except InvalidTaskId:
        raise UnknownEndpoint from None


# ------------------------------------------------------------------ as they are shown


def endpoint_body(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint without its secret."""
    state = "off" if endpoint.off_at is not None else "failing" if endpoint.failing_since is not None else "working"
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": endpoint.chosen,
        "payload": endpoint.payload,
        "state": state,
        "created_at": rfc3339(endpoint.created_at),
        "last_delivered_at": moment(endpoint.delivered_at),
        "failing_since": moment(endpoint.failing_since),
        "off_at": moment(endpoint.off_at),
        "off_because": endpoint.off_because,
        "old_secret_until": moment(endpoint.old_until),
    }


def _with_secret(made: Made) -> dict[str, Any]:
    return {**endpoint_body(made.endpoint), "secret": made.secret}


def delivery_body(delivery: Delivery) -> dict[str, Any]:
    """A try: what was sent, and what came back."""
    answered = None
    if delivery.status is not None:
        answered = {"status": delivery.status, **json.loads(delivery.answer or "{}")}
    return {
        "id": delivery.id,
        "message_id": delivery.message_id,
        "type": delivery.type,
        "try": delivery.number,
        "at": rfc3339(delivery.at),
        "took_ms": delivery.took_ms,
        "request": {"headers": json.loads(delivery.request), "body": delivery.body},
        "answer": answered,
        "error": delivery.error,
        "outcome": delivery.next,
        "next_try_at": moment(delivery.due_at),
    }
