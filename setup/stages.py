"""Every stage of `make test` in order, the few of `make check`, and the table at their end."""

import shutil
import sys
import time
from pathlib import Path

from setup.extension import HOME
from setup.stage import REPORTS, Command, Stage, Tally, carry_out
from setup.step import PYTHON

MINUTE = 60


def tool(name: str, *rest: str) -> Command:
    """Names a program of the environment."""
    return Command((str(PYTHON.parent / name), *rest))


def npm(script: str) -> Command:
    """Names a script of the extension."""
    return Command(("npm", "run", "--silent", script), cwd=HOME)


def suite(*rooms: str, on: str = "sqlite", at_once: int = 1, by: str = "loadfile") -> Command:
    """Names a pytest run over some folders of tests/, each of which must hold tests, on one kind of database.

    ``at_once``: how many processes run them side by side, since most tests wait more than they compute; ``by``: how
    they are dealt out, a file at a time or, by "load", a test at a time.
    """
    folders = tuple(f"tests/{room}" for room in rooms)
    report = REPORTS / f"{'-'.join(rooms).replace('/', '-')}-{on}.xml"
    return Command(
        (
            str(PYTHON),
            "-m",
            "pytest",
            "-q",
            "--continue-on-collection-errors",
            "--durations=5",
            "--durations-min=2",
            f"--junit-xml={report}",
            f"--on={on}",
            *(("-n", str(at_once), f"--dist={by}") if at_once > 1 else ()),
            *folders,
        ),
        report=report,
        folders=folders,
    )


def vitest() -> Command:
    """Names the extension's unit tests."""
    report = REPORTS / "extension.xml"
    reporters = ("--reporter=default", "--reporter=junit", f"--outputFile.junit={report}")
    return Command(("npm", "run", "--silent", "test", "--", *reporters), cwd=HOME, report=report)


RULES = (tool("ruff", "check"), tool("ruff", "format", "--check"), tool("mypy"), tool("lint-imports", "--no-logo"))
FENCES = (npm("check"), npm("fences"))
INSTALL = Stage("install", 3 * MINUTE, (Command((sys.executable, "-m", "setup")),))
LINT = Stage("lint", MINUTE, (*RULES, *FENCES))
CHECKS = Stage("checks", MINUTE, (*RULES, *FENCES, suite("house")))
FAST = Stage("fast units", MINUTE, (suite("domain", "storage", "service", "web", at_once=3),))
UNITS = Stage(
    "units", 2 * MINUTE, (suite("domain", "storage", "service", "web", "contract", "cli", "twin", at_once=3),)
)
SHARED = Stage(
    "on PostgreSQL", 3 * MINUTE, (suite("storage", "service", "web", "contract", on="postgresql", at_once=3),)
)
REPLICAS = Stage("replicas", 2 * MINUTE, (suite("replicas", on="postgresql", at_once=2),))
UPGRADE = Stage("an older release", 2 * MINUTE, (suite("upgrade"),))
EXTENSION = Stage("extension units", MINUTE, (vitest(),))
JOURNEYS = Stage("journeys", 2 * MINUTE, (suite("journeys", at_once=3), suite("journeys", on="postgresql", at_once=3)))
STORIES = Stage("Chromium stories", 3 * MINUTE, (suite("e2e", at_once=2),))
CRASHES = Stage("crash points", 3 * MINUTE, (suite("faults/crash"),))
KILLS = Stage("Chromium kills", 2 * MINUTE, (suite("faults/browsers"),))
MACHINE = Stage("state machine", 2 * MINUTE, (suite("faults/machine"), suite("faults/quarter")))
TEETH = Stage("teeth", 2 * MINUTE, (suite("faults/teeth", at_once=3, by="load"),))
ORDERS = Stage("orders and disks", 2 * MINUTE, (suite("faults/walk"), suite("faults/nth"), suite("faults/disk")))
PAGES = Stage("pages", 2 * MINUTE, (suite("pages"),))

RUNS = {
    "test": (
        *(INSTALL, CHECKS, UNITS, SHARED, REPLICAS, UPGRADE, EXTENSION, JOURNEYS, STORIES, PAGES),
        *(ORDERS, MACHINE, TEETH, CRASHES, KILLS),
    ),
    "check": (INSTALL, CHECKS, FAST),
    "lint": (INSTALL, LINT),
}


def table(stages: list[tuple[Stage, Tally]], seconds: float) -> str:
    """Returns a line per stage with its time, its budget and its counts, and then what went wrong outside a test."""
    lines = [f"\n{'stage':<18}{'seconds':>9}{'budget':>9}{'passed':>9}{'failed':>9}"]
    for stage, tally in stages:
        late = "  over budget" if tally.seconds > stage.budget_s else ""
        counts = f"{tally.passed:>9}{tally.failed:>9}"
        lines.append(f"{stage.name:<18}{tally.seconds:>9.1f}{stage.budget_s:>9}{counts}{late}")
        lines += [f"    {what}" for what in tally.wrong]
    lines.append(f"{'total':<18}{seconds:>9.1f}\n")
    return "\n".join(lines)


def main(stages: tuple[Stage, ...]) -> int:
    """Runs the stages, prints the table and the count, and returns 1 if anything failed."""
    began = time.monotonic()
    shutil.rmtree(REPORTS, ignore_errors=True)
    Path(REPORTS).mkdir(parents=True)
    done: list[tuple[Stage, Tally]] = []
    for stage in stages:
        done.append((stage, carry_out(stage)))
        if stage is INSTALL and done[0][1].failed:
            break
    print(table(done, time.monotonic() - began))
    failed = sum(tally.failed for _, tally in done)
    print(f"{sum(tally.passed for _, tally in done)} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(RUNS[sys.argv[1]]))
