"""The whole server in this thread, without sockets: requests and statements come in the same order each time."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from curtsy.service.upkeep import upkeep
from curtsy.settings import Settings
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from tests.harness.clock import MovableClock

T = TypeVar("T")
P = ParamSpec("P")
URL = "http://127.0.0.1"

Fate = Callable[["Wire", requests.PreparedRequest], requests.Response]
"""What becomes of one request."""


@dataclass(slots=True)
class Server:
    """The rooms as ``serve`` wires them, around a clock that stands; upkeep runs when time passes."""

    path: Path
    clock: MovableClock
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self.database = open_database(f"sqlite:{self.path}", clock=self.clock)
        migrate(self.database)
        self._app = build_app(self.database, Settings(database=f"sqlite:{self.path}", port=0, public_url=URL))

    database: Any = field(init=False)
    _app: Any = field(init=False)

    def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a desk in the line."""
        value: T = self._loop.run_until_complete(self.database.run(desk, *args, **kwargs))
        return value

    def upkeep(self) -> bool:
        """What the loop of the server does each second; False when it has to wait."""
        try:
            while self.run(upkeep):
                pass
        except Exception:
            return False
        return True

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        """Have the application serve a request."""
        return self._loop.run_until_complete(self._serve(request))

    async def _serve(self, request: requests.PreparedRequest) -> requests.Response:
        address = urlsplit(request.url or "")
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
        scope = {
            "type": "http", "method": request.method, "path": address.path, "raw_path": address.path.encode(),
            "query_string": address.query.encode(), "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http",
            "server": ("127.0.0.1", 80), "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        response = requests.Response()
        response.request = request

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                response.status_code = message["status"]
                response.headers.update({name.decode(): value.decode() for name, value in message["headers"]})
            else:
                response.raw = io.BytesIO(message.get("body", b""))

        await self._app(scope, receive, send)
        return response

    def close(self) -> None:
        self.database.close()
        self._loop.close()


class Wire(BaseAdapter):
    """Carries requests to the server; the one numbered ``ill`` meets the ``fate``."""

    def __init__(self, server: Server, fate: Fate | None = None, ill: int = 0) -> None:
        super().__init__()
        self.server, self.fate, self.ill = server, fate, ill
        self.count = 0
        self.late: list[tuple[int, requests.PreparedRequest]] = []
        self.watch: Callable[[requests.PreparedRequest, requests.Response], None] | None = None

    def send(self, request: requests.PreparedRequest, *_args: Any, **_more: Any) -> requests.Response:
        """Carry one request."""
        self.count += 1
        if self.fate is not None and self.count == self.ill:
            return self.fate(self, request)
        return self.carry(request)

    def carry(self, request: requests.PreparedRequest) -> requests.Response:
        """Deliver a request; what is answered is compared with what is so."""
        response = self.server.answer(request)
        if self.watch is not None:
            self.watch(request, response)
        return response

    def deliver_late(self) -> None:
        """Deliver what was held up until now."""
        now = self.server.clock()
        due = [one for at, one in self.late if at <= now]
        self.late = [(at, one) for at, one in self.late if at > now]
        for one in due:
            self.carry(one)

    def close(self) -> None:
        """There is nothing to let go of."""
        self.late.clear()


def request_lost(_wire: Wire, request: requests.PreparedRequest) -> requests.Response:
    raise requests.ConnectionError(f"lost: {request.url}")


def reply_lost(wire: Wire, request: requests.PreparedRequest) -> requests.Response:
    wire.carry(request)
    raise requests.ConnectionError(f"answer lost: {request.url}")


def duplicated(wire: Wire, request: requests.PreparedRequest) -> requests.Response:
    wire.carry(request)
    return wire.carry(request)


def first_answer_of_two(wire: Wire, request: requests.PreparedRequest) -> requests.Response:
    response = wire.carry(request)
    wire.carry(request)
    return response


def late_by(ms: int) -> Fate:
    """Arrives so much later, when whoever sent it has given up."""

    def late(wire: Wire, request: requests.PreparedRequest) -> requests.Response:
        wire.late.append((wire.server.clock() + ms, request))
        raise requests.ConnectionError(f"late: {request.url}")

    return late
