"""Agents that wait: bells with a keepalive every 20 seconds, and a lease poll every 30 (docs/agent-protocol.md)."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import json
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bench.caller import Caller, by_token
from bench.ours import VERSION, Paired
from bench.pinned import NotMeasured

ALIVE_S, POLL_S = 20, 30
AT_ONCE = 50
"""As many bells are being connected at a time."""
STEP_S = 0.02
SPREAD = (5**0.5 - 1) / 2
"""Multiples of it fall evenly between whole numbers, for any count of them."""
FILES = 65_536
ADDRESSES = 200
"""Agents come from as many addresses of the loopback, since one has too few ports for all their polls."""
ALIVE = json.dumps({"type": "alive"})


def beat(agent: Paired) -> dict[str, Any]:
    """What an agent says when it asks for work."""
    linkedin = {"urn": agent.account, "premium": False}
    return {"boot_id": "bench", "version": VERSION, "incarnation": 1, "linkedin": linkedin, "paused": False}


async def hang(port: int, agent: Paired, local: str = "127.0.0.1") -> ClientConnection:
    """A bell after its hello."""
    bell = await connect(
        f"ws://127.0.0.1:{port}/agent/bell",
        compression=None, ping_interval=None, open_timeout=60, proxy=None, local_addr=(local, 0),
    )  # fmt: skip
    await bell.send(json.dumps({"type": "hello", "token": agent.token, "boot_id": "bench"}))
    return bell


class Crowd:
    """Agents whose bells hang at these servers in turn; kept alive and polling while it is open."""

    def __init__(self, ports: Sequence[int], agents: Sequence[Paired]) -> None:
        self._agents = [(ports[number % len(ports)], agent, _local(number)) for number, agent in enumerate(agents)]
        self._bells: list[ClientConnection] = []
        self._due: list[tuple[float, int, bool]] = []
        """When which bell says next that it is alive (or, True, when its agent asks for work)."""
        self._polls: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None

    async def come(self) -> asyncio.Task[None]:
        """Connect them all; the task keeps them alive and polling."""
        door = asyncio.Semaphore(AT_ONCE)
        keeping = asyncio.create_task(self._wait())
        coming = [asyncio.create_task(self._connect(door, *one)) for one in self._agents]
        try:
            await asyncio.gather(*coming)
        except BaseException:
            for task in (keeping, *coming):
                task.cancel()
            await asyncio.gather(keeping, *coming, return_exceptions=True)
            raise
        return keeping

    async def _connect(self, door: asyncio.Semaphore, port: int, agent: Paired, local: str) -> None:
        async with door:
            bell = await hang(port, agent, local)
            # One ring right after hello says that the server has taken it in.
            await bell.recv()
        number, now = len(self._bells), asyncio.get_running_loop().time()
        self._bells.append(bell)
        # Evenly spread over time, however fast they came.
        part = (number * SPREAD) % 1
        heapq.heappush(self._due, (now + part * ALIVE_S, number, False))
        heapq.heappush(self._due, (now + part * POLL_S, number, True))

    async def _wait(self) -> None:
        """Say that they are alive and ask for work; ends only when one of them fails."""
        loop = asyncio.get_running_loop()
        while self._failed is None:
            while self._due and self._due[0][0] <= loop.time():
                due, number, asks = heapq.heappop(self._due)
                if asks:
                    poll = asyncio.create_task(_poll(*self._agents[number]))
                    self._polls.add(poll)
                    poll.add_done_callback(self._polled)
                else:
                    await self._bells[number].send(ALIVE)
                heapq.heappush(self._due, (due + (POLL_S if asks else ALIVE_S), number, asks))
            await asyncio.sleep(STEP_S)
        raise NotMeasured(f"a waiting agent was turned away: {self._failed!r}")

    def _polled(self, poll: asyncio.Task[None]) -> None:
        self._polls.discard(poll)
        if not poll.cancelled() and poll.exception() is not None:
            self._failed = poll.exception()

    async def stop(self, keeping: asyncio.Task[None]) -> None:
        """End what keeps them; raises what ended it before."""
        if keeping.done():
            keeping.result()
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping

    async def leave(self) -> None:
        """Hang up."""
        for poll in self._polls:
            poll.cancel()
        for bell in self._bells:
            bell.transport.abort()
        await asyncio.gather(*(bell.wait_closed() for bell in self._bells))


async def _poll(port: int, agent: Paired, local: str) -> None:
    """One question on a connection of its own: thirty seconds outlive a kept one."""
    caller = Caller(port, by_token(agent.token), local)
    try:
        await caller.post("/agent/lease", beat(agent))
    finally:
        caller.close()


def _local(number: int) -> str:
    return f"127.0.1.{1 + number % ADDRESSES}"


@contextmanager
def waiting(runner: asyncio.Runner, ports: Sequence[int], agents: Sequence[Paired]) -> Iterator[None]:
    """A crowd that waits whenever the runner runs; raises NotMeasured when one of them was turned away."""
    crowd = Crowd(ports, agents)
    try:
        keeping = runner.run(crowd.come())
        yield
        runner.run(crowd.stop(keeping))
    finally:
        runner.run(crowd.leave())


def allow_many_files() -> None:
    """Let this process and those it starts hold a connection for every agent; raises NotMeasured."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if wanted < FILES // 4:
        raise NotMeasured(f"needs {FILES} open files, and may have {hard}: raise `ulimit -n`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
