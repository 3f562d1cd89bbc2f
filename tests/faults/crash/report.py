"""What a campaign says of itself: a line a round as it runs, and the same as Markdown in a file, always whole."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.crash.campaign import Round

COLUMNS = ("points", "tasks", "sent", "review", "other", "refused", "ended s", "seconds", "faults")


def _counts(done: Round) -> tuple[int, ...]:
    found, outcomes = done.verdict, done.verdict.outcomes
    rest = found.tasks - outcomes["completed"] - outcomes["needs_review"]
    counts = (done.points, found.tasks, outcomes["completed"], outcomes["needs_review"], rest)
    return (*counts, found.refused.total(), found.ended_after_ms // 1000, round(done.seconds), len(found.faults))


@dataclass(slots=True)
class Report:
    """The rounds so far of a campaign that wants so many points; written anew after each, if there is a file for it."""

    wanted: int
    seed: int
    file: Path | None
    rounds: list[Round] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    @property
    def points(self) -> int:
        return sum(done.points for done in self.rounds)

    @property
    def faults(self) -> int:
        return sum(len(done.verdict.faults) for done in self.rounds)

    def heading(self) -> str:
        """What stands above the lines."""
        return f"{'seed':>12} {'mode':<9}" + "".join(f"{column:>9}" for column in COLUMNS)

    def add(self, done: Round) -> str:
        """Take a round in; its line."""
        self.rounds.append(done)
        if self.file is not None:
            self.file.write_text(self._markdown())
        return f"{done.seed:>12} {done.mode:<9}" + "".join(f"{count:>9}" for count in _counts(done))

    def summary(self) -> str:
        """Everything together, as it stands."""
        ends, brisk, struck = Counter[str](), Counter[str](), Counter[str]()
        for done in self.rounds:
            ends += done.verdict.outcomes
            brisk += done.verdict.brisk
            struck += done.struck
        on, off = brisk["needs_review"], ends["needs_review"] - brisk["needs_review"]
        missing = f" of {self.wanted} wanted" if self.points < self.wanted else ""
        return "\n".join(
            [
                f"{self.points} points{missing} in {len(self.rounds)} rounds from seed {self.seed}, "
                f"{time.monotonic() - self._began:.0f} s, {ends.total()} tasks, {self.faults} faults",
                "ends: " + ", ".join(f"{word} {count}" for word, count in ends.most_common()),
                "points: " + ", ".join(f"{kind} {count}" for kind, count in struck.most_common()),
                f"with the absence setting on {on} of {brisk.total()} tasks need a person, "
                f"with it off {off} of {ends.total() - brisk.total()}",
            ]
        )

    def _markdown(self) -> str:
        lines = [*(f"{line}  " for line in self.summary().splitlines()), ""]
        lines += [f"| seed | mode | {' | '.join(COLUMNS)} |", f"|--:|---|{'--:|' * len(COLUMNS)}"]
        for done in self.rounds:
            lines.append(f"| {done.seed} | {done.mode} | {' | '.join(str(count) for count in _counts(done))} |")
        return "\n".join(lines) + "\n"
