"""`python -m bench [FAMILY]`: measure every family of figures, or one; writes results/latest.json and README.md."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from bench import agents, dispatch, end_to_end, growth, intake, profile, status
from bench.figures import Figure, keep
from bench.installed import install
from bench.page import write
from bench.pinned import LOAD_CORE, SERVER_CORE, NotMeasured
from bench.rounds import Rounds, say
from setup.step import Stuck

FAMILIES: dict[str, tuple[str, Callable[[Rounds], list[Figure]]]] = {
    "intake": ("intake.", intake.measure),
    "status": ("status.", status.measure),
    "dispatch": ("dispatch.", dispatch.measure),
    "agents": ("agent.", agents.measure),
    "end_to_end": ("end_to_end.", end_to_end.measure),
    "growth": (growth.prefix(), growth.measure),
    "profile": ("profile.", profile.measure),
}
"""A family of figures: what their names begin with, and what measures them."""


def main(only: str) -> int:
    """Measure; 0 when everything asked for was."""
    if only and only not in FAMILIES:
        say(f"bench: there is no family {only!r}; there are {', '.join(FAMILIES)}")
        return 2
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        say("bench: needs two cores, one for the server and one for the load")
        return 2
    # Both end by leaving the blocks, which stops every process and removes every file.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)
    try:
        install()
        os.sched_setaffinity(0, {LOAD_CORE})
        for family in [only] if only else FAMILIES:
            _measure(family)
    except (Stuck, NotMeasured) as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        say("bench: interrupted; what was measured before is kept")
        return 130
    return 0


def _measure(family: str) -> None:
    prefix, measure = FAMILIES[family]
    say(f"{family}:")
    rounds = Rounds()
    figures = measure(rounds)
    keep(family, prefix, figures, f"make bench ONLY={family}", rounds.told())
    write()
    for figure in figures:
        told = figure.told("")
        say(f"  {figure.name:<45} {told['value']:>10} {figure.unit}  (spread {told['spread']})")
    say(f"  {family}: {rounds.told()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
