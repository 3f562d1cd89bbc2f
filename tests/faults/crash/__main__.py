"""The campaign from the command line: `python -m tests.faults.crash POINTS [SEED] [MODE]`, a line a round.

Rounds are of 60 points; each has the seed after the last one's, and without a mode they take turns.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.faults.crash.campaign import MODES, carry_out

A_ROUND = 60
PLAIN_OF = 4
"""Of so many rounds the first is lying, the second refuses duplicates, and the others are plain."""


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def mode_of(turn: int) -> str:
    """The mode of a round when none is asked for."""
    return {0: "lying", 1: "refusing"}.get(turn % PLAIN_OF, "plain")


def main(points: int, seed: int, mode: str) -> int:
    """Rounds until so many points were reached; 1 if one of them found a fault."""
    columns = ("points", "tasks", "sent", "review", "other", "refused", "ended s", "seconds", "faults")
    _say(f"{'seed':>12} {'mode':<9}" + "".join(f"{column:>9}" for column in columns))
    began, reached, bad, turn = time.monotonic(), 0, 0, 0
    ends: Counter[str] = Counter()
    brisk: Counter[str] = Counter()
    while reached < points:
        done = carry_out(seed + turn, min(A_ROUND, points - reached), mode or mode_of(turn))
        found, outcomes = done.verdict, done.verdict.outcomes
        rest = found.tasks - outcomes["completed"] - outcomes["needs_review"]
        counts = (done.points, found.tasks, outcomes["completed"], outcomes["needs_review"], rest)
        also = (found.refused.total(), found.ended_after_ms // 1000, round(done.seconds), len(found.faults))
        _say(f"{done.seed:>12} {done.mode:<9}" + "".join(f"{count:>9}" for count in (*counts, *also)))
        if found.faults:
            _say(done.complain())
        reached, bad, turn = reached + done.points, bad + len(found.faults), turn + 1
        ends += outcomes
        brisk += found.brisk
    _say(f"{reached} points in {time.monotonic() - began:.0f} s, {ends.total()} tasks, {bad} faults")
    _say(f"with the absence setting on: {brisk['needs_review']} of {brisk.total()} tasks need a person")
    _say(f"with it off: {ends['needs_review'] - brisk['needs_review']} of {ends.total() - brisk.total()}")
    return 1 if bad else 0


if __name__ == "__main__":
    given = [*sys.argv[1:], "", "", ""]
    if given[2] not in ("", *MODES):
        sys.exit(f"a mode is one of {', '.join(MODES)}")
    sys.exit(main(int(given[0] or A_ROUND), int(given[1] or time.time()), given[2]))
