"""Nobody stays under a key that was revoked: who waits or follows is sent away within a second (guarantee, I15)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from curtsy.domain.errors import TryAgain
from curtsy.service import access
from curtsy.storage.database import Database

ROUND_S = 0.5
"""How often the keys of all who stay are looked at, in one question."""

log = logging.getLogger("curtsy.web")


class Warden:
    """Looks after everybody in this process who stays for longer than an answer takes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guests: dict[str, set[Callable[[], None]]] = {}
        self._round: asyncio.Task[None] | None = None

    def watch(self, key_id: str, revoked: Callable[[], None]) -> Callable[[], None]:
        """Have ``revoked`` called when this key no longer stands, until the function returned is called."""
        self._guests.setdefault(key_id, set()).add(revoked)
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._go_round())

        def stop() -> None:
            guests = self._guests.get(key_id)
            if guests is not None:
                guests.discard(revoked)
                if not guests:
                    del self._guests[key_id]

        return stop

    def close(self) -> None:
        """Look no more: the server stops."""
        if self._round is not None:
            self._round.cancel()

    async def _go_round(self) -> None:
        while self._guests:
            await asyncio.sleep(ROUND_S)
            asked = set(self._guests)
            try:
                good = await self._database.read(access.standing, asked)
            except TryAgain:
                continue
            except Exception:
                log.exception("the keys of those who wait or follow could not be looked at")
                continue
            # Who came while this was asked is looked at in the next round.
            for key_id in asked - good:
                for revoked in tuple(self._guests.get(key_id, ())):
                    revoked()
