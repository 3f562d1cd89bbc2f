"""The feed of events as it happens: server-sent events (HTML, section 9.2), one parked coroutine a follower."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Collection

import msgspec
from starlette.types import Receive

from curtsy.domain.errors import TryAgain
from curtsy.service import events
from curtsy.service.access import Caller
from curtsy.service.events import Page
from curtsy.storage.database import Database
from curtsy.web.crowd import RETRY_MS, Limits
from curtsy.web.waiting import hung_up
from curtsy.web.warden import Warden
from curtsy.web.wire import Headers, event_body

MOST = 100
"""Events that are read at once."""
SOON_S = 0.05
"""What a transaction that is still open keeps back is looked for again after this time: its end rings no bell."""
STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

_encode = msgspec.json.Encoder().encode


class Follower:
    """One who follows, with what wakes them."""

    __slots__ = ("over", "woken")

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.over = False

    def end(self) -> None:
        """Say nothing more."""
        self.over = True
        self.woken.set()


class Streams:
    """Everybody who follows in this process."""

    def __init__(self, database: Database, limits: Limits, warden: Warden) -> None:
        self._database = database
        self._limits = limits
        self._warden = warden
        self._followers: set[Follower] = set()
        self._coming = 0
        self._closed = False

    def close(self) -> None:
        """End every stream: the server stops, and who follows goes on elsewhere from the last id."""
        self._closed = True
        for follower in self._followers:
            follower.end()

    async def follow(
        self, receive: Receive, caller: Caller, cursor: str | None, types: Collection[str]
    ) -> AsyncGenerator[bytes, None]:
        """What is sent to one who follows, from after ``cursor``; without one, from now.

        Raises InvalidField for a cursor that cannot be read, and TryAgain when too many follow or the server stops.
        """
        if self._closed or len(self._followers) + self._coming >= self._limits.streams:
            raise TryAgain(retry_after_ms=RETRY_MS)
        self._coming += 1
        try:
            if cursor is None:
                cursor = await self._database.read(events.end, caller.team_id)
            page = await self._database.read(events.read, caller.team_id, cursor, MOST, types)
        finally:
            self._coming -= 1
        return self._told(receive, caller, cursor, page, types)

    async def _told(
        self, receive: Receive, caller: Caller, cursor: str, page: Page, types: Collection[str]
    ) -> AsyncGenerator[bytes, None]:
        follower = Follower()
        line = asyncio.ensure_future(hung_up(receive))
        line.add_done_callback(lambda _: follower.end())
        unlisten = self._database.doorbell.listen(f"events:{caller.team_id}", follower.woken.set)
        unwatch = self._warden.watch(caller.key_id, follower.end)
        self._followers.add(follower)
        loop = asyncio.get_running_loop()
        try:
            # An id without data moves the place that a client comes back to (HTML 9.2.6), before anything has happened.
            yield b"retry: 1000\nid: %s\n\n" % cursor.encode() + _as_text(page)
            said = loop.time()
            while not follower.over and not self._closed:
                follower.woken.clear()
                page, hidden = await self._database.read(events.read_on, caller.team_id, page.cursor, MOST, types)
                silent = loop.time() - said
                if page.events:
                    yield _as_text(page)
                    said = loop.time()
                elif page.more:
                    await asyncio.sleep(0)  # much is looked through for little, and others have their turn
                elif silent >= self._limits.alive_s:
                    yield b": alive\nid: %s\n\n" % (page.cursor or cursor).encode()
                    said = loop.time()
                else:
                    look_s = SOON_S if hidden else self._limits.look_s
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(min(look_s, self._limits.alive_s - silent)):
                            await follower.woken.wait()
        except TryAgain:
            return  # the database is away: who follows comes back with the last id
        finally:
            unlisten()
            unwatch()
            self._followers.discard(follower)
            line.cancel()


def _as_text(page: Page) -> bytes:
    """Events as they go over the line; the id of each is the cursor after it."""
    return b"".join(
        b"id: %d-%d\nevent: %s\ndata: %s\n\n" % (one.txid, one.n, one.type.encode(), _encode(event_body(one)))
        for one in page.events
    )
