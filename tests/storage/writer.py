"""A process that writes words and says each one once it is durable, until it is killed.

python -m tests.storage.writer DATABASE
"""

from __future__ import annotations

import asyncio
import sys

from curtsy.storage.database import Database, open_database
from tests.harness.clock import MovableClock
from tests.storage import desks


async def write(database: Database) -> None:
    """Write for ever, eight at a time."""
    for start in range(0, 1_000_000, 8):
        for word in await asyncio.gather(*(database.run(desks.put, str(start + n)) for n in range(8))):
            sys.stdout.write(word + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write(open_database(f"sqlite:{sys.argv[1]}", clock=MovableClock())))
