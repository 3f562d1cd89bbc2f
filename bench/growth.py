"""What ten million finished tasks cost the four calls that are made all the time, on both databases.

Two servers run side by side, one on a new database and one on a grown one, and are called in turn. Both have the same
team of a thousand members; the calls are made for one of them, who has a thousandth of the history.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench import history, ours
from bench.caller import Caller, by_key, by_token
from bench.crowd import beat
from bench.figures import Figure
from bench.ours import Furnished, furnish, serving
from bench.pinned import NotMeasured
from bench.postgres import postgres
from bench.rounds import REPEATS, Rounds, say

ROWS = 10_000_000
TURNS, WARM_TURNS = 300, 50
PAGE = 20
CALLS = ("accept", "lease", "status", "list")

Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two servers, and whoever calls it."""

    caller: Caller
    agent: Caller
    home: Furnished


def rows() -> int:
    """How many finished tasks: ROWS of the environment, for a short run."""
    return int(os.environ.get("ROWS") or ROWS)


def prefix() -> str:
    """What the names of the figures begin with."""
    return f"growth.{rows() // 1_000_000}m." if rows() % 1_000_000 == 0 else f"growth.{rows()}."


def measure(rounds: Rounds) -> list[Figure]:
    """SQLite, then PostgreSQL; what one leaves behind is removed before the other comes."""
    history.require_room(rows())
    ratios: dict[str, dict[str, list[float]]] = {}
    medians: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name:
        folder = Path(name)
        empty, grown = (f"sqlite:{folder / name}.db" for name in ("empty", "grown"))
        homes = [furnish(address, history.MEMBERS) for address in (empty, grown)]
        history.fill_sqlite(folder / "grown.db", rows())
        ratios["sqlite"], medians["sqlite"] = _compare(rounds, "sqlite", (empty, grown), homes, folder)
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name, postgres(history.SETTINGS) as database:
        addresses = [database.make(name) for name in ("empty", "grown")]
        homes = [furnish(address, history.MEMBERS) for address in addresses]
        history.fill_postgresql(database, "grown", rows())
        database.tell("empty", "VACUUM ANALYZE")
        ratios["postgresql"], medians["postgresql"] = _compare(rounds, "postgresql", addresses, homes, Path(name))
    return _figures(ratios, medians)


def _compare(
    rounds: Rounds, kind: str, addresses: Sequence[str], homes: Sequence[Furnished], folder: Path
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """The ratio of each call for each repeat, and how long it took on the grown database in milliseconds."""
    found: dict[str, list[float]] = defaultdict(list)
    took: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(address, folder)) for address in addresses]
        places = [
            Place(Caller(server.port, by_key(home.key)), Caller(server.port, by_token(home.members[0].token)), home)
            for server, home in zip(servers, homes, strict=True)
        ]
        runner = stack.enter_context(asyncio.Runner())
        runner.run(_turns(places, WARM_TURNS))
        for repeat in range(1, REPEATS + 1):
            empty, grown = rounds.run(f"{repeat}/{REPEATS} {kind}", lambda: runner.run(_turns(places, TURNS)))
            for call in CALLS:
                found[call].append(median(grown[call]) / median(empty[call]))
                took[call].append(median(grown[call]) * 1000)
            say(f"  {repeat}/{REPEATS} {kind}: " + "  ".join(f"{call} {found[call][-1]:.2f}" for call in CALLS))
    return found, took


async def _turns(places: Sequence[Place], turns: int) -> tuple[Times, Times]:
    """Call both in turn; the seconds each call took, on the first and on the second."""
    times: tuple[Times, Times] = defaultdict(list), defaultdict(list)
    for turn in range(turns):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            await _turn(places[which], times[which])
    return times


async def _turn(place: Place, times: Times) -> None:
    """Accept, lease, status, list; then the task is cancelled, so that the next one can be leased."""
    member = place.home.members[0]

    async def timed(call: str, answer: Any) -> Any:
        began = perf_counter()
        value = await answer
        times[call].append(perf_counter() - began)
        return value

    person = f"urn:li:fsd_profile:ACoAANew{secrets.token_hex(8)}"
    wanted = {"profile_urn": person, "note": "Hello, I liked your talk.", "sender": member.email}
    made = await timed("accept", place.caller.post(ours.INVITE, wanted))
    task = made["api_agent_task_id"]
    leased = await timed("lease", place.agent.post("/agent/lease", beat(member)))
    if leased["task"] is None or leased["task"]["id"] != task:
        raise NotMeasured(f"leased {leased['task']}, not {task}")
    await timed("status", place.caller.get(f"{ours.STATUS}?api_agent_task_id={task}"))
    page = await timed("list", place.caller.get(f"/v1/tasks?limit={PAGE}"))
    if page["data"][0]["id"] != task:
        raise NotMeasured("the newest task is not the first of the list")
    await place.caller.post(ours.CANCEL, {"api_agent_task_id": task})


def _figures(ratios: dict[str, dict[str, list[float]]], took: dict[str, dict[str, list[float]]]) -> list[Figure]:
    """Every call, and the worst of them: the one whose median ratio is highest."""
    each = {f"{kind}.{call}": values for kind, calls in ratios.items() for call, values in calls.items()}
    worst = max(each, key=lambda name: median(each[name]))
    say(f"  the worst is {worst}")
    return [
        Figure(f"{prefix()}worst_ratio", each[worst], "ratio", 2),
        *(Figure(f"{prefix()}{name}.ratio", values, "ratio", 2) for name, values in each.items()),
        *(
            Figure(f"{prefix()}{kind}.{call}.p50_ms", values, "ms", 2)
            for kind, calls in took.items()
            for call, values in calls.items()
        ),
    ]
