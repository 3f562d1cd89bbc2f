"""Whether what was just made will be due in time: known of each sender for a while, and counted on from there.

A request that wishes nothing special pays for a look into a dictionary; a member's queue is looked at now and then.
"""

from __future__ import annotations

import logging
from time import monotonic

import msgspec

from curtsy.service.gate import Ask
from curtsy.service.outlook import Outlook, outlook
from curtsy.storage.database import Database

KEPT_S = 10.0
MOST_KEPT = 10_000

log = logging.getLogger("curtsy.web")


class _Seen(msgspec.Struct, gc=False):
    """What was seen of a member's queue; ``ahead`` counts on with each invitation that is made here."""

    outlook: Outlook
    room: int
    ahead: int
    until: float


class Outlooks:
    """The queues of those who send, as this process knows them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[str, _Seen] = {}

    async def late(self, member_id: str, ask: Ask, made: int = 1) -> bool:
        """Whether an invitation of a member that was just made, the first of so many, is due only after it expires.

        Told once of each, in the order in which they were made. What cannot be looked at now is not said to be late.
        """
        seen = self._seen.get(member_id)
        if seen is None or seen.until < monotonic():
            try:
                found = await self._database.read(outlook, member_id)
            except Exception:
                # The invitation is made all the same, which its caller has to know.
                log.warning("whether tasks of member %s will be due in time could not be looked at", member_id)
                return False
            if len(self._seen) >= MOST_KEPT:
                self._seen.clear()
            ahead = max(0, found.waiting - made)
            seen = self._seen[member_id] = _Seen(found, found.room(), ahead, monotonic() + KEPT_S)
        ahead, seen.ahead = seen.ahead, seen.ahead + 1
        if ask.not_before is None and ask.expires_at is None:
            return ahead >= seen.room
        now = self._database.now()
        return seen.outlook.is_late(ahead, max(now, ask.not_before or 0), ask.ends(now))
