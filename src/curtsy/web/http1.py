"""HTTP/1.1 as callers speak it, and nobody takes more of the server than a caller needs.

uvicorn's protocol, with bounds on bytes and seconds before any of our own code is asked. One sweep a second looks at
every connection, so that no request pays for a timer. What comes whole may be answered without the ways of ASGI.
"""

from __future__ import annotations

import asyncio
import re
import urllib.parse
from functools import partial
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from curtsy.domain.errors import BodyTooLarge, HeadTooLarge, MalformedRequest, TryAgain
from curtsy.web.crowd import RETRY_MS, Limits
from curtsy.web.exchange import Exchange, written
from curtsy.web.express import Answering, Express, Serving
from curtsy.web.patience import Patience, Stage
from curtsy.web.wire import Answer

MOST_IN_LINE = 32
"""Requests of one connection that may wait behind the one that is being answered."""
_OFFER = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)


class Http1(Patience):
    """One connection.

    An offer to go on in HTTP/2 is declined, as RFC 9110 7.8 lets a server: Java's client makes it with its first
    request, and the parser would stop there and lose the body.
    """

    config: Any
    scope: Any
    _held: bytes | None = None
    """The body so far of a request that may still come whole, while the parser is fed."""
    _room = MOST_IN_LINE
    """How many more of what came together may be answered on the spot: others wait, too."""

    @property
    def _door(self) -> Serving:
        door: Serving = self.config.app
        return door

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
            self._under_way.leave()

    def handle_websocket_upgrade(self) -> None:
        self._sweep.lines.discard(self)
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        self._seen += len(data)
        if self._stage is Stage.LEAVING:
            if self._seen > self.limits.linger_bytes:
                self._drop()
            return
        self._room = MOST_IN_LINE
        if b"h2c" in data:
            head, end, rest = data.partition(b"\r\n\r\n")
            data = _OFFER.sub(b"", head + b"\r\n")[:-2] + end + rest
        try:
            self.parser.feed_data(data)
            if self._held is not None:  # more is to come of it
                self._take_up(self._held)
        except httptools.HttpParserUpgrade:
            if self._stage is Stage.HEAD and self._head_bytes() > self.limits.head_bytes:
                self._refuse(HeadTooLarge())
            elif self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self.cycle.keep_alive = False
            return
        except httptools.HttpParserError:
            if self._held is not None:
                self._held, self._stage = None, Stage.HEAD  # nothing has been begun
            self._refuse(MalformedRequest())
            return
        if self._stage is Stage.HEAD and self._seen > self.limits.head_bytes:
            self._refuse(HeadTooLarge())
        elif self._stage is Stage.BODY and self._seen > self.limits.body_bytes:
            self._refuse(BodyTooLarge())

    # ------------------------------------------------------------------ a request

    def on_message_begin(self) -> None:
        if self._stage is not Stage.LEAVING:
            self.url, self.headers = b"", []
            self._stage, self._since = Stage.HEAD, self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._stage is Stage.HEAD:  # what follows a body in pieces has no say (RFC 9110 6.5.1)
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._stage is Stage.LEAVING:
            return
        # Part of what was seen may be the body, hence the second look.
        if self._seen > self.limits.head_bytes and self._head_bytes() > self.limits.head_bytes:
            return  # still in the stage HEAD: whoever fed the parser refuses it
        upgrade = self.parser.should_upgrade()
        if upgrade and self._should_upgrade():
            self._describe()
            return
        self._stage = Stage.BODY
        if self._under_way is None and self._room and not upgrade and not self.flow.write_paused:
            self._held = b""
        else:
            self._take_up(b"")

    def on_body(self, body: bytes) -> None:
        if self._held is not None:
            self._held += body
        elif self._stage is Stage.BODY and not self.cycle.response_complete:
            self._add(body)

    def _add(self, body: bytes) -> None:
        self.cycle.body += body
        if len(self.cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        self.cycle.message_event.set()

    def on_message_complete(self) -> None:
        if self._stage is not Stage.BODY:
            return
        self._stage, self._seen = Stage.APP, 0
        if self._held is not None:
            body, self._held = self._held, None
            self._room -= 1
            answering = self._door.express(self.parser.get_method(), self.url, self.headers, body)
            if answering is not None:
                self._go(answering, Express(keep_alive=self._keeps_alive()))
                return
            self._take_up(body)
        self.cycle.more_body = False
        self.cycle.message_event.set()
        if self.cycle.response_complete:
            self._rest()

    def _keeps_alive(self) -> bool:
        return bool(self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0")

    def _head_bytes(self) -> int:
        return sum((len(name) + len(value) + len(b": \r\n") for name, value in self.headers), len(self.url))

    # ------------------------------------------------------------------ the usual way

    def _describe(self) -> None:
        """Make the scope of a request, all of which but its body is there."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url, self.scope["headers"] = url, headers
        self.headers = headers
        self.scope["method"] = self.parser.get_method().decode("ascii")

    def _take_up(self, body: bytes) -> None:
        """Begin a request, or put it in line."""
        self._held = None
        stage, self._stage = self._stage, Stage.HEAD  # whose refusal it is when the address is none
        address = httptools.parse_url(self.url)
        path = address.path.decode("ascii")
        self._stage = stage
        self._describe()
        scope = self.scope
        scope["http_version"] = self.parser.get_http_version()
        scope["path"] = urllib.parse.unquote(path) if "%" in path else path
        scope["raw_path"] = address.path
        scope["query_string"] = address.query or b""
        self.expect_100_continue = any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in self.headers
        )
        self.cycle = Exchange(self, keep_alive=self._keeps_alive())
        if body:
            self._add(body)
        if self._under_way is None:
            self._begin(self.cycle)
        else:
            self.flow.pause_reading()
            if len(self.pipeline) < MOST_IN_LINE:
                self.pipeline.appendleft((self.cycle, self.app))
            else:  # the newest that is in line gets the last answer; the caller asks the rest anew (RFC 9112 9.3.2)
                self.pipeline[0][0].keep_alive = False

    def _begin(self, exchange: Exchange) -> None:
        self._under_way = exchange
        self._start_asgi_task(exchange, self.app)

    # ------------------------------------------------------------------ express

    def _go(self, answering: Answering, express: Express) -> None:
        """Answer at once, or as soon as what it waits for is there."""
        self._under_way = express
        self._step(answering, express)

    def _step(self, answering: Answering, express: Express, _done: asyncio.Future[Any] | None = None) -> None:
        try:
            awaited = answering.send(None)
        except StopIteration as done:
            self._tell(express, done.value)
        except BaseException:
            self._drop()
            raise
        else:
            awaited.add_done_callback(partial(self._step, answering, express))

    def _tell(self, express: Express, answer: Answer) -> None:
        if not express.disconnected:
            said = [*self.server_state.default_headers, *answer.headers]
            self.transport.write(written(answer.status, said, answer.body, "", close=not express.keep_alive))
        self.on_response_complete()

    # ------------------------------------------------------------------ an answer has been given

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

    def _rest(self) -> None:
        self._stage, self._since = Stage.IDLE, self.loop.time()
