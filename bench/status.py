"""How fast a caller is told where a task stands, beside the same stack that looks nothing up.

A hundred tasks wait in the sender's queue, as a busy member has them, and are asked for in turn.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import httpx

from bench import ours
from bench.figures import Figure, ratios
from bench.load import ASK, Run, load
from bench.ours import Serving, answering_unstored, furnish, serving
from bench.pinned import NotMeasured
from bench.rounds import REPEATS, Rounds, say

CONNECTIONS, SECONDS, WARM_SECONDS = 64, 3, 1
WAITING = 100


def measure(rounds: Rounds) -> list[Figure]:
    """Stored and unstored take turns on the same database."""
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name:
        folder = Path(name)
        path, ids = folder / "curtsy.db", folder / "ids"
        key = furnish(f"sqlite:{path}").key
        with serving(f"sqlite:{path}", folder) as server:
            ids.write_text("".join(f"{task}\n" for task in invite(server, key)))
        stored, unstored = [], []
        for repeat in range(1, REPEATS + 1):
            what = f"{repeat}/{REPEATS}"
            with serving(f"sqlite:{path}", folder) as server:
                stored.append(rounds.run(f"{what} status", partial(_run, server, key, ids)))
            with answering_unstored(path, folder) as server:
                unstored.append(rounds.run(f"{what} no storage", partial(_run, server, key, ids)))
            say(f"  {what}: {stored[-1].per_s:.0f}/s, without looking up {unstored[-1].per_s:.0f}/s")
    rates, bare = [run.per_s for run in stored], [run.per_s for run in unstored]
    return [
        Figure("status.c64.vs_no_storage", ratios(rates, bare), "ratio", 2),
        Figure("status.c64.per_s", rates, "requests/s", 0),
        Figure("status.no_storage.c64.per_s", bare, "requests/s", 0),
        Figure("status.c64.p50_ms", [run.p50_ms for run in stored], "ms", 2),
        Figure("status.c64.p99_ms", [run.p99_ms for run in stored], "ms", 1),
    ]


def invite(server: Serving, key: str) -> list[str]:
    """Make the tasks that are asked for."""
    with httpx.Client(headers={"x-api-key": key}, trust_env=False) as caller:
        made = [
            caller.post(server.url + ours.INVITE, json={"profile_urn": f"urn:li:fsd_profile:ACoAAWaiting{number:06d}"})
            for number in range(WAITING)
        ]
    return [answer.raise_for_status().json()["api_agent_task_id"] for answer in made]


def _run(server: Serving, key: str, ids: Path) -> Run:
    url, first = server.url + ours.STATUS, ids.read_text().split()[0]
    known = httpx.get(url, params={"api_agent_task_id": first}, headers={"x-api-key": key}, trust_env=False)
    if known.status_code != 200 or known.json()["data"]["status"] != "pending":
        raise NotMeasured(f"{url} answered {known.status_code}: {known.text}")
    load(url, key, connections=CONNECTIONS, seconds=WARM_SECONDS, script=ASK, ids=ids)
    return load(url, key, connections=CONNECTIONS, seconds=SECONDS, script=ASK, ids=ids)
