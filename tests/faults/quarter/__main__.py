"""A simulated quarter from the command line: `python -m tests.faults.quarter [MEMBERS] [DAYS] [SEED] [--on KIND]`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from tests.faults.quarter.campaign import Plan, carry_out
from tests.faults.quarter.foresight import BAR
from tests.faults.quarter.judge import Judge
from tests.faults.quarter.report import markdown
from tests.harness import place
from tests.harness.folder import quick_folder


class Calendar:
    """Says at the end of each week how it goes; SIGINT and SIGTERM end it with the day, the second SIGINT at once."""

    def __init__(self) -> None:
        self.enough = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)

    def _stop(self, *_: object) -> None:
        self.enough = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def __call__(self, day: int, judge: Judge) -> bool:
        if day % 7 == 0:
            sent, faults = judge.counts["LinkedIn: sent"], len(judge.faults)
            sys.stderr.write(f"day {day}: {sent:,} invitations sent, {faults} faults\n")
        return not self.enough


def main(plan: Plan, file: Path | None) -> int:
    """Simulate one and print what came of it; 1 if a fault was found, or too few predictions were right."""
    with quick_folder() as folder:
        quarter = carry_out(plan, place.fresh(folder), Calendar())
    report = markdown(quarter)
    sys.stdout.write("\n".join([*quarter.judge.faults, *quarter.foresight.wrong, "", report]))
    if file is not None:
        file.write_text(report)
    return 1 if quarter.judge.faults or quarter.foresight.share() < BAR else 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m tests.faults.quarter", description="Simulate a quarter.")
    asked.add_argument("members", nargs="?", type=int, default=200)
    asked.add_argument("days", nargs="?", type=int, default=90)
    asked.add_argument("seed", nargs="?", type=int, help="the time of day if it is missing")
    asked.add_argument("--on", choices=place.KINDS, default=place.KINDS[0], help="the kind of database")
    asked.add_argument("--report", type=Path, metavar="FILE", help="where the table is written as Markdown")
    said = asked.parse_args()
    place.choose(said.on)
    sys.exit(main(Plan(said.members, said.days, said.seed or int(time.time())), said.report))
