"""How long a connection may take over what it does, and how it ends: the half of the protocol that ends things."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from enum import Enum
from math import inf
from typing import Any, ClassVar

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from curtsy.domain.errors import MalformedRequest, Refusal, TooSlow
from curtsy.web.crowd import Limits, Sweep
from curtsy.web.exchange import Exchange, written
from curtsy.web.express import Express
from curtsy.web.problems import STATUS, phrase
from curtsy.web.wire import new_request_id


class Stage(Enum):
    """What a connection waits for; each has its time in ``Limits``."""

    IDLE = "a request"
    HEAD = "the end of the headers"
    BODY = "the end of the body"
    APP = "our answer"
    LEAVING = "the caller to take the answer and hang up"


class Patience(HttpToolsProtocol):
    """A connection that is looked at now and then, and cut when it has had its time."""

    limits: ClassVar[Limits] = Limits()
    cycle: Any
    transport: Any
    pipeline: deque[Any]

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
        self._under_way: Exchange | Express | None = None
        sweep = app_state.get("sweep")
        if sweep is None:
            sweep = app_state["sweep"] = Sweep(self.loop, server_state.connections, self.limits)
        self._sweep: Sweep = sweep

    def pause_writing(self) -> None:
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._unread_since = inf
        super().resume_writing()

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
