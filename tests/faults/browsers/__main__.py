"""Kills of real browsers from the command line: `python -m tests.faults.browsers KILLS [SEED]`, a line a kill."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.faults.browsers.kills import killing


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(kills: int, seed: int) -> int:
    """So many kills with one seed; 1 if one of them led to what must never be."""
    began, bad = time.monotonic(), 0
    words: Counter[str] = Counter()
    with killing(seed) as killer:
        for _ in range(kills):
            kill = killer.strike()
            setting = "on" if kill.requeues else "off"
            when = f"{kill.moment} + {kill.delay_ms} ms"
            _say(
                f"{kill.number:>4} {when:<18} trouble {kill.trouble or 'none':<12} absence {setting:<4}"
                f"{kill.word:<13} held {kill.held}  posts {kill.posts}"
            )
            words[kill.word] += 1
            if kill.fault:
                bad += 1
                _say(f"seed {seed}; again: python -m tests.faults.browsers {kill.number} {seed}\n{kill.fault}")
    ends = ", ".join(f"{count} {word}" for word, count in sorted(words.items()))
    _say(f"seed {seed}: {kills} kills in {time.monotonic() - began:.0f} s, {bad} faults: {ends}")
    return 1 if bad else 0


if __name__ == "__main__":
    given = [*sys.argv[1:], "", ""]
    sys.exit(main(int(given[0] or 20), int(given[1] or time.time())))
