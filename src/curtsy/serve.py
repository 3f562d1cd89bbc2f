"""The composition root: settings -> database -> application and loops -> a listening server. Only this file wires."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

import uvicorn
import uvloop

from curtsy.clock import steady_clock, system_clock
from curtsy.loops import keep
from curtsy.service.access import sign_in_link
from curtsy.settings import Settings
from curtsy.storage.database import CannotOpen, Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from curtsy.web.crowd import ROOM_TO_SAY_SO, Limits
from curtsy.web.http1 import Http1

DRAIN_S = 10
OWN_FILES = 100
"""What the server opens beside connections: the database, its log, the listening socket."""


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
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); raises CannotOpen when the database or the port cannot be had."""
    database = open_database(settings.database, clock=clock, steady=steady)
    try:
        database.hold()
        migrate(database)
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


def _limits() -> Limits:
    """Our limits, with as many connections as the system lets this process have files for."""
    limits = Limits()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections * (ROOM_TO_SAY_SO + 1) // ROOM_TO_SAY_SO + OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        limits = replace(limits, connections=(soft - OWN_FILES) * ROOM_TO_SAY_SO // (ROOM_TO_SAY_SO + 1))
    return limits


async def _run(
    database: Database,
    settings: Settings,
    listener: socket.socket,
    url: str,
    announce: Callable[[Listening], None],
) -> None:
    limits = _limits()
    config = uvicorn.Config(
        build_app(database, settings, limits),
        loop="none",
        http=Http1.within(limits),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # browsers say that they are alive
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
