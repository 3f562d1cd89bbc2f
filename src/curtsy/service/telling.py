"""Bringing events to endpoints: what is new is put in line, what is due is taken, what came of a try is kept."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.webhook import TIMEOUT_MS, Next, verdict
from curtsy.service.events import tell_of_team
from curtsy.service.status import Status, describe_all
from curtsy.storage.rows import Overtaken
from curtsy.storage.store import Store
from curtsy.storage.store.deliveries import Delivery
from curtsy.storage.store.events import Event
from curtsy.storage.store.webhooks import Endpoint, Message

SLICE = 100
"""Events that are put in line at once."""
TAKEN_MS = 2 * TIMEOUT_MS
"""A message that was taken is nobody else's for so long; a process that died had it no longer."""
LONGEST_KEPT = 4_096
"""Characters of an answer that are kept for people to look at."""


@dataclass(frozen=True, slots=True)
class News:
    """What an endpoint was not told yet: events in their order, and the tasks they are about, as they are now.

    ``due``: a message that is in line already is to be sent.
    """

    endpoint: Endpoint
    events: list[Event]
    tasks: dict[str, Status]
    due: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A message as it is put in line: the event, and the body that every try sends."""

    event: Event
    body: str


@dataclass(frozen=True, slots=True)
class Try:
    """What came of a try: the headers that were sent, the answer, or why there was none."""

    at: int
    took_ms: int
    request: dict[str, str]
    status: int | None = None
    retry_after_ms: int | None = None
    headers: dict[str, str] | None = None
    answer: str = ""
    error: str | None = None


def busy(store: Store, now: int) -> list[tuple[str, str, bool]]:
    """Every endpoint that is on: id, team, and whether it has anything to be told now."""
    return store.webhooks.busy(now)


def news(store: Store, now: int, endpoint_id: str) -> News | None:
    """What happened since an endpoint was last put in line for; None when it is off or gone."""
    endpoint = store.webhooks.get(endpoint_id)
    if endpoint is None or endpoint.off_at is not None:
        return None
    events = store.events.after(endpoint.team_id, (endpoint.txid, endpoint.n), SLICE)
    wanted = {event.task_id for event in events if event.task_id and _wants(endpoint, event)}
    tasks = [task for task_id in sorted(wanted) if (task := store.tasks.get(task_id)) is not None]
    told = {found.task.id: found for found in describe_all(store, now, tasks)}
    return News(endpoint, events, told, store.webhooks.due(endpoint_id, now))


def wanted(told: News) -> list[Event]:
    """Those of the events that the endpoint has chosen."""
    return [event for event in told.events if _wants(told.endpoint, event)]


def put(store: Store, now: int, told: News, lines: Sequence[Line]) -> None:
    """Put messages in line and move the endpoint's place on; raises Overtaken when another process was faster."""
    if not store.webhooks.advance(told.endpoint, told.events[-1].txid, told.events[-1].n):
        raise Overtaken
    store.webhooks.put([
        {"id": store.new_id(), "endpoint": told.endpoint.id, "type": line.event.type, "event": line.event.id,
         "body": line.body, "now": now}
        for line in lines
    ])  # fmt: skip


def take(store: Store, now: int, endpoint_id: str, limit: int) -> tuple[Endpoint, list[Message]] | None:
    """Take what is due for an endpoint; None when it is off or gone."""
    endpoint = store.webhooks.get(endpoint_id)
    if endpoint is None or endpoint.off_at is not None:
        return None
    return endpoint, store.webhooks.take(endpoint_id, now, now + TAKEN_MS, limit)


def keep(store: Store, now: int, message: Message, tried: Try) -> None:
    """Keep what came of a try, and decide what follows."""
    found = verdict(tried.status, tried.retry_after_ms, message.tries, random.Random(message.id).random())
    due = now + found.wait_ms if found.next is Next.AGAIN else None
    store.webhooks.settle(message.id, due_at=due, delivered_at=now if found.next is Next.DELIVERED else None)
    answer = None
    if tried.status is not None:
        answer = json.dumps({"headers": tried.headers or {}, "body": tried.answer[:LONGEST_KEPT]})
    store.deliveries.add(
        Delivery(
            store.new_id(), message.endpoint_id, message.id, message.type, message.tries, tried.at, tried.took_ms,
            json.dumps(tried.request), message.body, tried.status, answer, tried.error, found.next, due,
        )
    )  # fmt: skip
    endpoint = store.webhooks.get(message.endpoint_id)
    if endpoint is None:
        return
    if found.next is Next.DELIVERED:
        store.webhooks.works(endpoint.id, now)
        return
    store.webhooks.fails(endpoint.id, tried.at)
    exhausted = found.next is Next.FAILED and (endpoint.delivered_at or 0) < message.created_at
    because = "gone" if found.next is Next.GONE else "failing" if exhausted else None
    if because is not None and store.webhooks.switch_off(endpoint.id, now, because):
        tell_of_team(store, now, endpoint.team_id, "webhook.switched_off", endpoint_id=endpoint.id, because=because)


def _wants(endpoint: Endpoint, event: Event) -> bool:
    chosen = endpoint.chosen
    return chosen is None or event.type in chosen
