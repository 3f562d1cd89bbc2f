"""Let pairs meet on whatever sources PYTHONPATH leads to: ``python -m tests.replicas.bite ADDRESS FIRST SECOND``."""

from __future__ import annotations

import sys

from tests.replicas.pairs import Meeting, pairs_of
from tests.replicas.steps import Replicas
from tests.replicas.worlds import Worlds

HELD, BROKE = 0, 3
"""What this process ends with; anything else means that nothing could be tried."""


def main(address: str, first: str, second: str) -> int:
    """The first fault is enough."""
    replicas = Replicas(address)
    try:
        worlds = Worlds(replicas)
        for pair in pairs_of(first, second):
            for statement, found in Meeting(worlds, pair).everywhere():
                if found:
                    sys.stderr.write(f"{pair} at {statement}: {found}\n")
                    return BROKE
        return HELD
    finally:
        replicas.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
