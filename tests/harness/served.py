"""A served Curtsy: the rooms wired by the harness around a movable clock, or a real process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import uvicorn

from curtsy.domain.webhook import TIMEOUT_MS, Network
from curtsy.loops import keep
from curtsy.serve import WebServer
from curtsy.service.rehearsal import play
from curtsy.service.sealing import Seal, new_key
from curtsy.service.upkeep import upkeep
from curtsy.settings import Settings
from curtsy.storage.database import Database, open_database
from curtsy.storage.key_file import make_key
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from curtsy.web.crowd import Limits
from curtsy.web.dial import Careful, Names, Resolve
from curtsy.web.door import Door
from curtsy.web.http1 import Http1
from curtsy.web.post import Post
from curtsy.web.postman import MOST_UNDER_WAY, Postman
from tests.harness import place
from tests.harness.clock import MovableClock

T = TypeVar("T")
P = ParamSpec("P")

HERE = (ip_network("127.0.0.0/8"),)
ROOT = Path(__file__).resolve().parents[2]


class Served:
    """A server in a thread of this process: ``url`` to call it, ``run`` to use its desks, ``jump`` to let time pass."""

    def __init__(
        self,
        address: str,
        clock: MovableClock,
        limits: Limits | None = None,
        networks: tuple[Network, ...] = HERE,
        answers_within_ms: int = TIMEOUT_MS,
        under_way: int = MOST_UNDER_WAY,
        resolve: Resolve | None = None,
    ) -> None:
        """For webhooks: who may be called, how long they may take, how many at once, and who looks up names."""
        self.networks = networks
        self.answers_within_ms = answers_within_ms
        self.under_way = under_way
        self.resolve = resolve or Names()
        self.address = address
        self.clock = clock
        self.limits = limits or Limits()
        self.url = ""
        self.database: Database = open_database(address, clock=clock)
        migrate(self.database)
        self.door: Door | None = None
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._work, name="served", daemon=True)

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()
        assert self._listening.wait(20), "the server did not begin to listen"

    def close(self) -> None:
        """Stop serving and let go of the database."""
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server did not end"
        self.database.close()

    def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a desk in the server's own line of desks, as its doors do."""
        return asyncio.run_coroutine_threadsafe(self.database.run(desk, *args, **kwargs), self._loop).result(20)

    def staying(self) -> int:
        """How many wait for a task or follow, by the list of those whose keys are looked after."""
        assert self.door is not None
        return sum(len(guests) for guests in self.door._warden._guests.values())

    def jump(self, ms: int) -> None:
        """Let time pass, and do at once what it brings about."""
        self.clock.jump(ms)
        while self.run(upkeep) or self.run(play):
            pass
        self._loop.call_soon_threadsafe(self.database.doorbell.ring, ["webhooks"])

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        seal = Seal(new_key())
        settings = Settings(database=self.address, port=0, webhook_networks=self.networks)
        app = self.door = build_app(self.database, settings, self.limits, seal)
        config = uvicorn.Config(
            app, loop="none", http=Http1.within(self.limits), ws="websockets-sansio", ws_per_message_deflate=False,
            ws_ping_interval=None, lifespan="off", access_log=False, log_level="warning", server_header=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = WebServer(config, app)
        # The protocol is named because asyncio sends small answers at once only on a socket that says TCP.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        post = Post(self.database, Careful(self.networks, self.resolve), self.answers_within_ms)
        postman = Postman(self.database, seal, post, self.under_way)
        server.loops.append(asyncio.create_task(postman.run()))
        if not self.clock.stands:  # else `jump` does what time brings about, and nobody does it in between
            server.loops.append(asyncio.create_task(keep(self.database)))
        self._listening.set()
        await self._stop.wait()
        server.should_exit = True
        await serving


@contextlib.contextmanager
def served(folder: Path, *, stands: bool = False, limits: Limits | None = None, **more: Any) -> Iterator[Served]:
    """A server in a thread, on a database in ``folder``, until the block ends; ``more`` is for webhooks."""
    server = Served(place.fresh(folder), MovableClock(stands=stands), limits, **more)
    server.start()
    try:
        yield server
    finally:
        server.close()


class ServerProcess:
    """A server in a process of its own that can be killed and started again on the same database."""

    def __init__(self, address: str, host: str = "127.0.0.1", secret_file: Path | None = None) -> None:
        """``secret_file``: where the key lies that seals secrets, for a database that is not a file."""
        self.secret_file = secret_file
        self.address = address
        self.host = host
        self.port = 0
        self.ahead = 0
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Start it, on the port it had before, with its clock as far ahead as it was."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.process", self.address, str(self.port), str(self.ahead),
             self.host, str(self.secret_file or "")],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.port = self._told()["port"]

    def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a desk from outside, as the commands do."""
        clock = MovableClock()
        clock.jump(self.ahead)
        database = open_database(self.address, clock=clock)
        try:
            return database.run_now(desk, *args, **kwargs)
        finally:
            database.close()

    def jump(self, ms: int) -> None:
        """Let time pass for the server; upkeep follows within a second."""
        self.ahead += ms
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.write(f"{ms}\n")
        process.stdin.flush()
        assert "now" in self._told()

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._end(subprocess.Popen.kill)

    def stop(self) -> None:
        """SIGTERM: the server finishes what it has begun."""
        self._end(subprocess.Popen.terminate)

    def _end(self, how: Callable[[subprocess.Popen[str]], None]) -> None:
        if self._process is None:
            return
        how(self._process)
        self._process.communicate(timeout=20)
        self._process = None

    def _told(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the server ended before it listened"
        told: dict[str, Any] = json.loads(line)
        return told


@contextlib.contextmanager
def server_process(folder: Path) -> Iterator[ServerProcess]:
    """A server process on a database in ``folder``; it has ended when the block ends."""
    secret_file = folder / "secret"
    make_key(secret_file, new_key())
    server = ServerProcess(place.fresh(folder), secret_file=secret_file)
    try:
        yield server
    finally:
        server.kill()
