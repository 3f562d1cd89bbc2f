"""The composition root: settings -> database -> application and loops -> a listening server. Only this file wires."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

import uvicorn
import uvloop

from curtsy.clock import boot, steady_clock, system_clock
from curtsy.loops import keep
from curtsy.service.access import sign_in_link
from curtsy.service.sealing import Seal, new_key
from curtsy.settings import Settings
from curtsy.storage.database import CannotOpen, Database, open_database, takes_several_processes
from curtsy.storage.key_file import make_key, place_of_key, read_key
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from curtsy.web.crowd import ROOM_TO_SAY_SO, Limits
from curtsy.web.dial import Careful, Names
from curtsy.web.door import Door
from curtsy.web.http1 import Http1
from curtsy.web.post import Post
from curtsy.web.postman import MOST_UNDER_WAY, Postman
from curtsy.workers import run_workers

DRAIN_S = 10
YOUNG_OBJECTS = 20_000
"""So many are made before the collector looks for circles among them: a request makes a hundred and leaves none behind.
What the program itself consists of is never looked at again."""
OWN_FILES = 100 + 2 * MOST_UNDER_WAY
"""What the server opens beside connections: the database, its log, the listening socket, and calls to webhooks,
the first one to each endpoint among them."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server is; ``sign_in`` is a one-time link while there is no team yet."""

    url: str
    sign_in: str | None


def serve(
    settings: Settings,
    announce: Callable[[Listening], None],
    clock: Callable[[], int] | None = None,
    steady: Callable[[], int] = steady_clock,
    boot: Callable[[], str | None] = boot,
    workers: int = 1,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); raises CannotOpen when the database or the port cannot be had.

    With several ``workers`` as many processes serve, each with a database of its own opened at the same address. Unless
    a ``clock`` is given, the time is PostgreSQL's own, and with SQLite that of this machine.
    """
    several = takes_several_processes(settings.database)
    if workers > 1 and not several:
        raise CannotOpen("SQLite takes one server process: leave --workers at 1, or move to PostgreSQL")
    rules = clock or (None if several else system_clock)

    def opened() -> Database:
        return open_database(settings.database, clock=rules, steady=steady, boot=boot())

    with contextlib.closing(opened()) as database:
        database.hold()
        migrate(database)
        listener = _listen(settings)
        at, settings = _where(settings, listener, database.run_now(_first_link))
        if workers == 1:
            _work(database, settings, listener, lambda: announce(at))
            return
    # The first process only watches: it has let go of the database before the others are made out of it.
    served = run_workers(
        workers, lambda lifeline, told: _work_with(opened, settings, listener, told, lifeline), lambda: announce(at)
    )
    if not served:
        raise CannotOpen("a server process ended before it served: what it said stands above")


def _where(settings: Settings, listener: socket.socket, link: str | None) -> tuple[Listening, Settings]:
    """Where the server is, and the settings that say so."""
    port = listener.getsockname()[1]
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{shown}:{port}"
    settings = replace(settings, port=port, public_url=settings.public_url or url)
    return Listening(url, f"{settings.public_url}/sign-in/{link}" if link else None), settings


def _work_with(
    opened: Callable[[], Database],
    settings: Settings,
    listener: socket.socket,
    serving: Callable[[], None],
    lifeline: int,
) -> None:
    with contextlib.closing(opened()) as database:
        _work(database, settings, listener, serving, lifeline)


def _work(
    database: Database,
    settings: Settings,
    listener: socket.socket,
    serving: Callable[[], None],
    lifeline: int | None = None,
) -> None:
    """Serve on this socket until told to stop, or until the lifeline ends."""
    database.keep_time(serves=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(database, settings, listener, serving, lifeline))


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
        left = soft - min(OWN_FILES, soft // 2)
        limits = replace(limits, connections=left * ROOM_TO_SAY_SO // (ROOM_TO_SAY_SO + 1))
    return limits


class WebServer(uvicorn.Server):
    """uvicorn, which before it drains lets nobody wait any longer, and then ends ``loops``.

    A signal that it was stopped by ends the process as soon as it is done.
    """

    def __init__(self, config: uvicorn.Config, app: Door) -> None:
        super().__init__(config)
        self._app = app
        self.loops: list[asyncio.Task[None]] = []

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.close()
        await super().shutdown(sockets)
        await self.end_loops()

    async def end_loops(self) -> None:
        for loop in self.loops:
            loop.cancel()
        await asyncio.gather(*self.loops, return_exceptions=True)


def _seal(database: Database, settings: Settings) -> Seal | None:
    """What seals secrets: beside SQLite's file a key is made, on PostgreSQL every process is given the same one."""
    path = place_of_key(settings.secret_file, database)
    if path is None:
        return None
    if settings.secret_file is None:
        make_key(path, new_key())
    return Seal(read_key(path))


def web_server(database: Database, settings: Settings, seal: Seal | None = None) -> WebServer:
    """The web server of one process, ready to be begun."""
    limits = _limits()
    app = build_app(database, settings, limits, seal)
    config = uvicorn.Config(
        app,
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
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    return WebServer(config, app)


async def _run(
    database: Database,
    settings: Settings,
    listener: socket.socket,
    serving: Callable[[], None],
    lifeline: int | None,
) -> None:
    seal = _seal(database, settings)
    server = web_server(database, settings, seal)
    kept = settings.keep_days, settings.keep_words_days
    server.loops.append(asyncio.create_task(keep(database, *kept)))
    if seal is not None:
        post = Post(database, Careful(settings.webhook_networks, Names()))
        server.loops.append(asyncio.create_task(Postman(database, seal, post).run()))
    served = asyncio.create_task(server.serve(sockets=[listener]))
    if lifeline is not None:
        asyncio.get_running_loop().add_reader(lifeline, _stop, server, lifeline)
    try:
        while not server.started and not served.done():
            await asyncio.sleep(0.01)
        if server.started:
            serving()
        await served
    finally:
        await server.end_loops()


def _stop(server: uvicorn.Server, lifeline: int) -> None:
    """The first process is gone: answer what is in hand, and end."""
    asyncio.get_running_loop().remove_reader(lifeline)
    server.should_exit = True


def _first_link(store: Store, now: int) -> str | None:
    """A link for the first person, while nobody else could make one."""
    return None if store.teams.all() else sign_in_link(store, now, None)
