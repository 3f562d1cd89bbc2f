"""A caller over one kept connection, as plain as asyncio allows: what it measures is the server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from bench.pinned import NotMeasured


class Caller:
    """Calls one server with one credential, one call at a time; anything but 200 ends the benchmark."""

    def __init__(self, port: int, credential: str, local: str = "127.0.0.1") -> None:
        self._port = port
        self._local = local
        self._credential = credential
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Any:
        """The body of an answer."""
        return await self._call("GET", path, b"")

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """The body of an answer."""
        return await self._call("POST", path, json.dumps(body).encode())

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _call(self, method: str, path: str, body: bytes) -> Any:
        reader, writer = await self._connected()
        writer.write(
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{self._credential}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0])
        answer = await reader.readexactly(length)
        if head.split(maxsplit=2)[1] != "200":
            raise NotMeasured(f"{method} {path} was answered {head.partition(chr(13))[0]}: {answer.decode()}")
        return json.loads(answer)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        # A server closes a connection that nothing was said on for some seconds.
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._local, 0))
        return self._streams


def by_key(key: str) -> str:
    """The header of a team's key."""
    return f"x-api-key: {key}"


def by_token(token: str) -> str:
    """The header of an agent's token."""
    return f"authorization: Bearer {token}"
