"""Bringing events to endpoints: what is new is put in line, what is due is taken, what came of a try is kept."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from curtsy.domain.member import DAY_MS
from curtsy.domain.webhook import TIMEOUT_MS, Next, Payload, Verdict, message_id, verdict
from curtsy.service.events import tell_of_team
from curtsy.service.status import Status, describe_all
from curtsy.storage.store import Store
from curtsy.storage.store.deliveries import Delivery
from curtsy.storage.store.events import Event
from curtsy.storage.store.messages import Message
from curtsy.storage.store.webhooks import Endpoint

SLICE = 32
"""Events that are put in line at once, and not before all that were put there have been tried."""
TAKEN_MS = 2 * TIMEOUT_MS
"""A message that was taken is nobody else's for so long; a process that died had it no longer."""
LONGEST_KEPT = 4_096
"""Characters of an answer that are kept for people to look at."""
KEPT_MS = 30 * DAY_MS
"""Messages and tries are kept for so long."""
LET_GO = 200
"""Rows that are dropped at once."""


@dataclass(frozen=True, slots=True)
class News:
    """What an endpoint is to be told: ``due`` messages in line, or where there are none, ``events`` that are not yet.

    The events are in their order, with the tasks they are about as these are now, for an endpoint that wants all of it.
    ``hidden``: there are none, but for what only a transaction that is still open keeps back.
    """

    endpoint: Endpoint
    due: bool = False
    events: list[Event] = field(default_factory=list)
    tasks: dict[str, Status] = field(default_factory=dict)
    hidden: bool = False

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to be told now."""
        return not self.due and not self.events


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
    """What an endpoint is to be told now; None when nobody is to be told."""
    endpoint = _listening(store, now, endpoint_id)
    if endpoint is None:
        return None
    if store.messages.due(endpoint_id, now):
        return News(endpoint, due=True)
    events = store.events.after(endpoint.team_id, (endpoint.txid, endpoint.n), SLICE)
    if not events:
        return News(endpoint, hidden=store.events.hidden(endpoint.team_id))
    full = endpoint.payload == Payload.FULL
    about = {event.task_id for event in events if full and event.task_id and _wants(endpoint, event)}
    tasks = [task for task_id in sorted(about) if (task := store.tasks.get(task_id)) is not None]
    told = {found.task.id: found for found in describe_all(store, now, tasks)}
    return News(endpoint, events=events, tasks=told)


def wanted(told: News) -> list[Event]:
    """Those of the events that the endpoint has chosen."""
    return [event for event in told.events if _wants(told.endpoint, event)]


def take(
    store: Store, now: int, told: News, lines: Sequence[Line], limit: int
) -> tuple[Endpoint, list[Message]] | None:
    """Put these in line, move the endpoint's place among the events on, and take what is due, at most ``limit``.

    Where another process was faster with these events it has put them in line. None when nobody is to be told.
    """
    endpoint = _listening(store, now, told.endpoint.id)
    if endpoint is None:
        return None
    if told.events and store.webhooks.advance(told.endpoint, told.events[-1].txid, told.events[-1].n):
        store.messages.put([
            {"id": message_id(endpoint.id, line.event.id), "endpoint": endpoint.id, "type": line.event.type,
             "event": line.event.id, "body": line.body, "now": now}
            for line in lines
        ])  # fmt: skip
    return endpoint, store.messages.take(endpoint.id, now, now + TAKEN_MS, limit)


def keep(store: Store, now: int, tried: Sequence[tuple[Message, Try]]) -> list[None]:
    """Keep what came of tries, and decide what follows each."""
    found = [(message, one, _verdict(message, one)) for message, one in tried]
    store.messages.deliver([message for message, _, what in found if what.next is Next.DELIVERED], now)
    # What came last says whether an endpoint works. Always in one order, for two processes may keep tries of the same.
    last = {message.endpoint_id: (one, what) for message, one, what in found}
    if works := sorted(endpoint_id for endpoint_id, (_, what) in last.items() if what.next is Next.DELIVERED):
        store.webhooks.work(works, now)
    for endpoint_id in sorted(last.keys() - set(works)):
        store.webhooks.fails(endpoint_id, last[endpoint_id][0].at)
    ends = [_ends(store, message, what.next) for message, _, what in found]
    store.deliveries.add([_kept(store, now, *each, it_ends) for each, it_ends in zip(found, ends, strict=True)])
    for (message, _, what), it_ends in zip(found, ends, strict=True):
        if what.quiet_ms:
            store.webhooks.be_quiet(message.endpoint_id, now + what.quiet_ms)
        if it_ends:
            _give_up(store, now, message, what.next)
    return [None] * len(tried)


def let_go(store: Store, now: int) -> bool:
    """Drop a slice of what was told long ago; whether another slice may find something. One process at a time does."""
    if not store.rows.hold_free(["webhooks"]):
        return False
    before = now - KEPT_MS
    return max(store.messages.drop(before, LET_GO), store.deliveries.drop(before, LET_GO)) == LET_GO


def _verdict(message: Message, tried: Try) -> Verdict:
    number = message.tries + 1
    return verdict(tried.status, tried.retry_after_ms, number, random.Random(f"{message.id} {number}").random())


def _ends(store: Store, message: Message, why: Next) -> bool:
    """Whether this ends an endpoint: it wants no more, or has taken nothing since before this message was made."""
    if why is not Next.FAILED:
        return why is Next.GONE
    endpoint = store.webhooks.get(message.endpoint_id)
    return endpoint is not None and (endpoint.delivered_at or 0) < message.created_at


def _kept(store: Store, now: int, message: Message, tried: Try, found: Verdict, it_ends: bool) -> Delivery:
    """The try as it is kept; where it was not taken in, the message is settled too."""
    due, tries = None, message.tries + 1
    if found.next is Next.AGAIN:
        due = now + found.wait_ms
    elif it_ends:
        due, tries = now, 0  # nobody is told of it until a person switches the endpoint on again, and then as if anew
    if found.next is not Next.DELIVERED:
        store.messages.settle(message, due, tries)
    answer = None
    if tried.status is not None:
        answer = json.dumps({"headers": tried.headers or {}, "body": tried.answer[:LONGEST_KEPT]})
    return Delivery(
        store.new_id(), message.endpoint_id, message.id, message.type, message.tries + 1, tried.at, tried.took_ms,
        json.dumps(tried.request), message.body, tried.status, answer, tried.error, found.next, due,
    )  # fmt: skip


def _give_up(store: Store, now: int, message: Message, why: Next) -> None:
    """Switch an endpoint off, and tell of it."""
    endpoint = store.webhooks.get(message.endpoint_id)
    because = "gone" if why is Next.GONE else "failing"
    if endpoint is not None and store.webhooks.switch_off(endpoint.id, now, because):
        tell_of_team(store, now, endpoint.team_id, "webhook.switched_off", endpoint_id=endpoint.id, because=because)


def _listening(store: Store, now: int, endpoint_id: str) -> Endpoint | None:
    """An endpoint that may be told something now."""
    endpoint = store.webhooks.get(endpoint_id)
    if endpoint is None or endpoint.off_at is not None or (endpoint.quiet_until or 0) > now:
        return None
    return endpoint


def _wants(endpoint: Endpoint, event: Event) -> bool:
    chosen = endpoint.chosen
    return chosen is None or event.type in chosen
