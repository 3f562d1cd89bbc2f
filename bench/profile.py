"""Where the server's processor time goes under load: what stands between a figure and its aim.

py-spy, which stops a process from outside to look at its threads, samples those that run; a sample counts for the part
of the code that is deepest in its stack. C code counts for whoever called it: SQLite and psycopg for storage, the
sockets for HTTP. A thread that waits for PostgreSQL or the disk is seen at it, too.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx

from bench import ours
from bench.contestants import OURS, Contestant
from bench.figures import Figure
from bench.installed import PYTHON
from bench.load import ASK, Run, load
from bench.ours import furnish, serving
from bench.pinned import LOAD_CORE, NotMeasured, cpu_s
from bench.postgres import Postgres, postgres
from bench.rounds import REPEATS, Rounds
from bench.status import invite

CONNECTIONS, SECONDS, PER_S = 64, 6, 200
PARTS = {
    "commit": ("storage/line.py:Line._commit", "storage/sqlite.py:_Connection.commit", ":PostgresqlDatabase._commit"),
    "storage": ("curtsy/storage/", "psycopg", "apsw"),
    "rules": ("curtsy/service/", "curtsy/domain/"),
    "answers": ("curtsy/web/",),
    "http": (
        *("curtsy/web/http1.py", "curtsy/web/patience.py", "curtsy/web/exchange.py", "curtsy/web/express.py"),
        *("uvicorn/", "asyncio/", "curtsy/serve.py"),
    ),
}
"""What a part is made of, by the file and the function of a frame; the longest that fits says which part it is."""
REST = "rest"
WAITS = ("Line._commit (curtsy/", "Condition.wait (threading.py", "_worker (concurrent/futures/")
"""A thread whose deepest frame this is has nothing to do, which py-spy does not see."""

Loading = Callable[[], Run]


def measure(rounds: Rounds) -> list[Figure]:
    """An invitation on each database, one that is not stored, and a status."""
    figures: list[Figure] = []
    with postgres() as database:
        for name, contestant in OURS.items():
            figures += _told(f"intake.{name}", [_intake(rounds, name, contestant, database) for _ in range(REPEATS)])
    return figures + _told("status", [_status(rounds) for _ in range(REPEATS)])


def _told(what: str, profiles: list[dict[str, float]]) -> list[Figure]:
    """Microseconds of processor time a request, for each part and together."""
    return [
        Figure(f"profile.{what}.{part}_us", [profile.get(part, 0.0) for profile in profiles], "us", 1)
        for part in ("all", *PARTS, REST)
    ]


def _intake(rounds: Rounds, name: str, contestant: Contestant, database: Postgres) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory(prefix="curtsy-bench-") as folder,
        contextmanager(contestant)(Path(folder), database) as running,
    ):
        loading = partial(load, running.url, running.key, connections=CONNECTIONS, seconds=SECONDS + 2)
        return rounds.run(f"profile {name}", partial(_sampled, running.pid, Path(folder), loading))


def _status(rounds: Rounds) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name:
        folder = Path(name)
        address, ids = f"sqlite:{folder / 'curtsy.db'}", folder / "ids"
        key = furnish(address).key
        with serving(address, folder) as server:
            ids.write_text("".join(f"{task}\n" for task in invite(server, key)))
            url = server.url + ours.STATUS
            httpx.get(url, headers={"x-api-key": key}, trust_env=False)
            loading = partial(load, url, key, connections=CONNECTIONS, seconds=SECONDS + 2, script=ASK, ids=ids)
            return rounds.run("profile status", partial(_sampled, server.pid, folder, loading))


def _sampled(pid: int, folder: Path, loading: Loading) -> dict[str, float]:
    """What a request costs in each part: the cost of one, dealt out by the samples."""
    out = folder / "samples"
    command = [
        *("taskset", "-c", str(LOAD_CORE), str(PYTHON.parent / "py-spy"), "record", "--pid", str(pid)),
        *("--duration", str(SECONDS), "--rate", str(PER_S), "--format", "raw", "--output", str(out)),
    ]
    before = cpu_s(pid)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as sampler:
        run = loading()
        said = sampler.communicate()[1]
    if sampler.returncode != 0 or not out.exists():
        raise NotMeasured(f"py-spy could not look at the server: {said[-1000:]}")
    each_us = (cpu_s(pid) - before) / run.answered * 1e6
    found = parts(out.read_text())
    total = sum(found.values())
    if total < SECONDS * PER_S / 4:
        raise NotMeasured(f"py-spy took only {total} samples")
    return {"all": each_us} | {part: each_us * samples / total for part, samples in found.items()}


def parts(samples: str) -> Counter[str]:
    """How many samples fell on each part; a line is a stack, the outermost frame first, and how often it was seen."""
    found: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, times = line.rpartition(" ")
        frames = stack.split(";")
        if not frames[-1].startswith(WAITS):
            found[_part(frames)] += int(times)
    return found


def _part(stack: list[str]) -> str:
    """The part of the deepest frame that belongs to any."""
    for frame in reversed(stack):
        function, _, place = frame.partition(" (")
        where = f"{place.rpartition(':')[0]}:{function}"
        fits = [(len(sign), part) for part, signs in PARTS.items() for sign in signs if sign in where]
        if fits:
            return max(fits)[1]
    return REST
