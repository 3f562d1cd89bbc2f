"""The door of the API: finds the route, asks who calls, reads the body, phrases what comes back.

A thin ASGI callable ahead of the framework's router: the calls that programs make do not pay for what only pages need.
Checks run in the contract's order: 405, 401 (and scope), 413, 415, then the handler's own.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from curtsy.domain.errors import (
    MethodNotAllowed,
    NoSuchRoute,
    NotAWebSocket,
    Refusal,
    TryAgain,
)
from curtsy.service.idempotency import read_once
from curtsy.service.sealing import Seal
from curtsy.settings import Settings
from curtsy.storage.database import Database
from curtsy.web.bell import Bells
from curtsy.web.caller import Callers
from curtsy.web.crowd import RETRY_MS, Limits
from curtsy.web.express import Answering
from curtsy.web.heartbeats import Heartbeats
from curtsy.web.outlooks import Outlooks
from curtsy.web.problems import phrase
from curtsy.web.request import PREFLIGHT, cors_of, one_key, read_body, request_id_of
from curtsy.web.route import BODY_LIMIT, Call, Entrance, Route
from curtsy.web.streams import Streams
from curtsy.web.waiting import Gone, Waits, preferred
from curtsy.web.warden import Warden
from curtsy.web.wire import Answer, Headers, Streamed

API_PREFIXES = ("/linkedin-agent/", "/v1/", "/agent/")
BELL = "/agent/bell"

REPORTS = ("/agent/tasks/", "/agent/journal")
ALIVE = "/healthz"

_WAIT = b"wait"
_SPECIAL = frozenset((b"prefer", b"idempotency-key", b"expect", b"transfer-encoding"))
"""A header of these makes a call one that the usual way is for."""

log = logging.getLogger("curtsy.web")


async def _nothing_more() -> Message:
    raise Gone


class Door:
    """The whole application: API calls are answered here, pages by ``pages``."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        routes: tuple[Route, ...],
        pages: ASGIApp,
        limits: Limits,
        seal: Seal | None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._pages = pages
        self._seal = seal
        self._callers = Callers(database)
        self._heartbeats = Heartbeats(database)
        self._outlooks = Outlooks(database)
        self._bells = Bells(database, limits)
        self._limits = limits
        self._warden = Warden(database)
        self._waits = Waits(database, limits, self._warden, self._aside)
        self._streams = Streams(database, limits, self._warden)
        self._under_way = self._large = 0
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        self._express = {(one.method.encode(), one.path.encode()): one for one in routes if one.express}
        for route in routes:
            if "{" in route.path:
                pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path))
                known = next((methods for known, methods in self._patterns if known == pattern), None)
                if known is None:
                    self._patterns.append((pattern, {route.method: route}))
                else:
                    known[route.method] = route
            else:
                self._exact.setdefault(route.path, {})[route.method] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == BELL:
            await self._bells.serve(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        path = scope["path"]
        methods, params = self._find(path)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = request_id_of(headers)
        cors = cors_of(path, headers)
        self._under_way += 1
        try:
            self._make_room(path)
            if methods is None and not (path + "/").startswith(API_PREFIXES):
                await self._pages(scope, self._unhurried(receive), send)
                return
            if cors and scope["method"] == "OPTIONS":
                answer: Answer | Streamed = Answer(204, b"", PREFLIGHT)
            else:
                answer = await self._serve(scope, receive, methods, params, headers, request_id)
        except Refusal as refusal:
            answer = phrase(refusal, request_id, self._database.now())
        except Gone:
            return
        except Exception:
            log.exception("request %s failed: %s %s", request_id, scope["method"], path)
            answer = phrase(TryAgain(retry_after_ms=RETRY_MS), request_id, self._database.now())
        finally:
            self._under_way -= 1
        if scope["method"] == "HEAD":
            # Its headers stay those of the GET (RFC 9110 9.3.2).
            answer = Answer(answer.status, b"", answer.headers)
        if isinstance(answer, Streamed):
            await _stream(send, answer, request_id)
        else:
            await _send(send, answer, request_id, cors)

    def express(self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Answering | None:
        """The answer to a call that nearly all are like; None where anything about it is special."""
        path, _, query = url.partition(b"?")
        route = self._express.get((method, path))
        if route is None or self._under_way >= self._limits.calls or len(body) > BODY_LIMIT:
            return None
        if query and (_WAIT in query or b"#" in query):
            return None
        named = dict(headers)
        agents = route.door is Entrance.AGENT
        if len(named) < len(headers) or not named.keys().isdisjoint(_SPECIAL):
            return None
        if body and named.get(b"content-type") != b"application/json":
            return None
        team = None if agents else self._callers.known(named, route.scope)
        if team is None and not agents:
            return None
        call = Call(
            self._database, self._settings, self._heartbeats, request_id_of(named), named, query, {}, body,
            self._waits, self._streams, _nothing_more, self._seal, self._outlooks, self._bells, team=team,
        )  # fmt: skip
        return self._answer(route, call)

    async def _answer(self, route: Route, call: Call) -> Answer:
        self._under_way += 1
        try:
            if call.team is None:
                call.browser = await self._callers.agent(call.headers)
            answer = await route.handler(call)
            assert isinstance(answer, Answer)
        except Refusal as refusal:
            answer = phrase(refusal, call.request_id, self._database.now())
        except Exception:
            log.exception("request %s failed: %s %s", call.request_id, route.method, route.path)
            answer = phrase(TryAgain(retry_after_ms=RETRY_MS), call.request_id, self._database.now())
        finally:
            self._under_way -= 1
        answer.headers.append((b"x-request-id", call.request_id.encode("ascii")))
        if call.team is None:
            answer.headers.extend(cors_of(route.path, call.headers))
        return answer

    def _make_room(self, path: str) -> None:
        """Turn a request away when too many are under way; raises TryAgain."""
        most = self._limits.reports if path.startswith(REPORTS) else self._limits.calls
        if self._under_way > most and path != ALIVE:
            raise TryAgain(retry_after_ms=RETRY_MS)

    def _find(self, path: str) -> tuple[dict[str, Route] | None, dict[str, str]]:
        methods = self._exact.get(path)
        if methods is not None:
            return methods, {}
        for pattern, known in self._patterns:
            if found := pattern.fullmatch(path):
                return known, found.groupdict()
        return None, {}

    async def _serve(
        self,
        scope: Scope,
        receive: Receive,
        methods: dict[str, Route] | None,
        params: dict[str, str],
        headers: dict[bytes, bytes],
        request_id: str,
    ) -> Answer | Streamed:
        if scope["path"] == BELL:
            raise NotAWebSocket(upgrade="websocket")
        if methods is None:
            raise NoSuchRoute
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = methods.get(method)
        if route is None:
            raise MethodNotAllowed(allow=", ".join(sorted({*methods, *(["HEAD"] if "GET" in methods else [])})))
        query = scope["query_string"]
        call = Call(
            self._database, self._settings, self._heartbeats, request_id, headers, query, params, b"",
            self._waits, self._streams, receive, self._seal, self._outlooks, self._bells,
        )  # fmt: skip
        if route.door is Entrance.TEAM:
            if len(headers) < len(scope["headers"]):
                one_key(scope["headers"])
            call.team = await self._callers.team(headers, route.scope)
        elif route.door is Entrance.AGENT:
            call.browser = await self._callers.agent(headers)
        if route.body_limit > BODY_LIMIT:
            return await self._serve_large(route, call, scope["path"])
        if route.method in ("POST", "PATCH"):
            await self._body(route, call, scope["path"])
        if b"prefer" in headers:
            call.wait = preferred(b",".join(value for name, value in scope["headers"] if name == b"prefer"))
        return await route.handler(call)

    async def _serve_large(self, route: Route, call: Call, path: str) -> Answer | Streamed:
        """Let in few of those calls whose bodies may be large; raises TryAgain."""
        if self._large >= self._limits.large:
            raise TryAgain(retry_after_ms=RETRY_MS)
        self._large += 1
        try:
            await self._body(route, call, path)
            return await route.handler(call)
        finally:
            self._large -= 1

    def close(self) -> None:
        """Let nobody wait any longer: the server stops."""
        self._waits.close()
        self._streams.close()
        self._warden.close()

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        """Take no room meanwhile: who waits, or talks slowly, keeps nobody else out."""
        self._under_way -= 1
        try:
            yield
        finally:
            self._under_way += 1

    def _unhurried(self, receive: Receive) -> Receive:
        """The same for a page, which reads the form itself."""

        async def wait() -> Message:
            with self._aside():
                return await receive()

        return wait

    async def _body(self, route: Route, call: Call, path: str) -> None:
        """Read the body, and find room for the rest of the call."""
        self._under_way -= 1  # as in _aside, which costs a twentieth of a short request
        try:
            call.raw = await read_body(call.receive, call.headers, route.body_limit)
        finally:
            self._under_way += 1
        self._make_room(path)
        call.once = read_once(call.headers.get(b"idempotency-key"), route.method, path, call.raw)


async def _send(send: Send, answer: Answer, request_id: str, more: Headers) -> None:
    headers = [*answer.headers, (b"x-request-id", request_id.encode("ascii")), *more]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _stream(send: Send, answer: Streamed, request_id: str) -> None:
    headers = [*answer.headers, (b"x-request-id", request_id.encode("ascii"))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async with contextlib.aclosing(answer.parts) as parts:
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
