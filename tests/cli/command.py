"""The real command, here or in a process of its own, and what it said."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curtsy.cli.app import run

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def body(self) -> dict[str, Any]:
        """The one JSON object on stdout; an AssertionError when there is anything else."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self
        told: dict[str, Any] = json.loads(lines[0])
        return told


@dataclass(slots=True)
class Curtsy:
    """`curtsy`, with nothing of ours in the environment but what is named here."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return f"sqlite:{self.folder / 'curtsy.db'}"

    def __call__(self, *words: str, **environment: str) -> Ran:
        """Run a command to its end, from its words to its exit code, without the second that a process takes."""
        out, err, before = io.StringIO(), io.StringIO(), dict(os.environ)
        try:
            os.environ.clear()
            os.environ.update(self._environment(environment))
            with redirect_stdout(out), redirect_stderr(err):
                code = run(list(words))
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Ran(code, out.getvalue(), err.getvalue())

    def process(self, *words: str, **environment: str) -> Ran:
        """Run a command to its end, in a process of its own."""
        ran = subprocess.run(
            self._line(*words), cwd=self.folder, env=self._environment(environment), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def json(self, *words: str, **environment: str) -> dict[str, Any]:
        """What a command that works prints for programs."""
        ran = self(*words, "--json", **environment)
        assert ran.code == 0, ran
        return ran.body

    def refused(self, *words: str, **environment: str) -> dict[str, Any]:
        """The refusal that a command prints for programs, after which it ends with 1."""
        ran = self(*words, "--json", **environment)
        assert ran.code == 1, ran
        assert ran.body["success"] is False
        assert ran.body["error"]
        return ran.body

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command that goes on."""
        return subprocess.Popen(
            self._line(*words), cwd=self.folder, env=self._environment({}), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def _line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "curtsy", *words]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CURTSY_")}
        return {**plain, "CURTSY_DATABASE": self.database, **self.environment, **more}


@contextmanager
def listening(curtsy: Curtsy, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A command that listens until told to stop: its process, and the line it said when it began to."""
    process = curtsy.start(*words, "--json")
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate(timeout=PATIENCE_S)
        yield process, json.loads(line)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
