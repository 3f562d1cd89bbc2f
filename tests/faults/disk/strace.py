"""Makes system calls of a running process fail, with strace (its manual, "Tampering")."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.harness.waiting import until

ADVICE = "these tests make disks fail with strace, and there is none: install it (Debian: apt-get install strace)"
SYNCS = "fdatasync,fsync"
WRITES = "pwrite64"


def tracer() -> str:
    """The program; without it nothing can be shown here."""
    found = shutil.which("strace")
    assert found is not None, ADVICE
    return found


@contextlib.contextmanager
def tampered(pid: int, calls: str, how: str, log: Path) -> Iterator[Path]:
    """While the block runs, these system calls of a process go as ``how`` says; ``log`` gets a line for each."""
    rule = ("-e", f"inject={calls}:{how}") if how else ()
    command = [tracer(), "-f", "-o", str(log), "-e", f"trace={calls}", *rule, "-p", str(pid)]
    said = log.with_suffix(".said")
    with said.open("w") as stderr, subprocess.Popen(command, stderr=stderr) as process:
        over = threading.Event()
        watch = threading.Thread(target=_let_die, args=(process, pid, over), name="strace-watch")
        watch.start()
        try:
            until(lambda: process.poll() is not None or "attached" in said.read_text(), "strace to attach")
            assert process.poll() is None, f"strace cannot trace here: {said.read_text()}"
            yield log
        finally:
            over.set()
            watch.join()
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def _let_die(process: subprocess.Popen[bytes], pid: int, over: threading.Event) -> None:
    """End a strace that waits for a process which is dead already: it can miss the end of one with several threads."""
    dead = 0
    while not over.wait(0.1) and process.poll() is None:
        dead = dead + 1 if _is_dead(pid) else 0
        if dead == 10:
            process.kill()


def _is_dead(pid: int) -> bool:
    """Whether a process has ended, but for somebody to take note of it (proc(5), the state in stat)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
