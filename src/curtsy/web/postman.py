"""Brings events to endpoints as they happen: a round for each endpoint that has news, so that none holds up another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from time import monotonic
from typing import Any

import httpcore
import msgspec
from standardwebhooks import Webhook

from curtsy.domain.errors import TryAgain
from curtsy.domain.webhook import TIMEOUT_MS, Network, Payload
from curtsy.service import telling
from curtsy.service.sealing import Seal, Unsealable
from curtsy.service.telling import Line, News, Try
from curtsy.storage.database import Database
from curtsy.storage.rows import Overtaken
from curtsy.storage.store.events import Event
from curtsy.storage.store.webhooks import Endpoint, Message
from curtsy.web.dial import Careful, Forbidden, Resolve, resolve
from curtsy.web.wire import event_body, rfc3339, task_body

TURN_S = 1.0
"""How often every endpoint is looked at; what happens in between rings."""
AT_ONCE = 16
"""Messages that are on their way to one endpoint. To one that fails, a single one is."""
LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read; the rest is not waited for."""
KEPT_HEADERS = 40
AGENT = f"Curtsy/{version('curtsy')}"

_encode = msgspec.json.Encoder().encode
log = logging.getLogger("curtsy.webhooks")


class Postman:
    """The deliveries of one process; any number of processes may be at it."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        allowed: Collection[Network] = (),
        resolve: Resolve = resolve,
        timeout_ms: int = TIMEOUT_MS,
    ) -> None:
        self._database = database
        self._seal = seal
        self._timeout_s = timeout_ms / 1000
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=None,
            max_keepalive_connections=100,
            keepalive_expiry=10,
            network_backend=Careful(allowed, resolve),
        )
        self._rounds: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._endpoints: dict[str, set[str]] = {}
        self._stops: dict[str, Callable[[], None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled. What was on its way then is sent again, under its id, by whoever comes next."""
        wanted = asyncio.Event()
        stop = self._database.doorbell.listen("webhooks", wanted.set)
        try:
            while True:
                wanted.clear()
                await self._look_around()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TURN_S):
                        await wanted.wait()
        finally:
            stop()
            for listening in self._stops.values():
                listening()
            rounds = list(self._rounds.values())
            for one in rounds:
                one.cancel()
            await asyncio.gather(*rounds, return_exceptions=True)
            await self._pool.aclose()

    async def _look_around(self) -> None:
        try:
            found = await self._database.read(telling.busy)
        except TryAgain:
            return
        except Exception:
            log.exception("the webhook endpoints could not be looked at; it goes on in a second")
            return
        self._endpoints = {}
        for endpoint_id, team_id, waits in found:
            self._endpoints.setdefault(team_id, set()).add(endpoint_id)
            if waits:
                self._begin(endpoint_id)
        for team_id in self._stops.keys() - self._endpoints.keys():
            self._stops.pop(team_id)()
        for team_id in self._endpoints.keys() - self._stops.keys():
            self._stops[team_id] = self._database.doorbell.listen(f"events:{team_id}", self._rung_for(team_id))

    def _rung_for(self, team_id: str) -> Callable[[], None]:
        def rung() -> None:
            for endpoint_id in self._endpoints.get(team_id, ()):
                self._begin(endpoint_id)

        return rung

    def _begin(self, endpoint_id: str) -> None:
        """Begin a round, or have the one under way go on."""
        self._again.add(endpoint_id)
        if endpoint_id not in self._rounds:
            self._rounds[endpoint_id] = asyncio.create_task(self._round(endpoint_id))

    async def _round(self, endpoint_id: str) -> None:
        """Bring everything to one endpoint that it was not told yet."""
        try:
            while endpoint_id in self._again:
                self._again.discard(endpoint_id)
                while await self._step(endpoint_id):
                    pass
        except (TryAgain, Overtaken):
            return  # the database is away, or another process is at it: the next turn looks again
        except Unsealable as error:
            log.error("webhook endpoint %s: %s", endpoint_id, error)
        except Exception:
            log.exception("telling webhook endpoint %s failed; it goes on in a second", endpoint_id)
        finally:
            del self._rounds[endpoint_id]

    async def _step(self, endpoint_id: str) -> bool:
        """Put what is new in line, and send what is due; False when there is nothing more now."""
        told = await self._database.read(telling.news, endpoint_id)
        if told is None or not (told.events or told.due):
            return False
        if told.events:
            await self._database.run(telling.put, told, [_line(told, event) for event in telling.wanted(told)])
        most = 1 if told.endpoint.failing_since is not None else AT_ONCE
        taken = await self._database.run(telling.take, endpoint_id, most)
        if taken is not None:
            endpoint, messages = taken
            secrets = self._secrets(endpoint)
            await asyncio.gather(*(self._deliver(endpoint.url, secrets, message) for message in messages))
        return True

    def _secrets(self, endpoint: Endpoint) -> list[str]:
        """The secrets that sign now, the newest first; raises Unsealable."""
        secrets = [self._seal.open(endpoint.secret, endpoint.id)]
        if endpoint.old_secret is not None and (endpoint.old_until or 0) > self._database.now():
            secrets.append(self._seal.open(endpoint.old_secret, endpoint.id))
        return secrets

    async def _deliver(self, url: str, secrets: list[str], message: Message) -> None:
        tried = await self._try(url, secrets, message)
        await self._database.run(telling.keep, message, tried)

    async def _try(self, url: str, secrets: list[str], message: Message) -> Try:
        at, began = self._database.now(), monotonic()
        headers = _signed(secrets, message, at)

        def came(**said: Any) -> Try:
            return Try(at=at, took_ms=int((monotonic() - began) * 1000), request=headers, **said)

        try:
            async with asyncio.timeout(self._timeout_s):
                return came(**await self._post(url, headers, message.body.encode()))
        except TimeoutError:
            return came(error=f"no whole answer within {self._timeout_s:g} s")
        except Forbidden as error:
            return came(error=str(error))
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError, ValueError) as error:
            return came(error=f"{type(error).__name__}: {error}"[:500])

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        async with self._pool.stream("POST", url, headers=list(headers.items()), content=body) as answer:
            said = bytearray()
            async for part in answer.aiter_stream():
                said += part[: LONGEST_ANSWER - len(said)]
                if len(said) >= LONGEST_ANSWER:
                    break
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return {
                "status": answer.status,
                "headers": dict(list(found.items())[:KEPT_HEADERS]),
                "answer": bytes(said).decode("utf-8", "replace").replace("\x00", ""),
                "retry_after_ms": _retry_after(found.get("retry-after"), self._database.now()),
            }


def _signed(secrets: list[str], message: Message, now: int) -> dict[str, str]:
    """The headers of a message: signed by each secret (Standard Webhooks)."""
    at = datetime.fromtimestamp(now // 1000, UTC)
    signatures = [Webhook(secret).sign(msg_id=message.id, timestamp=at, data=message.body) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": message.id,
        "webhook-timestamp": str(now // 1000),
        "webhook-signature": " ".join(signatures),
    }


def _line(told: News, event: Event) -> Line:
    """An event as every try will send it."""
    said = event_body(event)
    data = said["data"]
    found = told.tasks.get(event.task_id) if event.task_id else None
    if found is not None and told.endpoint.payload == Payload.FULL:
        # As it is now but for its status, which is that of the moment the event tells of.
        data["task"] = task_body(found) | data["task"]
        data["sender"] = {"id": found.sender.id, "name": found.sender.name}
    return Line(event, _encode({"type": event.type, "timestamp": rfc3339(event.at), "data": data}).decode())


def _retry_after(value: str | None, now: int) -> int | None:
    """The wait that an answer asks for, in milliseconds: seconds, or a date (RFC 9110 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdigit() and len(value.strip()) < 10:
        return int(value) * 1000
    try:
        return max(0, int(parsedate_to_datetime(value).timestamp() * 1000) - now)
    except (ValueError, OverflowError):
        return None
