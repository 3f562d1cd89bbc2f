"""Answers that wait until a task ends (``Prefer: wait=N``, RFC 7240): each is a coroutine, woken by the doorbell."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.types import Receive

from curtsy.domain.errors import InvalidField
from curtsy.service.status import Status, status
from curtsy.storage.database import Database
from curtsy.web.crowd import Limits

LONGEST_S = 55
"""Below the minute after which most proxies give up."""
LOOK_S = 5.0
"""A waiter looks by itself this often: what a command changes beside the server rings no bell."""

_WAIT = re.compile(r'\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?', re.IGNORECASE)


class Gone(Exception):
    """The caller hung up: nobody is left to answer."""


def preferred(header: bytes) -> int | None:
    """The seconds that a ``Prefer`` header asks to wait, the first time it does; what cannot be read is no wish."""
    for preference in header.decode("latin-1").split(","):
        if found := _WAIT.fullmatch(preference):
            return min(int(found[1]), LONGEST_S)
    return None


def asked(value: str | None) -> int | None:
    """The seconds of the query's ``wait``; raises InvalidField."""
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise InvalidField(f"Invalid 'wait': must be a number of seconds, up to {LONGEST_S}")
    return min(int(value), LONGEST_S)


class Waits:
    """Everybody who waits in this process.

    ``aside`` makes room for others while somebody waits: who is parked takes nothing but memory.
    """

    def __init__(self, database: Database, limits: Limits, aside: Callable[[], AbstractContextManager[None]]) -> None:
        self._database = database
        self._limits = limits
        self._aside = aside
        self._parked: set[asyncio.Event] = set()
        self._closed = False

    def close(self) -> None:
        """Let everybody have the state of this moment: the server stops."""
        self._closed = True
        for woken in self._parked:
            woken.set()

    async def outcome(self, receive: Receive, team_id: str, task_id: str, seconds: int) -> tuple[Status, bool]:
        """A task once it has ended or the time is over, and whether it was waited for.

        Nobody waits while the server stops or too many wait already. Raises TaskNotFound, and Gone when the caller
        went away.
        """
        if seconds == 0 or self._closed or len(self._parked) >= self._limits.waiters:
            return await self._database.read(status, team_id, task_id), seconds == 0
        woken = asyncio.Event()
        gone = asyncio.ensure_future(hung_up(receive))
        gone.add_done_callback(lambda _: woken.set())
        self._parked.add(woken)
        try:
            with self._aside():
                return await self._until_ended(woken, gone, team_id, task_id, seconds), True
        finally:
            self._parked.discard(woken)
            gone.cancel()

    async def _until_ended(
        self, woken: asyncio.Event, gone: asyncio.Future[None], team_id: str, task_id: str, seconds: int
    ) -> Status:
        loop = asyncio.get_running_loop()
        until, heard = loop.time() + seconds, task_id
        stop = self._database.doorbell.listen(f"task:{heard}", woken.set)
        try:
            while True:
                woken.clear()
                found = await self._database.read(status, team_id, task_id)
                left = until - loop.time()
                if gone.done():
                    raise Gone
                if found.shown.ended or left <= 0 or self._closed:
                    return found
                if found.shown.id != heard:  # it became part of another one, whose end is its own
                    stop()
                    heard = found.shown.id
                    stop = self._database.doorbell.listen(f"task:{heard}", woken.set)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, LOOK_S)):
                        await woken.wait()
        finally:
            stop()


async def hung_up(receive: Receive) -> None:
    """Return when the caller has hung up; the body has been read, so nothing else can come."""
    while (await receive())["type"] != "http.disconnect":
        pass
