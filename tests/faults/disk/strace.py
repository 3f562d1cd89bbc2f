"""Makes system calls of a running process fail, with strace (its manual, "Tampering")."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
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
        try:
            until(lambda: process.poll() is not None or "attached" in said.read_text(), "strace to attach")
            assert process.poll() is None, f"strace cannot trace here: {said.read_text()}"
            yield log
        finally:
            process.terminate()
            process.wait(20)
