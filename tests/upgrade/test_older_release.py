"""The code of an older commit on the newer schema: its own tests pass, and its server goes on while that comes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate, pending
from curtsy.storage.sqlite import WORDS
from tests.harness.agent import Agent
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.sky import Sky, urn_of

pytestmark = [pytest.mark.sqlite, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
OLDER = "e01b8ca82fe5ca36c057c7396b861a01ab0fb336"
"""The last commit before migration 3."""
ITS_TESTS = ("tests/storage", "tests/service")
MIGRATIONS = Path("src/curtsy/storage/migrations")


def git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)


@pytest.fixture(scope="module")
def older() -> Iterator[Path]:
    """The older release, as it was."""
    archive = git("archive", OLDER, "src", "tests", "setup", "pyproject.toml", "docs", "Makefile")
    assert archive.returncode == 0, (
        f"commit {OLDER} is not in this clone, and this test needs it: fetch the whole history "
        f"(git fetch --unshallow). git says: {archive.stderr.decode()}"
    )
    with quick_folder() as folder, tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
        yield folder


def environment(older: Path) -> dict[str, str]:
    """In which Python finds the older release and not this one."""
    return dict(os.environ) | {"PYTHONPATH": f"{older / 'src'}:{older}", "PYTHONDONTWRITEBYTECODE": "1"}


def test_its_own_tests_pass_on_the_newer_schema(older: Path) -> None:
    newer = [
        file for file in sorted((ROOT / MIGRATIONS).glob("*.sql")) if not (older / MIGRATIONS / file.name).exists()
    ]
    assert newer, "there is no newer schema to try"
    for file in newer:
        # In the words of its database: it does not know those of ours that came later.
        (older / MIGRATIONS / file.name).write_text(WORDS.say(file.read_text("utf-8")), "utf-8")
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ITS_TESTS],
            cwd=older, env=environment(older), capture_output=True, text=True, timeout=280, check=False,
        )  # fmt: skip
    finally:
        for file in newer:
            (older / MIGRATIONS / file.name).unlink()
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert " passed" in ended.stdout


class OldServer:
    """A server process of the older release."""

    def __init__(self, older: Path, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.process", str(path), "0", "0"],
            cwd=older, env=environment(older), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said:
            self.close()
        assert said, "the older server did not begin to listen"
        self.url = f"http://127.0.0.1:{json.loads(said)['port']}"

    def close(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=20)


FOUND = """
import json, sys
from curtsy.storage.database import open_database
from tests.harness.clock import MovableClock
from tests.harness.house import found

class Desks:
    def __init__(self, address):
        self.run = open_database(address, clock=MovableClock()).run_now

house = found(Desks(sys.argv[1]))
print(json.dumps({"key": house.key, "code": house.code()}))
"""
"""A team is made by the older release: this one knows columns that its schema has not got yet."""


def founded(older: Path, address: str) -> dict[str, str]:
    """The key of a new team, and a code for its admin's browser."""
    ended = subprocess.run(
        [sys.executable, "-c", FOUND, address],
        cwd=older, env=environment(older), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def test_its_server_goes_on_while_the_schema_changes_under_it(older: Path, tmp_path: Path) -> None:
    path = tmp_path / "curtsy.db"
    address = f"sqlite:{path}"
    server = OldServer(older, path)
    calls = requests.Session()
    try:
        house = founded(older, address)
        agent = Agent(server.url, Sky(MovableClock()), account=urn_of("sender"))
        assert agent.pair(house["code"]).status == 200
        assert invited(calls, server, house, "ada-before")
        work = agent.lease()
        assert work is not None
        database = open_database(address, clock=MovableClock())
        assert pending(database)
        assert migrate(database)
        assert pending(database) == []
        database.close()
        assert agent.start(work).status == 200
        sent = agent.sky.invite(agent.sky.resolve(work.urn, work.slug), work.note)
        assert agent.finish(work, "sent", {"invitation_urn": sent.urn}).body["state"] == "completed"
        assert invited(calls, server, house, "ada-after")
        assert agent.turn() == "completed"
        agent.close()
    finally:
        calls.close()
        server.close()


def invited(calls: requests.Session, server: OldServer, house: dict[str, str], person: str) -> str:
    """Ask the old server for an invitation; the id of its task."""
    got = calls.post(
        server.url + "/linkedin-agent/send-connection-request",
        json={"profile_urn": person}, headers={"x-api-key": house["key"]}, timeout=20,
    )  # fmt: skip
    assert got.status_code == 200, got.text
    return str(got.json()["api_agent_task_id"])
