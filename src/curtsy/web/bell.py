"""The bell: a WebSocket that only says "ask now". It carries no work and no ids."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from curtsy.domain.agent import Agent, AgentRevoked
from curtsy.domain.errors import TryAgain
from curtsy.service.credentials import hashed
from curtsy.storage.database import Database
from curtsy.storage.store import Store

HELLO_S = 10
AGAIN_S = 1.0
SILENCE_S = 60
"""An agent says that it is alive every 20 s; one not heard of for this long is cut off."""
BAD_TOKEN = 4401
REVOKED = 4403
BAD_HELLO = 4400
TRY_AGAIN = 1013
"""The server cannot say now who this is: the agent comes back (RFC 6455, registry of close codes)."""

EXTENSION_ORIGINS = ("chrome-extension://", "moz-extension://")


def is_extension(origin: str) -> bool:
    """Whether a request comes from a browser extension."""
    return origin.startswith(EXTENSION_ORIGINS)


async def bell(database: Database, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one agent's bell until either side ends it."""
    socket = WebSocket(scope, receive, send)
    origin = socket.headers.get("origin")
    if origin is not None and not is_extension(origin):
        await socket.close(1008)
        return
    await socket.accept()
    try:
        agent = await _hello(database, socket)
        if agent is not None:
            await _ring(database, socket, agent)
    except (WebSocketDisconnect, TimeoutError):
        pass
    except TryAgain:
        await socket.close(TRY_AGAIN)
    if socket.application_state is WebSocketState.CONNECTED and socket.client_state is WebSocketState.CONNECTED:
        await socket.close(1000)


async def _hello(database: Database, socket: WebSocket) -> Agent | None:
    """Who is there: the first message carries the token, so that it stands in no address and no log."""
    said = await _said(socket, HELLO_S)
    if said.get("type") != "hello" or not isinstance(said.get("token"), str):
        await socket.close(BAD_HELLO)
        return None
    agent = await database.read(_known, said["token"])
    if agent is None:
        await socket.close(BAD_TOKEN)
        return None
    if agent.revoked_at is not None:
        await socket.close(REVOKED)
        return None
    return agent


def _known(store: Store, _now: int, token: str) -> Agent | None:
    return store.agents.by_token(hashed(token))


async def _ring(database: Database, socket: WebSocket, agent: Agent) -> None:
    rung = asyncio.Event()
    doorbell = database.doorbell
    stops = [doorbell.listen(f"member:{agent.member_id}", rung.set), doorbell.listen(f"agent:{agent.id}", rung.set)]
    ringer = asyncio.create_task(_ringer(database, socket, agent, rung))
    rung.set()  # something may have come while nobody listened
    try:
        while True:
            await _said(socket, SILENCE_S)
    finally:
        for stop in stops:
            stop()
        ringer.cancel()


async def _ringer(database: Database, socket: WebSocket, agent: Agent, rung: asyncio.Event) -> None:
    while True:
        await rung.wait()
        rung.clear()
        try:
            now = await database.read(_again, agent.id)
        except TryAgain:  # the database is away: a bell that hangs all the same must not go dumb
            await asyncio.sleep(AGAIN_S)
            rung.set()
            continue
        try:
            if now is None or now.revoked_at is not None:
                await socket.send_json({"type": "stop", "reason": AgentRevoked.code})
                await socket.close(REVOKED)
                return
            await socket.send_json({"type": "ring"})
        except (WebSocketDisconnect, RuntimeError):  # the agent hung up meanwhile; who listens to it notices too
            return


def _again(store: Store, _now: int, agent_id: str) -> Agent | None:
    return store.agents.get(agent_id)


async def _said(socket: WebSocket, seconds: float) -> dict[str, Any]:
    if socket.application_state is not WebSocketState.CONNECTED:
        raise WebSocketDisconnect
    try:
        said = json.loads(await asyncio.wait_for(socket.receive_text(), seconds))
    except (ValueError, KeyError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
