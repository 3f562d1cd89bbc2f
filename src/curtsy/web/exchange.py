"""One request and its answer on their way through the server: an answer that is whole leaves in one write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

LONGEST_REST = 64 * 1024
"""Bytes of a request that are worth reading after its answer, so that the connection can go on."""


class Exchange(RequestResponseCycle):
    """One request and its answer; one that is whole leaves in one write."""

    scope: Any
    message_event: asyncio.Event
    start: Any = None
    given = False

    def __init__(self, line: HttpToolsProtocol, *, keep_alive: bool) -> None:
        super().__init__(
            scope=line.scope,
            transport=line.transport,
            flow=line.flow,
            logger=line.logger,
            access_logger=line.access_logger,
            access_log=False,
            default_headers=line.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=line.expect_100_continue,
            keep_alive=keep_alive,
            on_response=line.on_response_complete,
        )

    def leave(self) -> None:
        """Its caller hung up."""
        self.disconnected = True
        self.message_event.set()

    async def receive(self) -> Any:
        """The body at once where all of it is there, as it nearly always is."""
        if self.given or self.more_body or self.disconnected or self.response_complete:
            return await super().receive()
        self.given = True
        self.message_event.clear()
        return {"type": "http.request", "body": bytes(self.body), "more_body": False}

    async def send(self, message: Any) -> None:
        """Hold the headers back until there is something to send with them."""
        if message["type"] == "http.response.start" and not self.response_started:
            self.start = message
            return
        start, self.start = self.start, None
        if start is None or message.get("more_body", False):
            if start is not None:
                await super().send(start)
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if not self.disconnected:
            self._send_whole(start["status"], start.get("headers", ()), message.get("body", b""))

    def _send_whole(self, status: int, headers: Any, body: bytes) -> None:
        self.response_started = True
        self.keep_alive = self.keep_alive and not (self.more_body and self._is_long())
        said = [*self.default_headers, *headers]
        self.transport.write(written(status, said, body, self.scope["method"], close=not self.keep_alive))
        self.response_complete = True
        self.message_event.set()
        self.on_response()

    def _is_long(self) -> bool:
        """Whether more is to come of the request than is worth reading after its answer."""
        declared: bytes = dict(self.scope["headers"]).get(b"content-length", b"")
        return self.waiting_for_100_continue or not declared.isdigit() or int(declared) > LONGEST_REST


def written(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, method: str, *, close: bool) -> bytes:
    """An answer as it goes over the line; raises RuntimeError when a header would break it up."""
    parts, lines, sized = [STATUS_LINE[status]], 2, False
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
        lines += 1
        sized = sized or name == b"content-length"
    if not sized and status not in (204, 304):
        parts += (b"content-length: ", b"%d" % len(body), b"\r\n")
        lines += 1
    if close:
        parts.append(b"connection: close\r\n")
        lines += 1
    parts.append(b"\r\n")
    head = b"".join(parts)
    if head.count(b"\n") != lines or head.count(b"\r") != lines:
        raise RuntimeError("a header holds a line break")
    return head if method == "HEAD" else head + body
