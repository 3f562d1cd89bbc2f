"""Where a team wants to be told what happens: making, changing and removing endpoints, and sending once more."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from curtsy.domain.errors import (
    InvalidField,
    Refusal,
    TooManyEndpoints,
    TooManySecrets,
    UnknownDelivery,
    UnknownEndpoint,
)
from curtsy.domain.webhook import EVENT_TYPES, OLD_SECRET_MS, TEST_EVENT, Payload
from curtsy.service.events import place_of
from curtsy.service.idempotency import Once, recall, remember
from curtsy.service.sealing import Seal, Unsealable
from curtsy.storage.store import Store
from curtsy.storage.store.deliveries import Delivery
from curtsy.storage.store.webhooks import Endpoint

MOST_ENDPOINTS = 20
"""Of one team."""
MOST_REPLACED = 4
"""Secrets of one endpoint that sign beside the newest: each makes the head of every message longer."""
SECRET_PREFIX = "whsec_"
_SECRET_BYTES = 32
SLICE = 200
"""Messages that are put in line once more at once."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new endpoint is to be told: which types, all where none are named, and how much."""

    url: str
    types: Sequence[str] | None = None
    payload: Payload = Payload.FULL


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint and its secret, which is shown this once. ``replayed``: the same request was answered so before."""

    endpoint: Endpoint
    secret: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The message that was put in line. ``replayed``: the same request was answered so before."""

    message_id: str
    replayed: bool = False


def create(store: Store, now: int, seal: Seal, team_id: str, wish: Wish, once: Once | None = None) -> Made:
    """Tell this address what happens from now on; raises TooManyEndpoints, InvalidField for types there are not."""
    store.hold_team(team_id)
    if (before := _recall(store, now, team_id, once)) is not None:
        return _made_before(store, now, seal, team_id, before)
    made = _create(store, now, seal, team_id, wish, store.new_id())
    _remember(store, now, team_id, once, _shown(made))
    return made


def create_once(store: Store, now: int, seal: Seal, team_id: str, wish: Wish, endpoint_id: str) -> Made | None:
    """The same under an id that its form carried; None when this form has made its endpoint before."""
    store.hold_team(team_id)
    if store.webhooks.there_was(endpoint_id):
        return None
    return _create(store, now, seal, team_id, wish, endpoint_id)


def _create(store: Store, now: int, seal: Seal, team_id: str, wish: Wish, endpoint_id: str) -> Made:
    if len(store.webhooks.of_team(team_id)) >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    secret = new_secret()
    txid, n = store.events.last(team_id)
    endpoint = Endpoint(
        id=endpoint_id,
        team_id=team_id,
        url=wish.url,
        types=_types(wish.types),
        payload=wish.payload,
        secret=seal.close(secret, endpoint_id),
        old_secret=None,
        old_until=None,
        txid=txid,
        n=n,
        created_at=now,
    )
    store.webhooks.add(endpoint)
    store.ring("webhooks")
    return Made(endpoint, secret)


def find(store: Store, _now: int, team_id: str, endpoint_id: str) -> Endpoint:
    """An endpoint of the team; raises UnknownEndpoint, for another team's too."""
    endpoint = store.webhooks.get(endpoint_id)
    if endpoint is None or endpoint.team_id != team_id:
        raise UnknownEndpoint
    return endpoint


def of_team(store: Store, _now: int, team_id: str) -> list[Endpoint]:
    """The team's endpoints, oldest first."""
    return store.webhooks.of_team(team_id)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be another; None stays as it is. ``types`` may be an empty list, which stands for all."""

    url: str | None = None
    types: Sequence[str] | None = None
    payload: Payload | None = None
    enabled: bool | None = None


def change(store: Store, now: int, team_id: str, endpoint_id: str, changes: Changes) -> Endpoint:
    """Change an endpoint. Switched on again, it is told everything that it missed."""
    endpoint = _held(store, now, team_id, endpoint_id)
    store.webhooks.reshape(
        endpoint.id,
        url=endpoint.url if changes.url is None else changes.url,
        types=endpoint.types if changes.types is None else _types(changes.types or None),
        payload=endpoint.payload if changes.payload is None else changes.payload,
    )
    if changes.enabled is True:
        store.webhooks.switch_on(endpoint.id)
    if changes.enabled is False:
        store.webhooks.switch_off(endpoint.id, now, "asked")
    store.ring("webhooks")
    return find(store, now, team_id, endpoint_id)


def remove(store: Store, now: int, team_id: str, endpoint_id: str) -> None:
    """Tell this address nothing more."""
    store.webhooks.remove(find(store, now, team_id, endpoint_id).id, now)


def rotate(
    store: Store,
    now: int,
    seal: Seal,
    team_id: str,
    endpoint_id: str,
    once: Once | None = None,
    secret: str | None = None,
) -> Made:
    """Give an endpoint another secret; for a day the old one signs too, so that nothing is refused meanwhile.

    A form names the ``secret`` it makes: sent again it makes no other. Raises TooManySecrets.
    """
    endpoint = _held(store, now, team_id, endpoint_id)
    if (before := _recall(store, now, team_id, once)) is not None:
        return _made_before(store, now, seal, team_id, before)
    if secret is not None and seal.open(endpoint.secret, endpoint.id) == secret:
        return Made(endpoint, secret, replayed=True)
    older = endpoint.replaced(now)
    if len(older) >= MOST_REPLACED:
        raise TooManySecrets(retry_at=older[-1][1])
    secret = secret or new_secret()
    store.webhooks.seal(endpoint.id, seal.close(secret, endpoint.id), (endpoint.secret, now + OLD_SECRET_MS), older)
    made = Made(find(store, now, team_id, endpoint_id), secret)
    _remember(store, now, team_id, once, _shown(made))
    return made


def send_test(store: Store, now: int, team_id: str, endpoint_id: str, body: str, once: Once | None = None) -> Sent:
    """Put a test message in line, also for one that has asked for quiet: a person wants to see what comes of it."""
    endpoint = find(store, now, team_id, endpoint_id)
    if (before := _recall(store, now, team_id, once)) is not None:
        return Sent(**before, replayed=True)
    message_id = store.new_id()
    store.messages.put([
        {"id": message_id, "endpoint": endpoint.id, "type": TEST_EVENT, "event": None, "body": body, "now": now}
    ])  # fmt: skip
    store.webhooks.be_quiet(endpoint.id, None)
    _remember(store, now, team_id, once, {"message_id": message_id})
    store.ring("webhooks")
    return Sent(message_id)


def deliveries(
    store: Store, now: int, team_id: str, endpoint_id: str, before: str | None, limit: int
) -> list[Delivery]:
    """The newest tries of an endpoint."""
    return store.deliveries.of_endpoint(find(store, now, team_id, endpoint_id).id, before, limit)


def replay(store: Store, now: int, team_id: str, endpoint_id: str, delivery_id: str, once: Once | None = None) -> Sent:
    """Send the message of this try once more, under the id it had; raises UnknownDelivery."""
    endpoint = find(store, now, team_id, endpoint_id)
    if (before := _recall(store, now, team_id, once)) is not None:
        return Sent(**before, replayed=True)
    delivery = store.deliveries.get(delivery_id)
    if delivery is None or delivery.endpoint_id != endpoint.id:
        raise UnknownDelivery
    store.messages.again([delivery.message_id], now)
    _remember(store, now, team_id, once, {"message_id": delivery.message_id})
    store.ring("webhooks")
    return Sent(delivery.message_id)


Place = tuple[int, str]
"""Where a replay goes on: when a message was put in line, and its id."""


def replay_made(
    store: Store, now: int, team_id: str, endpoint_id: str, after: Place, until: int
) -> tuple[int, Place | None]:
    """Send a slice of what was put in line after a place and before a time once more.

    Returns how many messages that were, and the place to go on from, None at the end.
    """
    endpoint = find(store, now, team_id, endpoint_id)
    found = store.messages.made(endpoint.id, after, until, SLICE)
    store.messages.again([message_id for _, message_id in found], now)
    store.ring("webhooks")
    return len(found), found[-1] if len(found) == SLICE else None


def replay_since(store: Store, now: int, team_id: str, endpoint_id: str, cursor: str) -> None:
    """Tell an endpoint once more what happened after this cursor of the events, as it would be told now.

    Each message has the id that it had before. Raises InvalidField.
    """
    endpoint = _held(store, now, team_id, endpoint_id)
    store.webhooks.go_back(endpoint.id, *place_of(store, cursor))
    store.ring("webhooks")


def new_secret(chance: bytes | None = None) -> str:
    """A secret as Standard Webhooks spells it, of these bytes or by chance."""
    return SECRET_PREFIX + base64.b64encode(chance or secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def _held(store: Store, now: int, team_id: str, endpoint_id: str) -> Endpoint:
    """An endpoint that nobody else changes meanwhile; raises UnknownEndpoint."""
    store.hold_team(team_id)
    return find(store, now, team_id, endpoint_id)


def _types(types: Sequence[str] | None) -> str | None:
    if types is None:
        return None
    unknown = [one for one in types if one not in (*EVENT_TYPES, TEST_EVENT)]
    if unknown:
        raise InvalidField(f"Invalid 'types': there is no event {unknown[0][:50]!r}; see docs/webhooks.md")
    return json.dumps(sorted(set(types)))


def sealed(store: Store, _now: int, seal: Seal | None) -> tuple[int, int]:
    """How many endpoints there are on the whole server, and of how many this seal opens the secret."""
    endpoints = store.webhooks.all()
    return len(endpoints), sum(seal is not None and _opens(seal, endpoint) for endpoint in endpoints)


def _opens(seal: Seal, endpoint: Endpoint) -> bool:
    try:
        seal.open(endpoint.secret, endpoint.id)
    except Unsealable:
        return False
    return True


# ------------------------------------------------------------------ the same request once more


def _recall(store: Store, now: int, team_id: str, once: Once | None) -> dict[str, Any] | None:
    """What this request was answered; raises IdempotencyKeyReused."""
    before = None if once is None else recall(store, now, team_id, once)
    if isinstance(before, Refusal):
        raise before
    return None if before is None else dict(json.loads(before))


def _remember(store: Store, now: int, team_id: str, once: Once | None, said: dict[str, Any]) -> None:
    if once is not None:
        remember(store, now, [(team_id, once, json.dumps(said))])


def _shown(made: Made) -> dict[str, Any]:
    """What was shown, the secret sealed as everywhere."""
    return {"endpoint_id": made.endpoint.id, "secret": made.endpoint.secret}


def _made_before(store: Store, now: int, seal: Seal, team_id: str, shown: dict[str, Any]) -> Made:
    endpoint = find(store, now, team_id, shown["endpoint_id"])
    return Made(endpoint, seal.open(shown["secret"], endpoint.id), replayed=True)
