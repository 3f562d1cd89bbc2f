"""Where a team wants to be told what happens: making, changing and removing endpoints, and sending once more."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from curtsy.domain.errors import InvalidField, TooManyEndpoints, UnknownDelivery, UnknownEndpoint
from curtsy.domain.webhook import EVENT_TYPES, OLD_SECRET_MS, TEST_EVENT, Payload
from curtsy.service.sealing import Seal
from curtsy.storage.store import Store
from curtsy.storage.store.deliveries import Delivery
from curtsy.storage.store.webhooks import Endpoint

MOST_ENDPOINTS = 20
"""Of one team."""
SECRET_PREFIX = "whsec_"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint and its secret, which is shown this once."""

    endpoint: Endpoint
    secret: str


def create(
    store: Store, now: int, seal: Seal, team_id: str, url: str, types: Sequence[str] | None, payload: Payload
) -> Made:
    """Tell this address what happens from now on; raises TooManyEndpoints, InvalidField for types there are not."""
    store.hold_team(team_id)
    if len(store.webhooks.of_team(team_id)) >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    endpoint_id, secret = store.new_id(), _new_secret()
    txid, n = store.events.last(team_id)
    endpoint = Endpoint(
        id=endpoint_id,
        team_id=team_id,
        url=url,
        types=_types(types),
        payload=payload,
        secret=seal.close(secret, endpoint_id),
        old_secret=None,
        old_until=None,
        txid=txid,
        n=n,
        created_at=now,
        delivered_at=None,
        failing_since=None,
        off_at=None,
        off_because=None,
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
    endpoint = find(store, now, team_id, endpoint_id)
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


def rotate(store: Store, now: int, seal: Seal, team_id: str, endpoint_id: str) -> Made:
    """Give an endpoint another secret; for a day the old one signs too, so that nothing is refused meanwhile."""
    endpoint, secret = find(store, now, team_id, endpoint_id), _new_secret()
    sealed = seal.close(secret, endpoint.id)
    until = now + OLD_SECRET_MS
    store.webhooks.seal(endpoint.id, sealed, endpoint.secret, until)
    return Made(replace(endpoint, secret=sealed, old_secret=endpoint.secret, old_until=until), secret)


def test(store: Store, now: int, team_id: str, endpoint_id: str, body: str) -> str:
    """Put a test message in line; returns its id."""
    endpoint, message_id = find(store, now, team_id, endpoint_id), store.new_id()
    store.webhooks.put([
        {"id": message_id, "endpoint": endpoint.id, "type": TEST_EVENT, "event": None, "body": body, "now": now}
    ])  # fmt: skip
    store.ring("webhooks")
    return message_id


def deliveries(
    store: Store, now: int, team_id: str, endpoint_id: str, before: str | None, limit: int
) -> list[Delivery]:
    """The newest tries of an endpoint."""
    return store.deliveries.of_endpoint(find(store, now, team_id, endpoint_id).id, before, limit)


def replay(store: Store, now: int, team_id: str, endpoint_id: str, delivery_id: str) -> str:
    """Send the message of this try once more, under the id it had; raises UnknownDelivery."""
    endpoint = find(store, now, team_id, endpoint_id)
    delivery = store.deliveries.get(delivery_id)
    if delivery is None or delivery.endpoint_id != endpoint.id:
        raise UnknownDelivery
    store.webhooks.again(delivery.message_id, now)
    store.ring("webhooks")
    return delivery.message_id


def replay_all(store: Store, now: int, team_id: str, endpoint_id: str, since: int, until: int | None) -> int:
    """Send everything once more that was put in line in this time; returns how many messages."""
    endpoint = find(store, now, team_id, endpoint_id)
    count = store.webhooks.again_made(endpoint.id, since, now + 1 if until is None else until, now)
    store.ring("webhooks")
    return count


def _types(types: Sequence[str] | None) -> str | None:
    if types is None:
        return None
    unknown = [one for one in types if one not in EVENT_TYPES]
    if unknown:
        raise InvalidField(f"Invalid 'types': there is no event {unknown[0][:50]!r}; see docs/webhooks.md")
    return json.dumps(sorted(set(types)))


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")
