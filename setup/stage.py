"""One stage of the tests: commands run one after the other, each against a time limit, and what came of them."""

import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from setup import node
from setup.step import ROOT

REPORTS = ROOT / "build" / "reports"


@dataclass(frozen=True)
class Command:
    """A program to run; with a report it is a test run, whose tests are counted from the JUnit file it writes."""

    line: tuple[str, ...]
    cwd: Path = ROOT
    report: Path | None = None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """A named group of commands; `budget_s` is what it should take, and at four times that it is ended as stuck."""

    name: str
    budget_s: int
    commands: tuple[Command, ...]


@dataclass
class Tally:
    """What came of a stage."""

    passed: int = 0
    failed: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def count(self, passed: int, failed: int) -> None:
        """Adds the tests of one run."""
        self.passed += passed
        self.failed += failed

    def blame(self, what: str) -> None:
        """Records something that went wrong outside any one test; it counts as one failure."""
        self.failed += 1
        self.wrong.append(what)


def read_report(path: Path) -> tuple[int, int]:
    """Returns the passed and failed tests of a JUnit file; a skipped test counts as failed, for none is meant to be."""
    cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    bad = sum(1 for case in cases if any(case.find(tag) is not None for tag in ("failure", "error", "skipped")))
    return len(cases) - bad, bad


def surroundings() -> dict[str, str]:
    """Returns the environment of a command: our tools first, nothing of the person's own Curtsy settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CURTSY_")}
    return {**own, "PATH": node.path()}


def ended(command: Command, limit_s: float) -> int | None:
    """Runs a command in a session of its own and returns its exit code, or None if it had to be ended at the limit."""
    with subprocess.Popen(
        command.line, cwd=command.cwd, env=surroundings(), stdin=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            return process.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def carry_out(stage: Stage) -> Tally:
    """Runs every command of a stage, the later ones too when an earlier one fails."""
    tally = Tally()
    began = time.monotonic()
    for command in stage.commands:
        shown = " ".join(Path(word).name if word.startswith(str(ROOT)) else word for word in command.line)
        print(f"\n== {stage.name}: {shown}", flush=True)
        missing = [folder for folder in command.folders if not any((ROOT / folder).rglob("test_*.py"))]
        if missing:
            tally.blame(f"no tests in {', '.join(missing)}")
            continue
        judge(command, ended(command, 4 * stage.budget_s - (time.monotonic() - began)), tally, shown)
    tally.seconds = time.monotonic() - began
    return tally


def judge(command: Command, code: int | None, tally: Tally, shown: str) -> None:
    """Counts the tests a command ran, and blames it when its exit code says more than its tests do."""
    failed = 0
    if command.report is not None and command.report.exists():
        passed, failed = read_report(command.report)
        tally.count(passed, failed)
        if passed + failed == 0:
            tally.blame(f"ran no test: {shown}")
    elif command.report is not None:
        tally.blame(f"left no report: {shown}")
    if code is None:
        tally.blame(f"did not end: {shown}")
    elif code != 0 and not failed:
        tally.blame(f"exit {code}: {shown}")
