"""The demo itself: what it says is what the twin holds, and it leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def test_the_demo_sends_one_invitation_and_leaves_nothing(folder: Path) -> None:
    place = folder / "demo"
    place.mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", "curtsy", "demo", "--json"],
        capture_output=True, text=True, timeout=110, env={**os.environ, "TMPDIR": str(place)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    task, invitation = told["task"], told["invitation"]
    assert (told["sent"], task["status"], task["task_output"]["sent"]) == (True, "completed", True)
    assert task["task_output"]["invitation_urn"] == invitation["invitation_urn"]
    assert (task["evidence"]["before"], task["evidence"]["after"]) == ("none", "pending_out")
    assert (invitation["slug"], invitation["message"]) == ("ada-example", task["task_input"]["note"])
    assert len(told["steps"]) > 5
    assert list(place.iterdir()) == [], "temporary files are left"
    assert living(str(place)) == [], "processes are left, and with them their ports"


def living(place: str) -> list[str]:
    """The command lines of processes that were told to use this temporary folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"TMPDIR={place}".encode() in environment and command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found
