"""The clocks of a server: upkeep every second. Safe in every replica."""

from __future__ import annotations

import asyncio
import logging

from curtsy.domain.errors import TryAgain
from curtsy.service.rehearsal import play
from curtsy.service.retention import prune, wipe
from curtsy.service.telling import let_go
from curtsy.service.upkeep import tidy, upkeep
from curtsy.storage.database import Database

UPKEEP_S = 1.0
TIDY_EVERY = 600

log = logging.getLogger("curtsy.loops")


async def keep(database: Database, keep_days: int | None = None, keep_words_days: int | None = None) -> None:
    """Do what time brings about, until cancelled; drop what finished more than ``keep_days`` ago, if that is set.

    ``keep_words_days``: the same for what finished tasks know of people in words.
    """
    turn = 0
    while True:
        try:
            while await database.run(upkeep):
                pass
            while await database.run(play):
                pass
            if keep_days is not None:
                await database.run(prune, keep_days)
            if keep_words_days is not None:
                await database.run(wipe, keep_words_days)
            if turn % TIDY_EVERY == 0:
                await database.run(tidy)
                while await database.run(let_go):
                    pass
        except TryAgain:
            log.warning("upkeep has to wait: the database is busy or away")
        except Exception:
            log.exception("upkeep failed; it goes on in a second")
        turn += 1
        await asyncio.sleep(UPKEEP_S)
