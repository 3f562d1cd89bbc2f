"""A process that has imported everything once and forks the parts of a campaign: dying and coming back is cheap.

    python -m tests.faults.crash.nursery

It reads one JSON object a line and answers each with one: ``{"role", "args"}`` -> ``{"pid"}``, ``{"kill"}`` ->
``{"gone"}``, ``{"alive"}`` -> ``{"alive"}``. When its input ends, everything it bore ends with it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.crash.browser import browse
from tests.faults.crash.houses import curtsy, linkedin
from tests.faults.crash.tempo import Tempo

ROOT = Path(__file__).resolve().parents[3]
PR_SET_PDEATHSIG = 1
ROLES: dict[str, Callable[..., None]] = {"curtsy": curtsy, "linkedin": linkedin, "browser": browse}


class Nursery:
    """The campaign's end of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.crash.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # what interrupts the campaign is for the campaign to answer
        )
        self._one_at_a_time = threading.Lock()

    def bear(self, role: str, tempo: Tempo, **args: Any) -> int:
        """Start a part; its process id."""
        return int(self._ask(role=role, tempo=[tempo.times, tempo.origin_ns], args=args)["pid"])

    def kill(self, pid: int) -> None:
        """SIGKILL a part; it is gone when this returns."""
        self._ask(kill=pid)

    def alive(self, pid: int) -> bool:
        """Whether a part still runs."""
        return bool(self._ask(alive=pid)["alive"])

    def close(self) -> None:
        """End every part, and the nursery."""
        self._process.communicate(timeout=20)

    def _ask(self, **what: Any) -> dict[str, Any]:
        with self._one_at_a_time:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        assert line, "the nursery has ended"
        told: dict[str, Any] = json.loads(line)
        return told


def _bear(told: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    # A part never outlives the nursery, however that ends.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        ROLES[told["role"]](Tempo(*told["tempo"]), **told["args"])
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Bear, kill and tell until nobody asks any more."""
    children: set[int] = set()
    for line in sys.stdin:
        told = json.loads(line)
        answer: dict[str, Any] = {}
        if "role" in told:
            answer["pid"] = _bear(told)
            children.add(answer["pid"])
        elif "kill" in told:
            _end(told["kill"], children)
            answer["gone"] = told["kill"]
        else:
            gone = told["alive"] not in children or os.waitpid(told["alive"], os.WNOHANG)[0] != 0
            children -= {told["alive"]} if gone else set()
            answer["alive"] = not gone
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in list(children):
        _end(pid, children)


def _end(pid: int, children: set[int]) -> None:
    if pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        children.discard(pid)


if __name__ == "__main__":
    main()
