"""How long it takes from the answer to a caller until the agent holds the task, while others wait too."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

from websockets.asyncio.client import ClientConnection

from bench import ours
from bench.caller import Caller, by_key, by_token
from bench.crowd import ALIVE, ALIVE_S, allow_many_files, beat, hang, waiting
from bench.figures import Figure
from bench.ours import Furnished, furnish, serving
from bench.pinned import NotMeasured
from bench.postgres import postgres
from bench.rounds import REPEATS, Rounds, say

CROWDS = (0, 1000, 5000)
INVITATIONS = 100
"""In each repeat."""
PATIENCE_S = 10
BREATH_S = 0.02
"""At most this long between two invitations."""


def measure(rounds: Rounds) -> list[Figure]:
    """One server on SQLite, then two replicas on PostgreSQL: the caller at the first, the agent at the second."""
    allow_many_files()
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name:
        folder = Path(name)
        figures = _crowds(rounds, "dispatch", f"sqlite:{folder / 'curtsy.db'}", folder, 1)
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name, postgres() as database:
        return figures + _crowds(rounds, "dispatch.replicas2", database.make("dispatch"), Path(name), 2)


def _crowds(rounds: Rounds, name: str, address: str, folder: Path, replicas: int) -> list[Figure]:
    say(f"  {name}: pairing {max(CROWDS)} agents")
    home = furnish(address, 1 + max(CROWDS))
    figures = []
    for crowd in CROWDS:
        figures += _figures(name, crowd, _at(rounds, address, home, folder, replicas, crowd))
    return figures


def _figures(name: str, crowd: int, repeats: Sequence[Sequence[float]]) -> list[Figure]:
    p50 = [quantiles(times, n=100)[49] for times in repeats]
    p99 = [quantiles(times, n=100)[98] for times in repeats]
    each = "  ".join(f"{low:.1f}/{high:.1f}" for low, high in zip(p50, p99, strict=True))
    say(f"  {name}, {crowd} others, p50/p99 in ms: {each}")
    return [
        Figure(f"{name}.agents{crowd}.p50_ms", p50, "ms", 1),
        Figure(f"{name}.agents{crowd}.p99_ms", p99, "ms", 1),
    ]


def _at(rounds: Rounds, address: str, home: Furnished, folder: Path, replicas: int, crowd: int) -> list[list[float]]:
    invited = count()
    with ExitStack() as stack:
        ports = [stack.enter_context(serving(address, folder)).port for _ in range(replicas)]
        runner = stack.enter_context(asyncio.Runner())
        stack.enter_context(waiting(runner, ports, home.members[1 : 1 + crowd]))
        return [
            rounds.run(
                f"{repeat + 1}/{REPEATS} {crowd} others, {replicas} processes",
                lambda: runner.run(_invite(ports, home, random.Random(f"{crowd} {next(invited)}"))),
            )
            for repeat in range(REPEATS)
        ]


async def _invite(ports: Sequence[int], home: Furnished, chance: random.Random) -> list[float]:
    """Invite so many people, one after another; the time to each lease, in milliseconds."""
    agent = home.members[0]
    bell = await hang(ports[-1], agent)
    caller, hand = Caller(ports[0], by_key(home.key)), Caller(ports[-1], by_token(agent.token))
    leased: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
    at_work = asyncio.create_task(_work(bell, hand, beat(agent), leased))
    alive = asyncio.create_task(_stay(bell))
    times = []
    try:
        for number in range(INVITATIONS):
            await asyncio.sleep(chance.random() * BREATH_S)
            person = f"urn:li:fsd_profile:ACoAAPerson{number:04d}x{chance.getrandbits(60):x}"
            made = await caller.post(ours.INVITE, {"profile_urn": person, "note": "Hello", "sender": agent.email})
            answered = asyncio.get_running_loop().time()
            task, at = await asyncio.wait_for(leased.get(), PATIENCE_S)
            if task != made["api_agent_task_id"]:
                raise NotMeasured(f"the agent holds {task}, not {made['api_agent_task_id']}")
            times.append(max(0.0, at - answered) * 1000)
            await caller.post(ours.CANCEL, {"api_agent_task_id": task})
    except TimeoutError:
        if at_work.done():
            at_work.result()
        raise NotMeasured(f"a task was not leased within {PATIENCE_S} s") from None
    finally:
        for task_of_ours in (at_work, alive):
            task_of_ours.cancel()
        await asyncio.gather(at_work, alive, return_exceptions=True)
        await bell.close()
        caller.close()
        hand.close()
    return times


async def _work(
    bell: ClientConnection, hand: Caller, said: dict[str, Any], leased: asyncio.Queue[tuple[str, float]]
) -> None:
    """At each ring ask for work, and say when it is in hand for the first time."""
    known: set[str] = set()
    async for ring in bell:
        if json.loads(ring)["type"] != "ring":
            raise NotMeasured(f"the bell said {ring!r}")
        given = await hand.post("/agent/lease", said)
        if given["task"] is not None and given["task"]["id"] not in known:
            known.add(given["task"]["id"])
            leased.put_nowait((given["task"]["id"], asyncio.get_running_loop().time()))


async def _stay(bell: ClientConnection) -> None:
    while True:
        await asyncio.sleep(ALIVE_S)
        await bell.send(ALIVE)
