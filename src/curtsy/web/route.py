"""A row of the route table, and the call it serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import msgspec
from starlette.types import Receive

from curtsy.domain.agent import Agent
from curtsy.domain.errors import InvalidField, Refusal
from curtsy.service.access import Caller, Scope
from curtsy.service.idempotency import Once
from curtsy.service.sealing import Seal
from curtsy.service.status import Status
from curtsy.settings import Settings
from curtsy.storage.database import Database
from curtsy.web.bell import Bells
from curtsy.web.fields import TRIAL
from curtsy.web.heartbeats import Heartbeats
from curtsy.web.outlooks import Outlooks
from curtsy.web.streams import Streams
from curtsy.web.waiting import LONGEST_S, Waits
from curtsy.web.wire import Answer, Headers, Streamed, read_object

BODY_LIMIT = 64 * 1024


class Entrance(Enum):
    """Who may come in by a route."""

    TEAM = "x-api-key"
    AGENT = "bearer token of a paired browser"
    ANYONE = "anyone"


class Call(msgspec.Struct):
    """One request, with everything its handler may use."""

    database: Database
    settings: Settings
    heartbeats: Heartbeats
    request_id: str
    headers: dict[bytes, bytes]
    query: bytes
    params: dict[str, str]
    raw: bytes
    waits: Waits
    streams: Streams
    receive: Receive
    seal: Seal | None
    outlooks: Outlooks
    bells: Bells
    wait: int | None = None
    once: Once | None = None
    team: Caller | None = None
    browser: Agent | None = None
    parameters: dict[str, list[str]] | None = None
    """Of the query, once one was asked for."""

    @property
    def caller(self) -> Caller:
        assert self.team is not None  # the route's door asked for a key
        return self.team

    @property
    def agent(self) -> Agent:
        assert self.browser is not None  # the route's door asked for a token
        return self.browser

    async def outcome(self, task_id: str, seconds: int) -> tuple[Status, Headers]:
        """A task of the caller once it has ended or the time is over, with the header that says so (RFC 7240 3)."""
        found, waited = await self.waits.outcome(self.receive, self.caller, task_id, seconds)
        return found, [(b"preference-applied", b"wait=%d" % seconds)] if waited else []

    def json(self) -> dict[str, Any]:
        """The object in the body; raises MalformedBody, and InvalidField for a trial that the body says nothing of."""
        if self.query and self.asked(TRIAL) is not None:
            raise InvalidField(f"Invalid '{TRIAL}': say it in the body, not in the address")
        return read_object(self.raw)

    def asked(self, name: str) -> str | None:
        """A parameter of the query; given twice it counts as not given."""
        if self.parameters is None:
            try:
                self.parameters = parse_qs(self.query.decode("latin-1"), keep_blank_values=True, max_num_fields=100)
            except ValueError:
                self.parameters = {}
        values = self.parameters.get(name, ())
        return values[0] if len(values) == 1 else None

    def asked_under(self, prefix: str) -> list[tuple[str, str]]:
        """The parameters whose names begin so, with what follows in their names."""
        try:
            given = parse_qsl(self.query.decode("latin-1"), keep_blank_values=True, max_num_fields=100)
        except ValueError:
            return []
        return [(name.removeprefix(prefix), value) for name, value in given if name.startswith(prefix)]


Handler = Callable[[Call], Awaitable[Answer | Streamed]]


@dataclass(frozen=True, slots=True)
class Route:
    """Method, path, who may come in, what goes in and out, what may be refused, and who serves it.

    Everything but ``handler`` is also what the OpenAPI document is made of.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    response: type[msgspec.Struct]
    door: Entrance = Entrance.TEAM
    scope: Scope = Scope.READ
    request: type[msgspec.Struct] | None = None
    query: dict[str, str] = field(default_factory=dict)
    refusals: tuple[type[Refusal], ...] = ()
    body_limit: int = BODY_LIMIT
    """Bytes of a body that are taken."""
    waits: bool = False
    """Whether the answer can be waited for (``Prefer: wait=N``)."""
    express: bool = False
    """Whether programs call it all day long, so that it is answered without the ways of ASGI where nothing is special.

    Its handler runs in no task: it waits for futures of the database, and for nothing else.
    """
    streams: bool = False
    """Whether it is also told as it happens (server-sent events)."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that change what it does, beside those of every call."""
        known = {}
        if self.waits:
            known["Prefer"] = f"wait=N: answer once the task has ended, after at most N seconds (up to {LONGEST_S})"
        if self.streams:
            known["Accept"] = "text/event-stream: as it happens, as server-sent events"
            known["Last-Event-ID"] = "go on after this event, in a stream"
        return known
