"""The composition root: settings -> database -> application and loops -> a listening server. Only this file wires."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from curtsy.clock import boot, steady_clock, system_clock
from curtsy.loops import keep
from curtsy.service.access import sign_in_link
from curtsy.settings import Settings
from curtsy.storage.database import CannotOpen, Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.web.app import build_app

DRAIN_S = 10
_OFFER = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)


class Http1(HttpToolsProtocol):
    """HTTP/1.1 as callers speak it: an offer to go on in HTTP/2 is declined, as RFC 9110 7.8 lets a server.

    Java's client makes that offer with its first request, and the parser would stop there and lose the body.
    """

    def data_received(self, data: bytes) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        if b"h2c" in head:
            data = _OFFER.sub(b"", head + b"\r\n")[:-2] + end + rest
        super().data_received(data)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server is; ``sign_in`` is a one-time link while there is no team yet."""

    url: str
    sign_in: str | None


def serve(
    settings: Settings,
    announce: Callable[[Listening], None],
    clock: Callable[[], int] = system_clock,
    steady: Callable[[], int] = steady_clock,
    boot: Callable[[], str | None] = boot,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); raises CannotOpen when the database or the port cannot be had."""
    database = open_database(settings.database, clock=clock, steady=steady, boot=boot())
    try:
        database.hold()
        migrate(database)
        database.keep_time(serves=True)
        listener = _listen(settings)
        port = listener.getsockname()[1]
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{shown}:{port}"
        settings = replace(settings, port=port, public_url=settings.public_url or url)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(database, settings, listener, url, announce))
    finally:
        database.close()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise CannotOpen(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    return listener


async def _run(
    database: Database,
    settings: Settings,
    listener: socket.socket,
    url: str,
    announce: Callable[[Listening], None],
) -> None:
    config = uvicorn.Config(
        build_app(database, settings),
        loop="none",
        http=Http1,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=64 * 1024,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = uvicorn.Server(config)
    loops = asyncio.create_task(keep(database))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            link = await database.run(_first_link)
            announce(Listening(url, f"{settings.public_url}/sign-in/{link}" if link else None))
        await serving
    finally:
        loops.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loops


def _first_link(store: Store, now: int) -> str | None:
    """A link for the first person, while nobody else could make one."""
    return None if store.teams.all() else sign_in_link(store, now, None)
