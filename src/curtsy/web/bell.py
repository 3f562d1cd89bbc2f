"""The bell: a WebSocket that only says "ask now". It carries no work and no ids.

Ten thousand of them hang in one process, so each is one task and a few words of memory: plain ASGI, no timer for a
message, one sweep a second for all, and a second task only while it rings.
"""

from __future__ import annotations

import asyncio
import json
from math import inf
from typing import Any

from starlette.types import Receive, Scope, Send

from curtsy.domain.agent import Agent, AgentRevoked
from curtsy.domain.errors import TryAgain
from curtsy.service.credentials import hashed
from curtsy.storage.database import Database
from curtsy.storage.store import Store
from curtsy.web.crowd import SWEEP_S, Limits

BAD_TOKEN = 4401
REVOKED = 4403
BAD_HELLO = 4400
NOT_AN_EXTENSION = 1008
SILENT = 1000
TRY_AGAIN = 1013
"""The server cannot say now who this is: the agent comes back (RFC 6455, registry of close codes)."""
AGAIN_S = 1.0

RING = '{"type":"ring"}'
STOP = json.dumps({"type": "stop", "reason": AgentRevoked.code}, separators=(",", ":"))

EXTENSION_ORIGINS = ("chrome-extension://", "moz-extension://")


def is_extension(origin: str) -> bool:
    """Whether a request comes from a browser extension."""
    return origin.startswith(EXTENSION_ORIGINS)


class Bells:
    """All the bells of this process."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits
        self._hanging: set[Bell] = set()
        self._called: set[str] = set()
        self._sweeps = False

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one agent's bell until either side ends it."""
        await receive()
        origin = dict(scope["headers"]).get(b"origin")
        if origin is not None and not is_extension(origin.decode("latin-1")):
            await send({"type": "websocket.close", "code": NOT_AN_EXTENSION})
            return
        await send({"type": "websocket.accept"})
        loop = asyncio.get_running_loop()
        bell = Bell(self._database, self._limits, loop, send, self._called)
        self._hanging.add(bell)
        if not self._sweeps:
            self._sweep(loop)
        try:
            await bell.hang(receive)
        finally:
            self._hanging.discard(bell)

    def called(self, agent_id: str) -> bool:
        """Whether this agent was rung for since it last asked, so that there is probably something for it."""
        try:
            self._called.remove(agent_id)
        except KeyError:
            return False
        return True

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._sweeps = bool(self._hanging)
        if self._sweeps:
            loop.call_later(SWEEP_S, self._sweep, loop)
        now = loop.time()
        for bell in self._hanging:
            if bell.cut_at < now:
                bell.cut()


class Bell:
    """One agent's bell."""

    __slots__ = (
        "_agent_id",
        "_called",
        "_closing",
        "_database",
        "_doubted",
        "_limits",
        "_loop",
        "_rung",
        "_send",
        "_task",
        "cut_at",
    )

    def __init__(
        self, database: Database, limits: Limits, loop: asyncio.AbstractEventLoop, send: Send, called: set[str]
    ) -> None:
        self._database = database
        self._limits = limits
        self._loop = loop
        self._send = send
        self._called = called
        self._agent_id = ""
        self._rung = self._doubted = False
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self.cut_at = loop.time() + limits.hello_s

    async def hang(self, receive: Receive) -> None:
        """Ring whenever there may be work, until the agent hangs up or is cut off."""
        agent = await self._hello(await receive())
        if agent is None:
            return
        self._agent_id = agent.id
        doorbell = self._database.doorbell
        stops = (
            doorbell.listen(f"member:{agent.member_id}", self._call),
            doorbell.listen(f"agent:{agent.id}", self._doubt),
        )
        self._doubt()  # something may have come while nobody listened
        try:
            while True:
                self.cut_at = self._loop.time() + self._limits.silence_s
                if (await receive())["type"] != "websocket.receive":
                    return
        finally:
            for stop in stops:
                stop()
            self._called.discard(agent.id)
            if self._task is not None:
                self._task.cancel()

    def cut(self) -> None:
        """Hang up on a silent agent; what it says from now on is too late."""
        self.cut_at = inf
        self._closing = self._loop.create_task(self._close(SILENT))

    async def _hello(self, message: Any) -> Agent | None:
        """Who is there: the first message carries the token, so that it stands in no address and no log."""
        if message["type"] != "websocket.receive":
            return None
        said = _read(message.get("text"))
        token = said.get("token")
        if said.get("type") != "hello" or not isinstance(token, str):
            await self._close(BAD_HELLO)
            return None
        try:
            agent = await self._database.read(_known, token)
        except TryAgain:
            await self._close(TRY_AGAIN)
            return None
        if agent is None:
            await self._close(BAD_TOKEN)
        elif agent.revoked_at is not None:
            await self._close(REVOKED)
        else:
            return agent
        return None

    def _call(self) -> None:
        """Ring: something has come."""
        self._called.add(self._agent_id)
        self._ring()

    def _doubt(self) -> None:
        """Ring, if the agent may still listen."""
        self._doubted = True
        self._ring()

    def _ring(self) -> None:
        self._rung = True
        if self._task is None:
            self._task = self._loop.create_task(self._say())

    async def _say(self) -> None:
        try:
            while self._rung:
                self._rung = False
                if self._doubted:
                    self._doubted = False
                    try:
                        agent = await self._database.read(_again, self._agent_id)
                    except TryAgain:  # the database is away: a bell that hangs all the same must not go dumb
                        await asyncio.sleep(AGAIN_S)
                        self._rung = self._doubted = True
                        continue
                    if agent is None or agent.revoked_at is not None:
                        await self._send({"type": "websocket.send", "text": STOP})
                        await self._close(REVOKED)
                        return
                await self._send({"type": "websocket.send", "text": RING})
        except (OSError, RuntimeError):  # the agent hung up meanwhile; who listens to it notices too
            return
        finally:
            self._task = None

    async def _close(self, code: int) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code})
        except (OSError, RuntimeError):  # the agent was faster
            return


def _known(store: Store, _now: int, token: str) -> Agent | None:
    return store.agents.by_token(hashed(token))


def _again(store: Store, _now: int, agent_id: str) -> Agent | None:
    return store.agents.get(agent_id)


def _read(text: str | None) -> dict[str, Any]:
    try:
        said = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
