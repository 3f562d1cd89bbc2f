"""Answers that wait until a task ends (``Prefer: wait=N``, RFC 7240): each is a coroutine, woken by the doorbell."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.types import Receive

from curtsy.domain.errors import InvalidApiKey, InvalidField, TryAgain
from curtsy.service.access import Caller
from curtsy.service.status import Status, ended_of, status
from curtsy.storage.database import Database
from curtsy.web.crowd import Limits
from curtsy.web.warden import Warden

LONGEST_S = 55
"""Below the minute after which most proxies give up."""
AGAIN_S = 1.0
"""After this the database is asked again that was away; who waits has time."""

_PREFERENCE = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
"""What stands between commas; one in a quoted text separates nothing."""

log = logging.getLogger("curtsy.web")


class Gone(Exception):
    """The caller hung up: nobody is left to answer."""


def preferred(header: bytes) -> int | None:
    """The seconds that a ``Prefer`` header asks to wait (RFC 7240 2), the first time it does.

    What cannot be read is no wish.
    """
    for preference in _PREFERENCE.findall(header.decode("latin-1")):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            value = value.strip()
            return _seconds(value[1:-1] if value[:1] == value[-1:] == '"' else value)
    return None


def asked(value: str | None) -> int | None:
    """The seconds of the query's ``wait``; raises InvalidField."""
    if value is None:
        return None
    seconds = _seconds(value)
    if seconds is None:
        raise InvalidField(f"Invalid 'wait': must be a number of seconds, up to {LONGEST_S}")
    return seconds


def _seconds(value: str) -> int | None:
    """A number of seconds, clipped; None for what is none."""
    if not value.isascii() or not value.isdigit():
        return None
    return min(int(value), LONGEST_S) if len(value) < 10 else LONGEST_S


class Waiter:
    """One who waits for the end of the task ``heard``, with what wakes them."""

    __slots__ = ("gone", "heard", "revoked", "woken")

    def __init__(self, task_id: str) -> None:
        self.heard = task_id
        self.woken = asyncio.Event()
        self.gone = self.revoked = False

    def leave(self) -> None:
        """They hung up."""
        self.gone = True
        self.woken.set()

    def turn_away(self) -> None:
        """Their key was revoked."""
        self.revoked = True
        self.woken.set()


class Waits:
    """Everybody who waits in this process.

    ``aside`` makes room for others while somebody waits: who is parked takes nothing but memory.
    """

    def __init__(
        self, database: Database, limits: Limits, warden: Warden, aside: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._database = database
        self._limits = limits
        self._warden = warden
        self._aside = aside
        self._parked: set[Waiter] = set()
        self._round: asyncio.Task[None] | None = None
        self._closed = False

    def close(self) -> None:
        """Let everybody have the state of this moment: the server stops."""
        self._closed = True
        for waiter in self._parked:
            waiter.woken.set()
        if self._round is not None:
            self._round.cancel()

    async def outcome(self, receive: Receive, caller: Caller, task_id: str, seconds: int) -> tuple[Status, bool]:
        """A task once it has ended or the time is over, and whether it was waited for.

        Nobody waits while the server stops or too many wait already. Raises TaskNotFound, InvalidApiKey when the key
        was revoked meanwhile, and Gone when the caller went away.
        """
        if seconds == 0 or self._closed or len(self._parked) >= self._limits.waiters:
            return await self._database.read(status, caller.team_id, task_id), seconds == 0
        waiter = Waiter(task_id)
        line = asyncio.ensure_future(hung_up(receive))
        line.add_done_callback(lambda _: waiter.leave())
        unwatch = self._warden.watch(caller.key_id, waiter.turn_away)
        self._parked.add(waiter)
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._go_round())
        try:
            with self._aside():
                return await self._until_ended(waiter, caller.team_id, task_id, seconds), True
        finally:
            self._parked.discard(waiter)
            unwatch()
            line.cancel()

    async def _until_ended(self, waiter: Waiter, team_id: str, task_id: str, seconds: int) -> Status:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # Listened to before it is read: an end in between rings.
        stop = self._database.doorbell.listen(f"task:{waiter.heard}", waiter.woken.set)
        try:
            while True:
                waiter.woken.clear()
                if waiter.gone:
                    raise Gone
                if waiter.revoked:
                    raise InvalidApiKey
                try:
                    found = await self._database.read(status, team_id, task_id)
                except TryAgain:
                    if loop.time() >= until or self._closed:
                        raise
                    await _pause(waiter, min(AGAIN_S, until - loop.time()))  # it may be back before the time is over
                    continue
                left = until - loop.time()
                if found.shown.ended or left <= 0 or self._closed:
                    return found
                if found.shown.id != waiter.heard:  # it became part of another one, whose end is its own
                    stop()
                    waiter.heard = found.shown.id
                    stop = self._database.doorbell.listen(f"task:{waiter.heard}", waiter.woken.set)
                    continue
                await _pause(waiter, left)
        finally:
            stop()

    async def _go_round(self) -> None:
        """What a command changes beside the server rings no bell: it is looked for now and then, once for all."""
        while self._parked:
            await asyncio.sleep(self._limits.look_s)
            try:
                ended = await self._database.scan(ended_of, {waiter.heard for waiter in self._parked})
            except TryAgain:
                continue
            except Exception:
                log.exception("what is waited for could not be looked at")
                continue
            self._database.doorbell.ring(f"task:{task_id}" for task_id in ended)


async def _pause(waiter: Waiter, seconds: float) -> None:
    """Do nothing until they are woken, or for so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await waiter.woken.wait()


async def hung_up(receive: Receive) -> None:
    """Return when the caller has hung up; the body has been read, so nothing else can come."""
    while (await receive())["type"] != "http.disconnect":
        pass
