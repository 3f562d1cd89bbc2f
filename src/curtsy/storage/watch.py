"""The time of one process: follows a clock that nobody sets, leans towards the one on the wall, and notices a jump.

Waits are counted in this time. A clock that is set by less than five minutes therefore makes none of them shorter by
more than a fiftieth; one that is set by more stops every act until a person confirms it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from curtsy.storage.store import CLOCK_JUMPED, Store

JUMP_MS = 5 * 60_000
"""A clock on the wall that is further off than this has jumped."""
LEAN = 50
"""The way back to the wall is taken at one part in so many: 165 seconds by this time are never less than 161."""
KEEP_MS = 60_000
"""How often the database is told how the clocks stand."""
KEPT = "clock"
"""The fact of the house that the next process goes on from."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a transaction has written of the clock; nobody knows it until that is committed."""

    jumps: int
    at: int


class Watch:
    """Milliseconds since 1970, the same for everybody who asks this watch, from any thread.

    ``steady`` answers milliseconds that nobody sets, without it the time is that of ``clock``. ``boot`` names what
    ``steady`` counts from, None where that cannot be said.
    """

    def __init__(
        self, clock: Callable[[], int], steady: Callable[[], int] | None = None, boot: str | None = None
    ) -> None:
        self._clock, self._steady, self._boot = clock, steady, boot
        self._one_at_a_time = Lock()
        self._at: int | None = None
        self._fine = 0
        self._jumps = self._told = 0
        self._keeps = False
        self._kept_at: int | None = None

    def now(self) -> int:
        """The time; never less than before, but for a jump."""
        if self._steady is None:
            return self._clock()
        with self._one_at_a_time:
            return self._read(self._clock(), self._steady())

    def _read(self, wall: int, steady: int) -> int:
        if self._at is None:
            self._at, self._fine = steady, wall * LEAN
        passed = max(0, steady - self._at)
        even = self._fine + passed * LEAN
        apart = wall * LEAN - even
        if abs(apart) > JUMP_MS * LEAN:
            self._jumps += 1
            self._fine = wall * LEAN
        else:
            self._fine = even + max(-passed, min(apart, passed))
        self._at += passed
        return self._fine // LEAN

    def resume(self, store: Store, _now: int, serves: bool) -> None:
        """Go on from where the database was left, and let it know from now on; a clock set meanwhile is a jump.

        In another run of the machine only a clock that was set back can be told from time that passed. Whoever does
        not serve may be on another machine, whose clock is no concern of the database.
        """
        kept = store.house(KEPT)
        left = json.loads(kept) if kept is not None else None
        same_run = left is not None and self._boot is not None and left["boot"] == self._boot
        if self._steady is None or not (serves or same_run):
            return
        with self._one_at_a_time:
            self._keeps = True
            if left is None:
                return
            steady = self._steady()
            self._fine = max(left["now"], steady + left["ahead"] if same_run else self._clock()) * LEAN
            self._at, self._kept_at = steady, left["now"]

    def begin(self, store: Store) -> tuple[int, Notice | None]:
        """The time of a transaction that writes, in which a jump is told before anything else happens."""
        now = self.now()
        with self._one_at_a_time:
            jumped = self._jumps > self._told
            due = self._keeps and (jumped or self._kept_at is None or now - self._kept_at >= KEEP_MS)
            notice = Notice(self._jumps, now)
            stands = {"boot": self._boot, "ahead": self._fine // LEAN - (self._at or 0), "now": now}
        if jumped:
            store.set_house(CLOCK_JUMPED, str(now))
        if due:
            store.set_house(KEPT, json.dumps(stands))
        return now, notice if jumped or due else None

    def committed(self, notice: Notice | None) -> None:
        """Only now: what was rolled back with a refused desk has to be told again."""
        if notice is not None:
            with self._one_at_a_time:
                self._told, self._kept_at = notice.jumps, notice.at
