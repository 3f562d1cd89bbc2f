"""A running twin: its three listeners (http, https, control) over one world, blocking or in a thread."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from random import SystemRandom
from threading import Thread

from curtsy.twin.certificate import issue
from curtsy.twin.clock import Clock
from curtsy.twin.control import Control
from curtsy.twin.exchange import Answer, Request
from curtsy.twin.listener import listen, port_of
from curtsy.twin.remote import Twin
from curtsy.twin.request_log import RequestLog
from curtsy.twin.site import site
from curtsy.twin.world import World


@dataclass(frozen=True)
class TwinSettings:
    """How a twin runs: the port of https (0 is any), where its certificate stays, whether control moves its clock, and
    which clock that is."""

    port: int = 0
    tls: Path | None = None
    clock_control: bool = False
    clock: Clock = field(default_factory=Clock)


def serve(settings: TwinSettings, listening: Callable[[Twin], None]) -> None:
    """Run a twin until interrupted or terminated; `listening` gets its addresses."""

    async def until_told() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for told in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(told, stop.set)
        await _run(settings, listening, stop)

    asyncio.run(until_told())


@contextmanager
def running_twin(settings: TwinSettings | None = None) -> Iterator[Twin]:
    """Run a twin in a thread of this process; gone when the block ends."""
    addresses: Queue[Twin | BaseException] = Queue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(_run(settings or TwinSettings(), addresses.put, stop))
        except BaseException as failed:
            addresses.put(failed)
            raise
        finally:
            loop.close()

    thread = Thread(target=run, name="twin", daemon=True)
    thread.start()
    twin = addresses.get()
    if isinstance(twin, BaseException):
        raise twin
    try:
        yield twin
    finally:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _run(settings: TwinSettings, listening: Callable[[Twin], None], stop: asyncio.Event) -> None:
    world = World(settings.clock, SystemRandom())
    log = RequestLog()
    control = Control(world, log, settings.clock_control)
    certificate = issue(settings.tls)

    def answer(request: Request) -> Answer:
        session = world.sessions.with_cookie(request.cookies.get("li_at", ""))
        viewer = world.account(session.viewer_id).person.slug if session else None
        said = site(world, request)
        log.note(world.now(), request, said, viewer)
        return said

    servers = [
        await listen(answer, 0),
        await listen(answer, settings.port, certificate.context),
        await listen(control.answer, 0),
    ]
    plain, secure, control_port = (port_of(server) for server in servers)
    listening(
        Twin(
            f"http://127.0.0.1:{plain}",
            f"https://127.0.0.1:{secure}",
            certificate.spki,
            f"http://127.0.0.1:{control_port}",
        )
    )
    try:
        await stop.wait()
    finally:
        for server in servers:
            server.close()
        talks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
