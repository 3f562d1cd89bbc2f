"""Webhook endpoints: where a team wants to be told what happens, and what came of telling it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from curtsy.domain.errors import InvalidField, InvalidTaskId, NoSecretFile, UnknownDelivery, UnknownEndpoint
from curtsy.domain.webhook import TEST_EVENT, Payload
from curtsy.service import webhooks
from curtsy.service.sealing import Seal
from curtsy.service.webhooks import Changes, Made, Place, Sent, Wish
from curtsy.storage.store.deliveries import Delivery
from curtsy.storage.store.webhooks import Endpoint
from curtsy.web.actions import REPLAYED
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
    """Everything that was put in line from ``since`` and before ``until`` (now, when left out), or all events that
    happened after a ``cursor`` of the feed."""

    since: str | None = None
    until: str | None = None
    cursor: str | None = None


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


class InLine(msgspec.Struct, kw_only=True):
    """What was put in line."""

    success: bool
    data: dict[str, Any]


async def make_endpoint(call: Call) -> Answer:
    """Tell an address what happens from now on."""
    said = typed(call.json(), MakeEndpoint)
    url = read_url(said.url, call.settings.webhook_networks)
    wish = Wish(url, said.types or None, said.payload)
    return _shown(await call.database.run(webhooks.create, _seal(call), call.caller.team_id, wish, call.once))


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
    team, endpoint_id = call.caller.team_id, _endpoint(call)
    return _shown(await call.database.run(webhooks.rotate, _seal(call), team, endpoint_id, call.once))


async def test_endpoint(call: Call) -> Answer:
    """Send a test message."""
    team, endpoint_id = call.caller.team_id, _endpoint(call)
    body = test_body(endpoint_id, call.database.now())
    return _in_line(await call.database.run(webhooks.send_test, team, endpoint_id, body, call.once))


def test_body(endpoint_id: str, now: int) -> str:
    """A test message."""
    said = {"type": TEST_EVENT, "timestamp": rfc3339(now), "data": {"endpoint_id": endpoint_id}}
    return json.dumps(said)


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
    team, endpoint_id = call.caller.team_id, _endpoint(call)
    return _in_line(await call.database.run(webhooks.replay, team, endpoint_id, delivery_id, call.once))


async def replay_range(call: Call) -> Answer:
    """Send everything of a time once more, a slice at a time, so that nobody waits for it."""
    body = call.json()
    said, since, until = typed(body, ReplayRange), read_time(body, "since"), read_time(body, "until")
    team, endpoint_id = call.caller.team_id, _endpoint(call)
    if said.cursor is not None and since is None and until is None:
        await call.database.run(webhooks.replay_since, team, endpoint_id, said.cursor)
        return answer(200, {"success": True, "data": {"after": said.cursor}})
    if since is None or said.cursor is not None:
        raise InvalidField("Invalid 'since': give 'since', with or without 'until', or else 'cursor'")
    until = call.database.now() + 1 if until is None else until
    place: Place | None = (since - 1, "g")  # behind every id of the millisecond before
    count = 0
    while place is not None:
        some, place = await call.database.run(webhooks.replay_made, team, endpoint_id, place, until)
        count += some
    return answer(200, {"success": True, "data": {"replayed": count}})


def _shown(made: Made) -> Answer:
    body = {"success": True, "data": {**endpoint_body(made.endpoint), "secret": made.secret}}
    return answer(200, body, REPLAYED if made.replayed else None)


def _in_line(sent: Sent) -> Answer:
    return answer(200, {"success": True, "data": {"message_id": sent.message_id}}, REPLAYED if sent.replayed else None)


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


def state(endpoint: Endpoint) -> str:
    """How an endpoint stands: working, failing or off."""
    if endpoint.off_at is not None:
        return "off"
    return "working" if endpoint.failing_since is None else "failing"


def endpoint_body(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint without its secret."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": endpoint.chosen,
        "payload": endpoint.payload,
        "state": state(endpoint),
        "created_at": rfc3339(endpoint.created_at),
        "last_delivered_at": moment(endpoint.delivered_at),
        "failing_since": moment(endpoint.failing_since),
        "off_at": moment(endpoint.off_at),
        "off_because": endpoint.off_because,
        "quiet_until": moment(endpoint.quiet_until),
        "old_secret_until": moment(endpoint.old_until),
    }


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
