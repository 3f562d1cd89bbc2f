"""Brings events to endpoints as they happen: a round for each endpoint that has news, so that none holds up another.

Any number of processes may be at it. Where one dies, what it had in hand is taken by another, under the same ids.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from curtsy.domain.errors import TryAgain
from curtsy.domain.webhook import Payload, takes_in
from curtsy.service import telling
from curtsy.service.sealing import Seal, Unsealable
from curtsy.service.telling import Line, News, Try
from curtsy.storage.database import Database
from curtsy.storage.store.events import Event
from curtsy.storage.store.messages import Message
from curtsy.storage.store.webhooks import Endpoint
from curtsy.web.post import Post
from curtsy.web.streams import SOON_S
from curtsy.web.wire import event_body, rfc3339, task_body

TURN_S = 1.0
"""How often every endpoint is looked at; what happens in between rings."""
LEAVING_S = 1.0
"""When the server stops, answers to what is on its way are waited for so long."""
IDLE_TURNS = 10
"""An endpoint that was told nothing for so many turns is hung up on."""
WIDEST = 16
"""Messages that are on their way to one endpoint. It begins with one, and each that is taken in makes room for another;
to one that fails a single one is on its way."""
MOST_UNDER_WAY = 256
"""Messages that are on their way to all endpoints together, beside the first one of each: that waits for nobody."""
SHARE = 4
"""The messages of one team have one part in so many of this room, however slowly its endpoints answer."""
LINGER_S = 0.02
"""While less than half of an endpoint's room is free it is waited so long for more of it, to take several at once."""

_encode = msgspec.json.Encoder().encode
log = logging.getLogger("curtsy.webhooks")


@dataclass(slots=True)
class Way:
    """The way to an endpoint: how many messages may be on it, and which are; ``idle`` for so many turns.

    ``asked``: so many more are being taken for it. ``lent``: what it has of the room that all endpoints share.
    """

    width: int = 1
    asked: int = 0
    lent: int = 0
    rung: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    round: asyncio.Task[None] | None = None
    idle: int = 0

    @property
    def room(self) -> int:
        return self.width - len(self.under_way)

    async def changes(self) -> None:
        """Wait until there is news, or room because a try ended."""
        rung = asyncio.create_task(self.rung.wait())
        try:
            await asyncio.wait({rung, *self.under_way}, return_when=asyncio.FIRST_COMPLETED)
            if self.under_way and self.room < (self.width + 1) // 2:
                await asyncio.wait(set(self.under_way), timeout=LINGER_S)
        finally:
            rung.cancel()

    def came(self, *, well: bool) -> None:
        """A try ended."""
        self.width = min(self.width + 1, WIDEST) if well else 1


class Room:
    """How many messages may be on their way to all endpoints, and to one team's, beside the first to each of them."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._share = max(1, most // SHARE)
        self._lent: Counter[str] = Counter()

    def take(self, team_id: str, wanted: int) -> int:
        """As much of what is wanted as there is; nobody waits for it."""
        got = max(0, min(wanted, self._free, self._share - self._lent[team_id]))
        self._free -= got
        self._lent[team_id] += got
        return got

    def give_back(self, team_id: str, count: int) -> None:
        """It is there for others again."""
        self._free += count
        self._lent[team_id] -= count
        if not self._lent[team_id]:
            del self._lent[team_id]


class Postman:
    """The deliveries of one process."""

    def __init__(self, database: Database, seal: Seal, post: Post, most: int = MOST_UNDER_WAY) -> None:
        self._database = database
        self._seal = seal
        self._post = post
        self._room = Room(most)
        self._ways: dict[str, Way] = {}
        self._endpoints: dict[str, set[str]] = {}
        self._stops: dict[str, Callable[[], None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled. What is on its way then may still arrive for a moment, and is sent again if not."""
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
            await _end(way.round for way in self._ways.values() if way.round is not None)
            await _end((one for way in self._ways.values() for one in way.under_way), LEAVING_S)
            await self._post.close()

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
        on = {endpoint_id for endpoint_id, _, _ in found}
        for endpoint_id, way in list(self._ways.items()):
            way.idle = 0 if way.round or way.under_way else way.idle + 1
            if way.idle > (IDLE_TURNS if endpoint_id in on else 0):
                del self._ways[endpoint_id]
                await self._post.hang_up(endpoint_id)
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
        """Begin a round, or have the one under way look once more."""
        way = self._ways.setdefault(endpoint_id, Way())
        way.rung.set()
        if way.round is None:
            way.round = asyncio.create_task(self._round(endpoint_id, way))

    # ------------------------------------------------------------------ one endpoint

    async def _round(self, endpoint_id: str, way: Way) -> None:
        """Bring everything to one endpoint that it was not told yet."""
        try:
            while True:
                way.rung.clear()
                while await self._send_off(endpoint_id, way):
                    pass
                if way.under_way:
                    await way.changes()
                elif not way.rung.is_set():
                    return
        except TryAgain:
            pass  # the database is away: the next turn looks again
        except Exception:
            log.exception("telling webhook endpoint %s failed; it goes on in a second", endpoint_id)
        finally:
            way.round = None

    async def _send_off(self, endpoint_id: str, way: Way) -> bool:
        """Take what fits on the way, and send it off; whether there was anything, and room for more may be left."""
        if way.room <= 0:
            return False
        told = await self._database.read(telling.news, endpoint_id)
        if told is not None and told.hidden:
            asyncio.get_running_loop().call_later(SOON_S, self._begin, endpoint_id)
        if told is None or told.nothing:
            return False
        team_id = told.endpoint.team_id
        first = 0 if way.under_way else 1
        lent = self._room.take(team_id, way.room - first)
        if first + lent == 0:
            return False
        way.asked, way.lent = first + lent, way.lent + lent
        sent = 0
        try:
            lines = [line(told, event) for event in telling.wanted(told)]
            taken = await self._database.run(telling.take, told, lines, way.asked)
            if taken is not None:
                endpoint, messages = taken
                secrets = self._secrets(endpoint)
                for message in messages:
                    one = asyncio.create_task(self._deliver(endpoint, secrets, message, way))
                    way.under_way.add(one)
                    one.add_done_callback(partial(self._landed, way, team_id))
                    sent += 1
        finally:
            way.asked = 0
            self._even_out(way, team_id)
        return taken is not None and (sent > 0 or bool(told.events))

    def _landed(self, way: Way, team_id: str, one: asyncio.Task[None]) -> None:
        way.under_way.discard(one)
        self._even_out(way, team_id)

    def _even_out(self, way: Way, team_id: str) -> None:
        """Give back what a way has of the common room beyond its need: its first message needs none."""
        needed = max(0, len(way.under_way) + way.asked - 1)
        if way.lent > needed:
            self._room.give_back(team_id, way.lent - needed)
            way.lent = needed

    def _secrets(self, endpoint: Endpoint) -> list[str]:
        """The secrets that sign now, the newest first; none where the newest cannot be read."""
        secrets = []
        for one in (endpoint.secret, *(secret for secret, _ in endpoint.replaced(self._database.now()))):
            try:
                secrets.append(self._seal.open(one, endpoint.id))
            except Unsealable as error:
                log.error("webhook endpoint %s: %s", endpoint.id, error)
                break
        return secrets

    async def _deliver(self, endpoint: Endpoint, secrets: Sequence[str], message: Message, way: Way) -> None:
        try:
            if not secrets:
                tried = Try(self._database.now(), 0, {}, error="the secret that signs cannot be read on this server")
            else:
                tried = await self._post.bring(endpoint.url, secrets, message)
            way.came(well=takes_in(tried.status))
            # Where the database is away the message is free again when its time is over.
            with contextlib.suppress(TryAgain):
                await self._database.run_batched(telling.keep, (message, tried))
        except Exception:
            log.exception("what came of message %s could not be kept", message.id)


async def _end(tasks: Iterable[asyncio.Task[None]], after_s: float = 0) -> None:
    """End tasks, after letting them go on for so long."""
    left = set(tasks)
    if left and after_s:
        _, left = await asyncio.wait(left, timeout=after_s)
    for one in left:
        one.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def line(told: News, event: Event) -> Line:
    """An event as every try will send it."""
    said = event_body(event)
    data = said["data"]
    found = told.tasks.get(event.task_id) if event.task_id else None
    if found is not None and told.endpoint.payload == Payload.FULL:
        # As it is now but for its status, which is that of the moment the event tells of.
        data["task"] = task_body(found) | data["task"]
        data["sender"] = {"id": found.sender.id, "name": found.sender.name}
    return Line(event, _encode({"type": event.type, "timestamp": rfc3339(event.at), "data": data}).decode())
