"""That idle browsers live is written for many of them at once: a commit for each would cost more than all they ask."""

from __future__ import annotations

import asyncio
import logging

from curtsy.domain.errors import TryAgain
from curtsy.service.dispatch import alive
from curtsy.storage.database import Database

GATHER_S = 5.0
"""Long enough for a thousand browsers to share a commit, short beside the minute that a heartbeat may be late."""

log = logging.getLogger("curtsy.web")


class Heartbeats:
    """The browsers of this process that were heard and not yet written of."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._heard: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    def hear(self, agent_id: str) -> None:
        """Write soon that this agent lives; one that is lost with the process is heard again at its next poll."""
        if not self._heard:
            loop = asyncio.get_running_loop()
            loop.call_later(GATHER_S, self._begin, loop)
        self._heard.add(agent_id)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        heard, self._heard = self._heard, set()
        self._writing = loop.create_task(self._write(heard))

    async def _write(self, heard: set[str]) -> None:
        try:
            await self._database.run(alive, sorted(heard))
        except TryAgain:
            log.warning("heartbeats of %d browsers were not written: the database is busy or away", len(heard))
        except Exception:
            log.exception("heartbeats of %d browsers were not written", len(heard))
