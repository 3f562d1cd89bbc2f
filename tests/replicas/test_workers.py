"""`curtsy serve --workers N`: several processes on one socket, kept up and ended together."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.command import PATIENCE_S, Curtsy, listening
from tests.harness.postgres import postgres
from tests.harness.waiting import until

pytestmark = pytest.mark.postgresql
WORKERS = 3

Running = tuple[subprocess.Popen[str], dict[str, Any]]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    curtsy = Curtsy(tmp_path)
    serve = ("serve", "--port", "0", "--workers", str(WORKERS), "--database", postgres().fresh())
    with listening(curtsy, *serve) as (server, said):
        yield server, said


def processes(server: subprocess.Popen[str]) -> set[int]:
    """The processes that serve; the first one only watches."""
    return {int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()}


def answers(said: dict[str, Any]) -> bool:
    return bool(httpx.get(said["listening"] + "/readyz", trust_env=False).json()["success"])


def test_a_process_that_dies_is_replaced_and_the_others_go_on(running: Running) -> None:
    server, said = running
    before = processes(server)
    assert len(before) == WORKERS
    assert said["sign_in"]
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in processes(server), "the end of one process")
    assert answers(said)
    until(lambda: len(processes(server)) == WORKERS, "another in its place")
    assert len(processes(server) - before) == 1
    assert answers(said)


def test_told_to_end_all_end_and_nobody_complains(running: Running) -> None:
    server, said = running
    assert answers(said)
    pids = processes(server)
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, out, err) == (0, "", "")
    assert not any(alive(pid) for pid in pids)


def test_without_the_first_process_the_others_end_by_themselves(running: Running) -> None:
    server, said = running
    assert answers(said)
    pids = processes(server)
    server.kill()
    until(lambda: not any(alive(pid) for pid in pids), "the end of all processes")


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
