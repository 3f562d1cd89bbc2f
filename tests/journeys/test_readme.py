"""The README's commands do what it says: run as a newcomer would, in an empty folder, in the order of the page."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.agent import Agent
from tests.harness.sky import Sky
from tests.harness.waiting import until

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SERVE, COMMANDS, POST, STATUS, INVITE = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)[1:6]
(PYTHON,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


class Newcomer:
    """Somebody at a terminal, in a folder of their own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("CURTSY_")}
        self.environment |= {"CURTSY_PORT": str(port), "CURTSY_URL": self.url}

    def types(self, block: str) -> str:
        """What a block of the page prints; the port is the only word that differs from the page."""
        line = ["bash", "-euo", "pipefail", "-c", self.spoken(block)]
        done = subprocess.run(line, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def spoken(self, block: str) -> str:
        return block.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")


@pytest.fixture(scope="module")
def newcomer() -> Iterator[Newcomer]:
    with tempfile.TemporaryDirectory(prefix="curtsy-readme-") as name, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        folder = Path(name)
        # The page is written for somebody in the checkout, where setup has made this.
        (folder / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)
        person = Newcomer(folder, port)
        serving = subprocess.Popen(
            ["bash", "-c", person.spoken(SERVE).replace("curtsy serve", "exec curtsy serve")],
            cwd=folder, env=person.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            until(lambda: _listens(port), "the server")
            person.environment["PATH"] = f"{folder}/.venv/bin:{person.environment['PATH']}"
            yield person
        finally:
            serving.terminate()
            serving.communicate(timeout=20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def browser(newcomer: Newcomer) -> Iterator[Agent]:
    """The team, its key and its browser, by the page's own commands."""
    create, key, pair = COMMANDS.strip().splitlines()
    newcomer.types(create)
    newcomer.environment["CURTSY_API_KEY"] = json.loads(newcomer.types(f"{key} --json"))["key"]
    agent = Agent(newcomer.url, Sky(lambda: 0))
    assert agent.pair(json.loads(newcomer.types(f"{pair} --json"))["code"]).status == 200
    newcomer.types("curtsy member pace ada@example.com --spacing 0-0")
    with agent.at_work():
        yield agent
    agent.close()


def test_the_first_two_commands_are_those_that_set_everything_up() -> None:
    first = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)[0]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]


def test_the_curl_samples_make_a_task_and_tell_what_became_of_it(newcomer: Newcomer, browser: Agent) -> None:
    made = json.loads(newcomer.types(POST))
    said = re.search(r'"message": "(.*?)"', README)
    assert said is not None
    assert made == {"success": True, "api_agent_task_id": made["api_agent_task_id"], "message": said[1]}
    newcomer.environment["TASK"] = made["api_agent_task_id"]
    done = until(
        lambda: (now := json.loads(newcomer.types(STATUS))["data"])["status"] == "completed" and now, "the outcome"
    )
    assert done["task_output"]["sent"] is True
    assert [one.note for one in browser.sky.sent] == ["Hello, I read what you wrote."]


def test_the_python_sample_prints_the_outcome(newcomer: Newcomer, browser: Agent) -> None:
    script = newcomer.folder / "sample.py"
    script.write_text(newcomer.spoken(PYTHON))
    assert "'sent': True" in newcomer.types(f"{sys.executable} {script}")
    assert len(browser.sky.sent) == 1


def test_the_command_waits_for_the_outcome(newcomer: Newcomer, browser: Agent) -> None:
    said = json.loads(newcomer.types(INVITE.rstrip() + " --json"))
    assert said["data"]["task_output"]["sent"] is True
    assert len(browser.sky.sent) == 1
