"""The server's front door, knocked at without a wire: the same application, the same HTTP, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

import msgspec

from curtsy.settings import Settings
from curtsy.storage.database import Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from tests.faults.quarter.leaping import Sun
from tests.harness.agent import ORIGIN, Reply

T = TypeVar("T")
P = ParamSpec("P")
_JSON = [(b"content-type", b"application/json")]


class Front:
    """The rooms of a server, wired around the simulation's time."""

    def __init__(self, address: str, sun: Sun) -> None:
        self.sun = sun
        self.database: Database = open_database(address, clock=sun)
        migrate(self.database)
        self._door = build_app(self.database, Settings(database=address))
        self.calls = 0

    def close(self) -> None:
        """Let go of the database."""
        self._door.close()
        self.database.close()

    async def ask(self, method: str, path: str, key: str, body: Any = None, **query: str) -> Reply:
        """A caller's request."""
        return await self._knock(method, path, [(b"x-api-key", key.encode())], body, query)

    async def tell(self, path: str, token: str, body: dict[str, Any]) -> Reply:
        """An agent's request."""
        headers = [(b"authorization", f"Bearer {token}".encode()), (b"origin", ORIGIN.encode())]
        return await self._knock("POST", path, headers, body, {})

    async def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A desk that commands and pages use, in the server's own line of desks."""
        self.sun.busy += 1
        try:
            return await self.database.run(desk, *args, **kwargs)
        finally:
            self.sun.busy -= 1

    async def _knock(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: Any, query: dict[str, str]
    ) -> Reply:
        said: list[dict[str, Any]] = []
        raw = b"" if body is None else msgspec.json.encode(body)
        scope = {
            "type": "http", "method": method, "path": path, "query_string": urlencode(query).encode(),
            "headers": [*headers, *(_JSON if raw else [])], "client": ("127.0.0.1", 1),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        self.calls += 1
        self.sun.busy += 1
        try:
            await self._door(scope, receive, send)
        finally:
            self.sun.busy -= 1
        answered = b"".join(message["body"] for message in said[1:])
        return Reply(said[0]["status"], json.loads(answered) if answered else {}, {})
