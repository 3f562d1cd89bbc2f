"""wrk, pinned to the load's core: one run against one address."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.pinned import LOAD_CORE, NotMeasured

HERE = Path(__file__).parent
LONGER = (1, 2, 4)
INVITE, ASK = HERE / "invite.lua", HERE / "ask.lua"


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the load saw: answers, answers a second, and how long they took in milliseconds."""

    answered: int
    per_s: float
    p50_ms: float
    p99_ms: float


def load(url: str, key: str, *, connections: int, seconds: int, script: Path = INVITE, ids: Path | None = None) -> Run:
    """Load ``url`` for so long; raises NotMeasured when one answer is an error or one connection breaks.

    Where nothing at all was answered in that time, many connections share a slow server: then for longer.
    """
    for longer in LONGER:
        run = _run(url, key, connections, seconds * longer, script, ids)
        if run.answered:
            return run
    raise NotMeasured(f"{url}: no answer to {connections} connections within {seconds * LONGER[-1]} s")


def _run(url: str, key: str, connections: int, seconds: int, script: Path, ids: Path | None) -> Run:
    said = subprocess.run(
        [
            *("taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"),
            *("-s", str(script), "-H", f"x-api-key: {key}", "-H", "content-type: application/json", url),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "RUN": f"{time.time_ns():x}", "IDS": str(ids or "")},
    ).stdout
    answered, took_us, errors, broken, p50_us, p99_us = (int(word) for word in said.rpartition("RESULT")[2].split())
    if errors or broken:
        raise NotMeasured(f"{url}: {answered} answers, {errors} of them errors, {broken} connections broken")
    return Run(answered, answered / (took_us / 1e6), p50_us / 1000, p99_us / 1000)
