"""A caller's end of a connection, byte by byte, so that it can be as rude as anybody on the internet."""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer as it came: status, headers, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """One connection to the server at ``url``."""

    def __init__(self, url: str, *, holds: int | None = None) -> None:
        """``holds`` bounds the bytes that the system takes in for a caller who does not read them."""
        at = urlsplit(url)
        self.socket = socket.socket()
        if holds is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, holds)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect((at.hostname or "", at.port or 0))
        self._heard = b""

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, data: bytes | str) -> Line:
        """Send bytes; to a server that has hung up, nothing."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def dribble(self, data: bytes, pause_s: float) -> None:
        """Send byte after byte until the server has had enough."""
        for at in range(len(data)):
            self.say(data[at : at + 1])
            self.socket.settimeout(pause_s)
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                continue
            finally:
                self.socket.settimeout(PATIENCE_S)
            self._heard += more
            return
        raise AssertionError(f"{len(data)} bytes were taken, one by one")

    def flood(self, data: bytes) -> int:
        """Send the same again and again until the server hangs up; how many bytes it was rid of by then."""
        taken = 0
        self.socket.setblocking(False)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                taken += self.socket.send(data)
            except BlockingIOError:
                time.sleep(0.001)
            except (BrokenPipeError, ConnectionResetError):
                return taken
        raise AssertionError(f"the server did not hang up for {PATIENCE_S} s")

    def broken(self) -> bool:
        """Whether the server has broken the connection off."""
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET

    def answer(self) -> Heard:
        """The next answer."""
        while b"\r\n\r\n" not in self._heard:
            self._more()
        head, _, rest = self._heard.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        size = int(headers.get("content-length", "0"))
        while len(rest) < size:
            self._more()
            rest = self._heard.partition(b"\r\n\r\n")[2]
        self._heard = rest[size:]
        return Heard(int(first.split()[1]), headers, rest[:size])

    def ended(self) -> bytes:
        """What else comes until the server hangs up; AssertionError when it does not."""
        deadline = time.monotonic() + PATIENCE_S
        rest = b""
        while time.monotonic() < deadline:
            more = self.socket.recv(65536)
            if not more:
                return rest
            rest += more
        raise AssertionError(f"the server did not hang up for {PATIENCE_S} s")

    def _more(self) -> None:
        more = self.socket.recv(65536)
        assert more, f"the server hung up after {self._heard!r}"
        self._heard += more


def invitation(key: str, profile: str, *headers: str, body: bytes | None = None) -> bytes:
    """A whole request that invites somebody."""
    content = b'{"profile_urn": "%s"}' % profile.encode() if body is None else body
    return head(key, f"Content-Length: {len(content)}", *headers) + content


def head(key: str, *headers: str, path: str = "/linkedin-agent/send-connection-request") -> bytes:
    """The headers of a request that will bring a body."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"x-api-key: {key}", "Content-Type: application/json", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
