"""How fast invitations are accepted durably, beside the same stack that stores nothing.

Server on core 0, load on core 1, runs alternating; every answer of the storing side has been fsynced before it is sent.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "latest.json"
COMMAND = "make bench"
REPEATS = 5
SECONDS = 4
CONNECTIONS = 64
MODES = ("stored", "unstored")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the load: requests a second, server CPU a request, and the latency in milliseconds."""

    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def main() -> int:
    if len(os.sched_getaffinity(0)) < 2:
        print("bench: needs two cores, one for the server and one for the load", file=sys.stderr)
        return 2
    if shutil.which("wrk") is None and not _install_wrk():
        print("bench: install wrk first (Debian's package `wrk`), then run it again", file=sys.stderr)
        return 2
    runs: dict[str, list[Run]] = {mode: [] for mode in MODES}
    for repeat in range(1, REPEATS + 1):
        for mode in MODES if repeat % 2 else reversed(MODES):
            run = _run(mode)
            runs[mode].append(run)
            times = f"cpu {run.cpu_us:.0f} us  p50 {run.p50_ms:.1f} ms  p99 {run.p99_ms:.1f} ms"
            print(f"run {repeat}/{REPEATS} {mode:<9} {run.rate:8.0f}/s  {times}", flush=True)
    figures = _figures(runs)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": _machine(), "figures": figures}, indent=2) + "\n")
    (HERE / "README.md").write_text(_readme(figures))
    for figure in figures:
        print(f"{figure['name']:<40} {figure['value']:>10} {figure['unit']}  (spread {figure['spread']})")
    return 0


def _run(mode: str) -> Run:
    """Start a server on an empty database, load it, stop it."""
    with tempfile.TemporaryDirectory(prefix="curtsy-bench-") as folder:
        port = _free_port()
        server = subprocess.Popen(
            [sys.executable, str(HERE / "server.py"), mode, folder, str(port), "0"], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            key = server.stdout.readline().strip()
            _wait_for(port)
            _load(server.pid, port, key, 1)  # warm
            return _load(server.pid, port, key, SECONDS)
        finally:
            server.terminate()
            server.wait()


def _load(pid: int, port: int, key: str, seconds: int) -> Run:
    cpu_before = _cpu_s(pid)
    said = subprocess.run(
        [
            *("taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "load.lua")),
            *("-H", f"x-api-key: {key}", "-H", "content-type: application/json"),
            f"http://127.0.0.1:{port}/linkedin-agent/send-connection-request",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "RUN": f"{time.time_ns():x}"},
    ).stdout
    numbers = [int(word) for word in said.rpartition("RESULT")[2].split()]
    requests, duration_us, bad_status, broken, p50_us, p99_us = numbers
    if bad_status or broken:
        raise SystemExit(f"bench: {bad_status} refused and {broken} broken answers: this run counts nothing")
    cpu_us = (_cpu_s(pid) - cpu_before) / requests * 1e6
    return Run(requests / (duration_us / 1e6), cpu_us, p50_us / 1000, p99_us / 1000)


def _cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used, all of its threads (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(runs: dict[str, list[Run]]) -> list[dict[str, Any]]:
    ratios = [ours.rate / bare.rate for ours, bare in zip(runs["stored"], runs["unstored"], strict=True)]
    rows: list[tuple[str, list[float], str, int]] = [
        ("intake.sqlite.c64.vs_no_storage", ratios, "ratio", 2),
        ("intake.sqlite.c64.per_s", [run.rate for run in runs["stored"]], "requests/s", 0),
        ("intake.no_storage.c64.per_s", [run.rate for run in runs["unstored"]], "requests/s", 0),
        ("intake.sqlite.c64.cpu_us", [run.cpu_us for run in runs["stored"]], "us/request", 0),
        ("intake.no_storage.c64.cpu_us", [run.cpu_us for run in runs["unstored"]], "us/request", 0),
        ("intake.sqlite.c64.p50_ms", [run.p50_ms for run in runs["stored"]], "ms", 1),
        ("intake.sqlite.c64.p99_ms", [run.p99_ms for run in runs["stored"]], "ms", 1),
    ]
    return [
        {
            "name": name,
            "value": round(statistics.median(values), digits),
            "unit": unit,
            "spread": f"{min(values):.{digits}f}-{max(values):.{digits}f}",
            "command": COMMAND,
        }
        for name, values, unit, digits in rows
    ]


def _readme(figures: list[dict[str, Any]]) -> str:
    table = "\n".join(f"| `{f['name']}` | {f['value']} {f['unit']} | {f['spread']} |" for f in figures)
    return f"""# Benchmarks

`{COMMAND}` runs them and writes `results/latest.json` and this page. The server is pinned to one core, the load
(wrk, {CONNECTIONS} connections) to another; runs alternate, {REPEATS} each of {SECONDS} s after one to warm up, on a
new database. Medians and spread; on a shared machine the ratio counts, single figures do not.

Durable means: SQLite with a write-ahead log and synchronous=FULL, every answer sent after the fsync of its task.
"No storage" is the same stack (key check, validation, answer) with the storing left out. Each request invites a person
not invited before.

| figure | median | spread |
|---|---|---|
{table}

Measured on: {_machine()}.
"""


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def _install_wrk() -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    print("bench: installing wrk (Debian's package)")
    return subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], stdout=sys.stderr).returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("bench: the server did not come up")


if __name__ == "__main__":
    sys.exit(main())
