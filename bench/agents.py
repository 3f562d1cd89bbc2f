"""What an agent costs that waits: its bell, a keepalive every 20 seconds, a lease poll every 30."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bench.crowd import POLL_S, allow_many_files, waiting
from bench.figures import Figure
from bench.ours import Serving, furnish, serving
from bench.pinned import cpu_s, resident_kb
from bench.rounds import REPEATS, Rounds, say

AGENTS = 10_000
SETTLE_S, WINDOW_S = POLL_S + 5, POLL_S
"""First every agent polls once, which is written down; then once in each window. A heartbeat is due once a minute."""


def measure(rounds: Rounds) -> list[Figure]:
    """One crowd at one server on SQLite, watched for a few windows."""
    allow_many_files()
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name:
        folder = Path(name)
        address = f"sqlite:{folder / 'curtsy.db'}"
        say(f"  pairing {AGENTS} agents")
        home = furnish(address, AGENTS)
        with serving(address, folder) as server, asyncio.Runner() as runner:
            before = resident_kb(server.pid)
            with waiting(runner, [server.port], home.members):
                say(f"  {AGENTS} bells hang")
                runner.run(asyncio.sleep(SETTLE_S))
                shares, memory = [], []
                for window in range(1, REPEATS + 1):
                    what = f"{window}/{REPEATS}"
                    shares.append(rounds.run(what, lambda: runner.run(_window(server))))
                    memory.append((resident_kb(server.pid) - before) / AGENTS)
                    say(f"  {what}: {shares[-1]:.1%} of a core, {memory[-1]:.1f} KB an agent")
    per_1000 = [share * 100 / (AGENTS / 1000) for share in shares]
    return [
        Figure("agent.idle_kb", memory, "KB", 1),
        Figure("agent.idle_cpu_percent_per_1000", per_1000, "% of a core", 2),
    ]


async def _window(server: Serving) -> float:
    """The share of a core that the server used."""
    loop = asyncio.get_running_loop()
    before, began = cpu_s(server.pid), loop.time()
    await asyncio.sleep(WINDOW_S)
    return (cpu_s(server.pid) - before) / (loop.time() - began)
