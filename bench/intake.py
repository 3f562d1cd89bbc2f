"""How fast invitations are accepted durably, beside the same stack that stores nothing, and beside the peers.

Every request invites somebody not invited before. After each run the contestant is asked how much it holds, so that an
answer without a durable job behind it is noticed.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median

from bench.contestants import OURS, PEERS, PYTHON_PEERS, Contestant, Running
from bench.figures import Figure, ratios
from bench.load import Run, load
from bench.pinned import NotMeasured, cpu_s
from bench.postgres import Postgres, postgres
from bench.rounds import REPEATS, Rounds, say

LEVELS = {64: 3, 1: 3, 512: 5}
"""How many connections, and for how many seconds."""
MAIN, WARM_SECONDS = 64, 1

Runs = dict[str, dict[int, list[Run]]]


def measure(rounds: Rounds) -> list[Figure]:
    """Every contestant at a level, one after another, then at the next; the order turned round each time.

    What is compared is thus measured within a minute or two: a shared machine is faster at one time than at another.
    """
    runs: Runs = defaultdict(lambda: defaultdict(list))
    cpu_us: dict[str, list[float]] = defaultdict(list)
    everyone = [*OURS.items(), *PEERS.items()]
    with postgres() as database:
        for repeat in range(REPEATS):
            turned = everyone if repeat % 2 == 0 else everyone[::-1]
            for level, (name, contestant) in product(LEVELS, turned):
                what = f"{repeat + 1}/{REPEATS} {name} c{level}"
                run, cost = _turn(rounds, what, contestant, database, level)
                runs[name][level].append(run)
                if level == MAIN:
                    cpu_us[name].append(cost)
    return _figures(runs, cpu_us)


def _turn(rounds: Rounds, what: str, contestant: Contestant, database: Postgres, level: int) -> tuple[Run, float]:
    """One contestant on an empty store, with so many connections."""
    with (
        tempfile.TemporaryDirectory(prefix="curtsy-bench-") as folder,
        contextmanager(contestant)(Path(folder), database) as running,
    ):
        running.greet()
        load(running.url, running.key, connections=MAIN, seconds=WARM_SECONDS)
        run, cost = rounds.run(what, partial(_run, running, level))
    say(f"  {what}: {run.per_s:.0f}/s  p50 {run.p50_ms:.1f} ms  p99 {run.p99_ms:.1f} ms")
    return run, cost


def _run(running: Running, connections: int) -> tuple[Run, float]:
    """One run, and what it cost the server's process in microseconds a request."""
    held = running.stored() if running.stored else 0
    before = cpu_s(running.pid)
    run = load(running.url, running.key, connections=connections, seconds=LEVELS[connections])
    cost = (cpu_s(running.pid) - before) / run.answered * 1e6
    if running.stored and (kept := running.stored() - held) < run.answered:
        raise NotMeasured(f"{running.url} answered {run.answered} and holds {kept}")
    return run, cost


def _figures(runs: Runs, cpu_us: dict[str, list[float]]) -> list[Figure]:
    figures = []
    for level in LEVELS:
        rates = {name: [run.per_s for run in of[level]] for name, of in runs.items()}
        best = max(PEERS, key=lambda name: median(rates[name]))
        best_python = max(PYTHON_PEERS, key=lambda name: median(rates[name]))
        say(f"  c{level}: the best peer is {best}, the best in Python {best_python}")
        ours, bare = rates["sqlite"], rates["no_storage"]
        figures += [
            Figure(f"intake.sqlite.c{level}.vs_no_storage", ratios(ours, bare), "ratio", 2),
            Figure(f"intake.sqlite.c{level}.vs_best_peer", ratios(ours, rates[best]), "ratio", 2),
            Figure(f"intake.sqlite.c{level}.vs_best_python_peer", ratios(ours, rates[best_python]), "ratio", 2),
        ]
        ours = rates["postgresql"]
        figures += [
            Figure(f"intake.postgresql.c{level}.vs_no_storage", ratios(ours, bare), "ratio", 2),
            Figure(f"intake.postgresql.c{level}.vs_plain_insert", ratios(ours, rates["plain_insert"]), "ratio", 2),
            Figure(f"intake.postgresql.c{level}.vs_procrastinate", ratios(ours, rates["procrastinate"]), "ratio", 2),
        ]
        for name, of in runs.items():
            figures += [
                Figure(f"intake.{name}.c{level}.per_s", rates[name], "requests/s", 0),
                Figure(f"intake.{name}.c{level}.p50_ms", [run.p50_ms for run in of[level]], "ms", 2),
                Figure(f"intake.{name}.c{level}.p99_ms", [run.p99_ms for run in of[level]], "ms", 1),
            ]
    figures += [Figure(f"intake.{name}.c{MAIN}.cpu_us", of, "us/request", 0) for name, of in cpu_us.items()]
    return figures
