"""HTTP/1.1 as callers speak it, and nobody takes more of the server than a caller needs.

uvicorn's protocol, with bounds on bytes and seconds before any of our own code is asked. One sweep a second looks at
every connection, so that no request pays for a timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import urllib.parse
from enum import Enum
from math import inf
from typing import Any, ClassVar

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from curtsy.domain.errors import BodyTooLarge, HeadTooLarge, MalformedRequest, Refusal, TooSlow, TryAgain
from curtsy.web.crowd import RETRY_MS, Limits, Sweep
from curtsy.web.exchange import Exchange, written
from curtsy.web.problems import STATUS, phrase
from curtsy.web.wire import new_request_id

MOST_IN_LINE = 32
"""Requests of one connection that may wait behind the one that is being answered."""
_OFFER = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)


class Stage(Enum):
    """What a connection waits for; each has its time in ``Limits``."""

    IDLE = "a request"
    HEAD = "the end of the headers"
    BODY = "the end of the body"
    APP = "our answer"
    LEAVING = "the caller to take the answer and hang up"


class Http1(HttpToolsProtocol):
    """One connection.

    An offer to go on in HTTP/2 is declined, as RFC 9110 7.8 lets a server: Java's client makes it with its first
    request, and the parser would stop there and lose the body.
    """

    limits: ClassVar[Limits] = Limits()
    scope: Any
    cycle: Any
    transport: Any

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._stage = Stage.IDLE
        self._since = 0.0
        self._seen = 0
        self._unread_since = inf
        self._under_way: RequestResponseCycle | None = None
        sweep = app_state.get("sweep")
        if sweep is None:
            sweep = app_state["sweep"] = Sweep(self.loop, server_state.connections, self.limits)
        self._sweep: Sweep = sweep

    @classmethod
    def within(cls, limits: Limits) -> type[Http1]:
        """The protocol with other limits."""
        return type(cls.__name__, (cls,), {"limits": limits})

    # ------------------------------------------------------------------ the connection

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._since = self.loop.time()
        self._sweep.enter(self)
        if self._sweep.over:
            self._drop()
        elif self._sweep.full:
            self._stage = Stage.HEAD
            self._refuse(TryAgain(retry_after_ms=RETRY_MS))

    def connection_lost(self, exc: Exception | None) -> None:
        self._sweep.lines.discard(self)
        super().connection_lost(exc)
        self.pipeline.clear()
        if self._under_way is not None:
            self._under_way.disconnected = True
            self._under_way.message_event.set()

    def handle_websocket_upgrade(self) -> None:
        self._sweep.lines.discard(self)
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        self._seen += len(data)
        if self._stage is Stage.LEAVING:
            if self._seen > self.limits.linger_bytes:
                self._drop()
            return
        head, end, rest = data.partition(b"\r\n\r\n")
        if b"h2c" in head:
            data = _OFFER.sub(b"", head + b"\r\n")[:-2] + end + rest
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._stage is Stage.HEAD and self._head_bytes() > self.limits.head_bytes:
                self._refuse(HeadTooLarge())
            elif self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self.cycle.keep_alive = False
            return
        except httptools.HttpParserError:
            self._refuse(MalformedRequest())
            return
        if self._stage is Stage.HEAD and self._seen > self.limits.head_bytes:
            self._refuse(HeadTooLarge())
        elif self._stage is Stage.BODY and self._seen > self.limits.body_bytes:
            self._refuse(BodyTooLarge())

    def pause_writing(self) -> None:
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._unread_since = inf
        super().resume_writing()

    # ------------------------------------------------------------------ a request

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage, self._since = Stage.HEAD, self.loop.time()

    def on_headers_complete(self) -> None:
        parser, scope = self.parser, self.scope
        version = parser.get_http_version()
        scope["method"] = parser.get_method().decode("ascii")
        scope["http_version"] = version
        # Part of what was seen may be the body, hence the second look.
        if self._seen > self.limits.head_bytes and self._head_bytes() > self.limits.head_bytes:
            return  # still in the stage HEAD: whoever fed the parser refuses it
        if parser.should_upgrade() and self._should_upgrade():
            return
        address = httptools.parse_url(self.url)
        path = address.path.decode("ascii")
        scope["path"] = urllib.parse.unquote(path) if "%" in path else path
        scope["raw_path"] = address.path
        scope["query_string"] = address.query or b""
        self._stage = Stage.BODY
        self.cycle = Exchange(self, keep_alive=version != "1.0" and parser.should_keep_alive())
        if self._under_way is None:
            self._begin(self.cycle)
        else:
            self.flow.pause_reading()
            if len(self.pipeline) < MOST_IN_LINE:
                self.pipeline.appendleft((self.cycle, self.app))
            else:  # the newest that is in line gets the last answer; the caller asks the rest anew (RFC 9112 9.3.2)
                self.pipeline[0][0].keep_alive = False

    def _head_bytes(self) -> int:
        return sum((len(name) + len(value) + len(b": \r\n") for name, value in self.headers), len(self.url))

    def on_body(self, body: bytes) -> None:
        if self._stage is Stage.BODY and not self.cycle.response_complete:
            self.cycle.body += body
            if len(self.cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            self.cycle.message_event.set()

    def on_message_complete(self) -> None:
        if self._stage is Stage.BODY:
            self._stage, self._seen = Stage.APP, 0
            self.cycle.more_body = False
            self.cycle.message_event.set()
            if self.cycle.response_complete:
                self._rest()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        done, self._under_way = self._under_way, None
        if self.transport.is_closing():
            return
        if done is not None and not done.keep_alive:
            self._hang_up()
        else:
            self.flow.resume_reading()
            if self.pipeline:
                self._begin(self.pipeline.pop()[0])
            elif self._stage is Stage.APP:
                self._rest()

    def _begin(self, exchange: RequestResponseCycle) -> None:
        self._under_way = exchange
        self._start_asgi_task(exchange, self.app)

    def _rest(self) -> None:
        self._stage, self._since = Stage.IDLE, self.loop.time()

    # ------------------------------------------------------------------ the end of it

    def look(self, now: float, *, crowded: bool) -> None:
        """Cut what has had its time."""
        limits, waited = self.limits, now - self._since
        if now - self._unread_since > limits.unread_s:
            self._drop()
        elif self._stage is Stage.LEAVING:
            if waited > (limits.unread_s if self.transport.get_write_buffer_size() else limits.linger_s):
                self._drop()
        elif self._stage is Stage.IDLE:
            if waited > (limits.crowded_s if crowded else limits.idle_s):
                self._hang_up()
        elif self._stage is Stage.HEAD:
            # While an earlier request of this connection is under way, its answer would be taken for this one's.
            if waited > (limits.crowded_s if crowded else limits.head_s) and self._under_way is None:
                self._refuse(TooSlow())
        elif self._stage is Stage.BODY and waited > limits.request_s:
            self._refuse(TooSlow())

    def _refuse(self, refusal: Refusal) -> None:
        """Say no to what will not be read to its end, and hang up."""
        reading = self.cycle if self._stage is Stage.BODY else None
        waits = self._under_way if self._under_way is not reading else None
        if waits is not None:
            waits.keep_alive = False  # the answer under way is the last one
            self.flow.pause_reading()
            return
        if reading is not None and not reading.response_complete:
            reading.disconnected = True
            reading.message_event.set()
        if reading is None or not reading.response_started:
            answer = phrase(refusal, new_request_id(), 0)
            headers = [*self.server_state.default_headers, *answer.headers]
            self.transport.write(written(STATUS[type(refusal)], headers, answer.body, "GET", close=True))
        self._hang_up()

    def _hang_up(self) -> None:
        """End the connection: at once where the request has been read, else so that the caller still gets our answer.

        A socket closed with something unread in it takes the answer back (RFC 9112 9.6).
        """
        if self.transport.is_closing():
            return
        unread = self._stage in (Stage.HEAD, Stage.BODY)
        self._stage, self._since, self._seen = Stage.LEAVING, self.loop.time(), 0
        if unread:
            self.flow.resume_reading()
            self.transport.write_eof()
        else:
            self.transport.close()

    def _drop(self) -> None:
        """Let go at once; the system forgets what it still had to send."""
        with contextlib.suppress(OSError):  # it is closed already
            line = self.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def shutdown(self) -> None:
        if self._under_way is None:
            self.transport.close()
        else:
            self._under_way.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest())
