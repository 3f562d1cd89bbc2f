"""Somebody who is told by webhooks: keeps what came, and answers as a story wants."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One call: its path, headers in lower case, and body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        return str(self.json["type"])


Answering = Callable[[BaseHTTPRequestHandler, Told], None]


def says(status: int, body: bytes = b"{}", **headers: str) -> Answering:
    """An answer of this status."""

    def answer(line: BaseHTTPRequestHandler, _told: Told) -> None:
        line.send_response(status)
        for name, value in headers.items():
            line.send_header(name.replace("_", "-"), value)
        line.send_header("content-length", str(len(body)))
        line.end_headers()
        line.wfile.write(body)

    return answer


@dataclass(slots=True)
class Receiver:
    """Where it listens, what it was told, and how it answers from now on."""

    url: str
    answer: Answering = field(default_factory=lambda: says(200))
    told: list[Told] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.told]

    @property
    def types(self) -> list[str]:
        return [one.type for one in self.told]


@contextlib.contextmanager
def receiving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a free port until the block ends; over https with ``tls``."""

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body go out apart, and the second would wait for a word of the caller

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the caller died before it had said everything
            told = Told(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            answer = receiver.answer
            receiver.told.append(told)
            with contextlib.suppress(OSError):  # the caller had enough
                answer(self, told)

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the caller died, or hung up
                super().handle()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256  # fewer, and the system resets some of those who come at once

        def get_request(self) -> tuple[socket.socket, Any]:
            line, address = super().get_request()
            # Hands are shaken in the thread of the line, so that one who does not keeps nobody out.
            return (tls.wrap_socket(line, server_side=True, do_handshake_on_connect=False) if tls else line), address

    server = Server((host, 0), Line)
    receiver = Receiver(f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)
