"""One try to bring a message to an endpoint: signed, posted, and answered within a time that nobody can stretch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from time import monotonic
from typing import Any

import httpcore
from standardwebhooks import Webhook

from curtsy.domain.webhook import TIMEOUT_MS, takes_in
from curtsy.service.telling import Try
from curtsy.storage.database import Database
from curtsy.storage.store.messages import Message
from curtsy.web.dial import Careful, Forbidden

LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read; the rest is not waited for."""
KEPT_HEADERS = 40
LONGEST_HEADER = 1_000
AGENT = f"Curtsy/{version('curtsy')}"

log = logging.getLogger("curtsy.webhooks")


class Post:
    """Carries messages to wherever ``careful`` connects to; connections stay open until it hangs up.

    Each endpoint has a pool of its own, for a pool looks at all its connections at every request.
    """

    def __init__(self, database: Database, careful: Careful, timeout_ms: int = TIMEOUT_MS) -> None:
        self._database = database
        self._careful = careful
        self._timeout_s = timeout_ms / 1000
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def bring(self, url: str, secrets: Sequence[str], message: Message) -> Try:
        """Post a message, signed with each of the secrets; whatever comes of it is told, and nothing raised."""
        at, began = self._database.now(), monotonic()
        headers = signed(secrets, message, at)

        def came(**said: Any) -> Try:
            return Try(at=at, took_ms=int((monotonic() - began) * 1000), request=headers, **said)

        try:
            async with asyncio.timeout(self._timeout_s):
                return came(**await self._post(message.endpoint_id, url, headers, message.body.encode()))
        except TimeoutError:
            return came(error=f"no whole answer within {self._timeout_s:g} s")
        except Forbidden as error:
            return came(error=str(error))
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            return came(error=_plain(f"{type(error).__name__}: {error}")[:500])
        except Exception as error:
            log.exception("message %s could not be posted", message.id)
            return came(error=f"{type(error).__name__}: the log of the server says more")

    async def hang_up(self, endpoint_id: str) -> None:
        """Close what is open to an endpoint."""
        if pool := self._pools.pop(endpoint_id, None):
            await pool.aclose()

    async def close(self) -> None:
        """Hang up everywhere."""
        for endpoint_id in list(self._pools):
            await self.hang_up(endpoint_id)

    def _pool(self, endpoint_id: str) -> httpcore.AsyncConnectionPool:
        pool = self._pools.get(endpoint_id)
        if pool is None:
            # How many there are at once the postman says.
            pool = httpcore.AsyncConnectionPool(
                max_connections=None, keepalive_expiry=10, network_backend=self._careful
            )
            self._pools[endpoint_id] = pool
        return pool

    async def _post(self, endpoint_id: str, url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        pool, host = self._pool(endpoint_id), url.partition("://")[2].partition("/")[0].partition("?")[0]
        async with pool.stream("POST", url, headers=[("host", host), *headers.items()], content=body) as answer:
            said = bytearray()
            async for part in answer.aiter_stream():
                said += part[: LONGEST_ANSWER - len(said)]
                if len(said) >= LONGEST_ANSWER:
                    break
            found = {name.decode("latin-1").lower(): _plain(value.decode("latin-1")) for name, value in answer.headers}
            return {
                "status": answer.status,
                "headers": {name: value[:LONGEST_HEADER] for name, value in list(found.items())[:KEPT_HEADERS]},
                "answer": _plain(bytes(said).decode("utf-8", "replace")),
                "retry_after_ms": None
                if takes_in(answer.status)
                else retry_after(found.get("retry-after"), self._database.now()),
            }


def _plain(text: str) -> str:
    """A text that every database keeps: PostgreSQL has no NUL."""
    return text.replace("\x00", "")


def signed(secrets: Sequence[str], message: Message, now: int) -> dict[str, str]:
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


def retry_after(value: str | None, now: int) -> int | None:
    """The wait that an answer asks for, in milliseconds: seconds, or a date (RFC 9110 10.2.3)."""
    if value is None:
        return None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdigit() and len(seconds) < 10:  # "²" is a digit too, and no number
        return int(seconds) * 1000
    try:
        return max(0, int(parsedate_to_datetime(value).timestamp() * 1000) - now)
    except (ValueError, OverflowError):
        return None
