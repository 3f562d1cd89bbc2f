"""Runs clients written by hand against a served address: those of the seed page where it is at hand, and our own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from setup import node

HERE = Path(__file__).resolve().parent
SEED = HERE.parents[2] / "shared" / "seed-send-connection-request.md"
ENDING = {"bash": "sh", "javascript": "mjs", "python": "py"}
SECONDS = 60


@dataclass(frozen=True)
class Sample:
    """A client as written on the page, in one of the page's three languages."""

    name: str
    language: str
    text: str

    def pointed_at(self, url: str, key: str, task: str) -> str:
        """The same client with nothing but address, key and task id replaced."""
        text = re.sub(r"https://api\.[a-z]+\.[a-z]+", url, self.text)
        text = text.replace("YOUR_API_KEY", key).replace("TASK_ID", task)
        return (
            text
            if self.name.startswith("seed")
            else text.replace("BASE", url).replace("KEY", key).replace("TASK", task)
        )

    def run(self, folder: Path, url: str, key: str, task: str) -> str:
        """Run it to its end; what it printed."""
        file = folder / f"client.{ENDING[self.language]}"
        file.write_text(self.pointed_at(url, key, task), encoding="utf-8")
        command = {"bash": "bash", "javascript": the_node(), "python": sys.executable}[self.language]
        done = subprocess.run([command, str(file)], capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def the_node() -> str:
    """The Node.js that this project uses."""
    found = shutil.which("node", path=node.path())
    assert found is not None, "Node.js is missing: run make setup"
    return found


def ours() -> list[Sample]:
    """Our own clients, one a language."""
    return [
        Sample(f"our {language}", language, (HERE / "clients" / f"invite.{ending}").read_text("utf-8"))
        for language, ending in ENDING.items()
    ]


def seeds() -> list[Sample]:
    """The samples of the seed page, as written; none where the page is not beside the checkout."""
    if not SEED.is_file():
        return []
    blocks = re.findall(r"^ *```(\w+) [^\n]*\n(.*?)^ *```", SEED.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [
        Sample(f"seed {language}", language, textwrap.dedent(text)) for language, text in blocks if language in ENDING
    ]


def objects(text: str) -> list[Any]:
    """The JSON values in a text, one after another."""
    found, decoder, text = [], json.JSONDecoder(), text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found
