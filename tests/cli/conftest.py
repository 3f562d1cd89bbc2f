"""A folder to type commands in, and a served team with a browser that carries out what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.clock import system_clock
from tests.cli.command import Curtsy, listening
from tests.harness.agent import Agent
from tests.harness.folder import quick_folder
from tests.harness.sky import Sky

ADMIN = "ada@example.com"


@pytest.fixture
def curtsy(tmp_path: Path) -> Curtsy:
    """The command in an empty folder."""
    return Curtsy(tmp_path)


@pytest.fixture
def team(curtsy: Curtsy) -> Curtsy:
    """The same, with one team and its admin."""
    assert curtsy("team", "create", "Acme", "--admin", ADMIN).code == 0
    return curtsy


@pytest.fixture(scope="module")
def served() -> Iterator[Curtsy]:
    """A caller's command: a real server runs, and a paired browser is at work."""
    with quick_folder() as folder:
        curtsy = Curtsy(folder)
        curtsy.json("team", "create", "Acme", "--admin", ADMIN)
        curtsy.json("member", "pace", ADMIN, "--spacing", "0-0")
        with listening(curtsy, "serve", "--port", "0") as (_, said):
            curtsy.environment = {
                "CURTSY_URL": said["listening"],
                "CURTSY_API_KEY": curtsy.json("key", "create")["key"],
            }
            agent = Agent(said["listening"], Sky(system_clock))
            assert agent.pair(curtsy.json("pair", "--member", ADMIN)["code"]).status == 200
            with agent.at_work():
                yield curtsy
            agent.close()
