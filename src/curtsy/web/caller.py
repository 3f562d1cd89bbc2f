"""Who is calling: a team by its API key, a browser by its token."""

from __future__ import annotations

import asyncio
from time import monotonic

from curtsy.domain.agent import Agent, AgentRevoked
from curtsy.domain.errors import InvalidApiKey, MissingApiKey, MissingScope
from curtsy.service.access import Caller, Scope, caller
from curtsy.service.pairing import agent_of
from curtsy.storage.database import Database

REMEMBER_S = 0.5
MOST_REMEMBERED = 10_000


class Callers:
    """Recognises callers; a key once seen is believed for half a second, so a revoked one fails within one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[Caller, float]] = {}
        self._asking: dict[bytes, asyncio.Future[Caller]] = {}

    async def team(self, headers: dict[bytes, bytes], wanted: Scope) -> Caller:
        """The caller behind ``x-api-key`` (or a bearer); raises MissingApiKey, InvalidApiKey, MissingScope."""
        secret = (headers.get(b"x-api-key") or _bearer(headers)).strip()
        if not secret:
            raise MissingApiKey
        known = self._known.get(secret)
        if known is not None and known[1] > monotonic():
            found = known[0]
        else:
            found = await self._ask(secret)
        if not found.scope.covers(wanted):
            raise MissingScope
        return found

    def known(self, headers: dict[bytes, bytes], wanted: Scope) -> Caller | None:
        """The caller, where nothing has to be asked or refused."""
        found = self._known.get(headers.get(b"x-api-key", b""))
        if found is None or found[1] <= monotonic() or not found[0].scope.covers(wanted):
            return None
        return found[0]

    async def _ask(self, secret: bytes) -> Caller:
        """Ask the database, once for all who come with this key meanwhile."""
        asking = self._asking.get(secret)
        if asking is None:
            asking = self._asking[secret] = asyncio.ensure_future(self._look_up(secret))
            asking.add_done_callback(lambda _: self._asking.pop(secret))
        return await asyncio.shield(asking)

    async def _look_up(self, secret: bytes) -> Caller:
        try:
            found = await self._database.read(caller, secret.decode("latin-1"))
        except InvalidApiKey:
            self._known.pop(secret, None)
            raise
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[secret] = found, monotonic() + REMEMBER_S
        return found

    async def agent(self, headers: dict[bytes, bytes]) -> Agent:
        """The browser behind a bearer token; raises AgentRevoked."""
        token = _bearer(headers).decode("latin-1").strip()
        if not token:
            raise AgentRevoked
        return await self._database.read(agent_of, token)


def _bearer(headers: dict[bytes, bytes]) -> bytes:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return token if scheme.lower() == b"bearer" else b""
