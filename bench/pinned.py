"""Processes kept on a core of their own, what they use of it, and what others use of the machine meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from setup.step import ROOT

SERVER_CORE, LOAD_CORE = 0, 1
"""The server has a core to itself; the load and every database share the other."""
STOP_S, START_S = 20, 30
TICKS = os.sysconf("SC_CLK_TCK")
KERNEL = 2
"""The process that all threads of the kernel descend from."""


class NotMeasured(Exception):
    """A figure could not be had; the text says why."""


@contextmanager
def running(
    command: Sequence[str],
    *,
    core: int,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    uid: int | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A process on one core, ended with all its children when the block ends; its errors go to ``log``."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            # In a session of its own, so that Ctrl-C reaches it once, through us.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(process: subprocess.Popen[str], port: int, log: Path) -> None:
    """Return once the process listens; raises NotMeasured with what it wrote when it does not."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise NotMeasured(f"{process.args!r} did not come up: {log.read_text()[-2000:]}")


def cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used, all of its threads (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kb(pid: int) -> int:
    """Memory of a process that is in RAM."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds of the whole machine, and of us and the kernel's own threads, at one moment."""

    at: float
    all_s: float
    ours_s: float

    @staticmethod
    def now() -> Usage:
        """Taken from /proc; interrupts count for nobody, time that a hypervisor took away counts as used by others."""
        first = Path("/proc/stat").read_text().partition("\n")[0].split()
        user, nice, system, steal = (int(first[n]) for n in (1, 2, 3, 8))
        return Usage(time.monotonic(), (user + nice + system + steal) / TICKS, _ours_s())

    def foreign_share(self, since: Usage) -> float:
        """How much of one core others used since then."""
        foreign = (self.all_s - since.all_s) - (self.ours_s - since.ours_s)
        return max(0.0, foreign / (self.at - since.at))


def _ours_s() -> float:
    used: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile; whoever reaped it has its time
            continue
        pid = int(stat.parent.name)
        used[pid] = sum(int(field) for field in fields[11:15])
        children.setdefault(int(fields[1]), []).append(pid)
    total, left = 0, [os.getpid(), KERNEL]
    while left:
        pid = left.pop()
        total += used.get(pid, 0)
        left += children.get(pid, [])
    return total / TICKS
