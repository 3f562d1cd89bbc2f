"""The team's webhook endpoints: made, shown with what became of telling them, tested, switched, removed."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from curtsy.domain.errors import InvalidTaskId, NoSecretFile, Refusal, TooManySecrets, UnknownDelivery, UnknownEndpoint
from curtsy.domain.webhook import EVENT_TYPES, Payload
from curtsy.service import webhooks as desks
from curtsy.service.sealing import Seal
from curtsy.service.webhooks import Changes, Made, Wish
from curtsy.storage.store import Store
from curtsy.storage.store.deliveries import Delivery
from curtsy.storage.store.webhooks import Endpoint
from curtsy.web.dial import read_url
from curtsy.web.pages import words
from curtsy.web.pages.visit import Refused, Visit
from curtsy.web.webhooks import test_body
from curtsy.web.wire import task_id

PAGE = 25
LOOK_MS = 20_000
"""For so long a page looks by itself whether a test message has been tried."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A try as it is shown: what was sent and what came back, each as HTTP writes it."""

    delivery: Delivery
    sent: str
    answered: str | None


async def webhooks(visit: Visit) -> Response:
    """The endpoints there are."""
    return await _list(visit)


async def make(visit: Visit) -> Response:
    """Make an endpoint; its secret stands on this answer and nowhere else. The same form again makes no other."""
    endpoint_id = visit.once()
    try:
        url = read_url(visit.form.get("url", "").strip(), visit.settings.webhook_networks)
        wish = Wish(url, _types(visit), _payload(visit))
        made = await visit.database.run(desks.create_once, _seal(visit), visit.me.team_id, wish, endpoint_id)
    except Refusal as refusal:
        return await _list(visit, visit.refuse(refusal, "make"))
    return await _list(visit, made=made, again=made is None)


async def webhook(visit: Visit) -> Response:
    """One endpoint, and what came of telling it."""
    return await _one(visit)


async def change(visit: Visit) -> Response:
    """Call another address, tell other types, or say more or less."""
    endpoint_id = _id(visit)
    try:
        url = read_url(visit.form.get("url", "").strip(), visit.settings.webhook_networks)
        changes = Changes(url, _types(visit) or [], _payload(visit))
        await visit.database.run(desks.change, visit.me.team_id, endpoint_id, changes)
    except UnknownEndpoint:
        raise
    except Refusal as refusal:
        return await _one(visit, visit.refuse(refusal, "change"))
    return visit.go(f"/webhooks/{endpoint_id}?done=endpoint")


async def switch(visit: Visit) -> Response:
    """Switch an endpoint on or off."""
    endpoint_id, on = _id(visit), visit.form.get("to") == "on"
    await visit.database.run(desks.change, visit.me.team_id, endpoint_id, Changes(enabled=on))
    return visit.go(f"/webhooks/{endpoint_id}?done={'switched-on' if on else 'switched-off'}")


async def rotate(visit: Visit) -> Response:
    """Give an endpoint another secret, and show it. The same form again shows the same one."""
    endpoint_id = _id(visit)
    secret = desks.new_secret(urlsafe_b64decode(visit.secret_of_form(endpoint_id) + "="))
    try:
        made = await visit.database.run(desks.rotate, _seal(visit), visit.me.team_id, endpoint_id, secret=secret)
    except (NoSecretFile, TooManySecrets) as refusal:
        return await _one(visit, visit.refuse(refusal, "rotate"))
    return await _one(visit, made=made)


async def test(visit: Visit) -> Response:
    """Send a test message."""
    endpoint_id = _id(visit)
    body = test_body(endpoint_id, visit.database.now())
    sent = await visit.database.run(desks.send_test, visit.me.team_id, endpoint_id, body)
    return visit.go(f"/webhooks/{endpoint_id}?done=tested&message={sent.message_id}#tries")


async def replay(visit: Visit) -> Response:
    """Send a message once more."""
    endpoint_id = _id(visit)
    try:
        delivery_id = task_id(visit.request.path_params["delivery"])
    except InvalidTaskId:
        raise UnknownDelivery from None
    await visit.database.run(desks.replay, visit.me.team_id, endpoint_id, delivery_id)
    return visit.go(f"/webhooks/{endpoint_id}?done=replayed#tries")


async def remove(visit: Visit) -> Response:
    """Tell an address nothing more."""
    await visit.database.run(desks.remove, visit.me.team_id, _id(visit))
    return visit.go("/webhooks?done=endpoint-removed")


# ------------------------------------------------------------------ the two pages


async def _list(
    visit: Visit, refused: Refused | None = None, made: Made | None = None, *, again: bool = False
) -> Response:
    return visit.show(
        "webhooks.html",
        refused.status if refused else 200,
        refused=refused,
        endpoints=await visit.database.read(desks.of_team, visit.me.team_id),
        made=made,
        again=again,
        types=EVENT_TYPES,
        payloads=list(Payload),
        chosen=_chosen(refused),
        without_key=visit.seal is None,
    )


async def _one(visit: Visit, refused: Refused | None = None, made: Made | None = None) -> Response:
    endpoint_id, message, before = _id(visit), _asked(visit, "message"), _asked(visit, "before")
    endpoint, tries = await visit.database.scan(_seen, visit.me.team_id, endpoint_id, before)
    waits = message is not None and all(one.delivery.message_id != message for one in tries)
    return visit.show(
        "webhook.html",
        refused.status if refused else 200,
        refused=refused,
        endpoint=endpoint,
        told=words.endpoint(endpoint),
        made=made,
        tries=tries[:PAGE],
        older=tries[PAGE - 1].delivery.id if len(tries) > PAGE else None,
        first=before is None,
        look=f"/webhooks/{endpoint.id}?message={message}" if waits and before is None else None,
        look_ms=LOOK_MS,
        types=EVENT_TYPES,
        payloads=list(Payload),
        chosen=_chosen(refused) if refused else endpoint.chosen or [],
    )


def _seen(store: Store, now: int, team_id: str, endpoint_id: str, before: str | None) -> tuple[Endpoint, list[Tried]]:
    endpoint = desks.find(store, now, team_id, endpoint_id)
    found = desks.deliveries(store, now, team_id, endpoint_id, before, PAGE + 1)
    return endpoint, [_tried(one) for one in found]


def _tried(delivery: Delivery) -> Tried:
    sent = _written(json.loads(delivery.request), delivery.body)
    if delivery.answer is None:
        return Tried(delivery, sent, None)
    said: dict[str, Any] = json.loads(delivery.answer)
    return Tried(delivery, sent, _written(said["headers"], said["body"]))


def _written(headers: dict[str, str], body: str) -> str:
    return "\n".join([*(f"{name}: {value}" for name, value in headers.items()), "", body]).strip()


# ------------------------------------------------------------------ what forms say


def _id(visit: Visit) -> str:
    try:
        return task_id(visit.request.path_params["id"])
    except InvalidTaskId:
        raise UnknownEndpoint from None


def _asked(visit: Visit, name: str) -> str | None:
    """An id in the address; what is none is not asked for."""
    try:
        return task_id(visit.asked(name))
    except InvalidTaskId:
        return None


def _seal(visit: Visit) -> Seal:
    if visit.seal is None:
        raise NoSecretFile
    return visit.seal


def _types(visit: Visit) -> list[str] | None:
    """The types that are ticked; none is all, and all is all."""
    ticked = [kind for kind in EVENT_TYPES if f"type-{kind}" in visit.form]
    return ticked if 0 < len(ticked) < len(EVENT_TYPES) else None


def _payload(visit: Visit) -> Payload:
    return Payload.THIN if visit.form.get("payload") == Payload.THIN else Payload.FULL


def _chosen(refused: Refused | None) -> list[str]:
    """The types that were ticked in a form which is shown again."""
    return [] if refused is None else [kind for kind in EVENT_TYPES if f"type-{kind}" in refused.typed]
