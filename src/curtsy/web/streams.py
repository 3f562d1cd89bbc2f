"""The feed of events as it happens: server-sent events (HTML, section 9.2), one parked coroutine a follower."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator

import msgspec
from starlette.types import Receive

from curtsy.domain.errors import TryAgain
from curtsy.service import access, events
from curtsy.service.access import Caller
from curtsy.service.events import Page
from curtsy.storage.database import Database
from curtsy.web.crowd import RETRY_MS, Limits
from curtsy.web.waiting import LOOK_S, hung_up
from curtsy.web.wire import Headers, event_body

MOST = 100
"""Events that are read at once."""
ALIVE_S = 15.0
"""A comment is sent when nothing was said for so long, so that nothing between us takes the line for dead."""
KEYS_S = 0.5
"""How often the keys of all followers are looked at: a revoked one ends its streams within a second."""
STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

_encode = msgspec.json.Encoder().encode
log = logging.getLogger("curtsy.web")


class Follower:
    """One who follows, with what wakes them."""

    __slots__ = ("key_id", "over", "woken")

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.woken = asyncio.Event()
        self.over = False

    def end(self) -> None:
        """Say nothing more."""
        self.over = True
        self.woken.set()


class Streams:
    """Everybody who follows in this process."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits
        self._followers: set[Follower] = set()
        self._guard: asyncio.Task[None] | None = None
        self._closed = False

    def close(self) -> None:
        """End every stream: the server stops, and who follows goes on elsewhere from the last id."""
        self._closed = True
        for follower in self._followers:
            follower.end()
        if self._guard is not None:
            self._guard.cancel()

    async def follow(self, receive: Receive, caller: Caller, cursor: str | None) -> AsyncGenerator[bytes, None]:
        """What is sent to one who follows, from after ``cursor``; without one, from now.

        Raises InvalidField for a cursor that cannot be read, and TryAgain when too many follow or the server stops.
        """
        if self._closed or len(self._followers) >= self._limits.streams:
            raise TryAgain(retry_after_ms=RETRY_MS)
        if cursor is None:
            cursor = await self._database.read(events.end, caller.team_id)
        page = await self._database.read(events.read, caller.team_id, cursor, MOST)
        return self._told(receive, caller, page)

    async def _told(self, receive: Receive, caller: Caller, page: Page) -> AsyncGenerator[bytes, None]:
        follower = Follower(caller.key_id)
        gone = asyncio.ensure_future(hung_up(receive))
        gone.add_done_callback(lambda _: follower.end())
        stop = self._database.doorbell.listen(f"events:{caller.team_id}", follower.woken.set)
        self._followers.add(follower)
        if self._guard is None or self._guard.done():
            self._guard = asyncio.create_task(self._watch_keys())
        loop = asyncio.get_running_loop()
        try:
            said = loop.time()
            yield b"retry: 1000\n\n" + _as_text(page)
            while not follower.over and not self._closed:
                follower.woken.clear()
                page = await self._database.read(events.read, caller.team_id, page.cursor, MOST)
                if page.events:
                    said = loop.time()
                    yield _as_text(page)
                elif loop.time() - said >= ALIVE_S:
                    said = loop.time()
                    yield b": alive\n\n"
                else:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_S):
                            await follower.woken.wait()
        except TryAgain:
            return  # the database is away: who follows comes back with the last id
        finally:
            stop()
            self._followers.discard(follower)
            gone.cancel()

    async def _watch_keys(self) -> None:
        """End the streams of revoked keys, while anybody follows."""
        while self._followers:
            await asyncio.sleep(KEYS_S)
            try:
                good = await self._database.read(access.standing, {one.key_id for one in self._followers})
            except TryAgain:
                continue
            except Exception:
                log.exception("the keys of those who follow could not be looked at")
                continue
            for follower in self._followers:
                if follower.key_id not in good:
                    follower.end()


def _as_text(page: Page) -> bytes:
    """Events as they go over the line; the id of each is the cursor after it."""
    return b"".join(
        b"id: %d-%d\nevent: %s\ndata: %s\n\n" % (one.txid, one.n, one.type.encode(), _encode(event_body(one)))
        for one in page.events
    )
