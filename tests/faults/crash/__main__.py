"""The campaign from the command line: `python -m tests.faults.crash POINTS [SEED] [MODE]`, a line a round.

Rounds are of 60 points; each has the seed after the last one's, and without a mode they take turns. The end is told
however it comes: after so many points, or at SIGINT or SIGTERM, which give up the round under way.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from tests.faults.crash.campaign import MODES, carry_out
from tests.faults.crash.report import Report

A_ROUND = 60
TURNS = ("lying", "refusing", "plain", "stepping", "plain", "plain")
"""The modes of rounds one after the other when none is asked for."""
INTERRUPTED = 130


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(points: int, seed: int, mode: str, file: Path | None) -> int:
    """Rounds until so many points were reached; 1 if one of them found a fault, 130 if they were interrupted."""
    report = Report(points, seed, file)
    _say(report.heading())
    ended = 0
    try:
        while report.points < points:
            turn = len(report.rounds)
            done = carry_out(seed + turn, min(A_ROUND, points - report.points), mode or TURNS[turn % len(TURNS)])
            _say(report.add(done))
            if done.verdict.faults:
                _say(done.complain())
    except KeyboardInterrupt:
        ended = INTERRUPTED
    _say(report.summary())
    return 1 if report.faults else ended


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m tests.faults.crash", description="Kill, lose and repeat.")
    asked.add_argument("points", nargs="?", type=int, default=A_ROUND)
    asked.add_argument("seed", nargs="?", help="of the first round; the time of day if it is empty or missing")
    asked.add_argument("mode", nargs="?", default="", choices=("", *MODES))
    asked.add_argument("--report", type=Path, metavar="FILE", help="where the rounds are written as Markdown")
    said = asked.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(said.points, int(said.seed or time.time()), said.mode, said.report))
