"""A loop whose time leaps: when nobody has anything to do at this moment, the next moment comes at once.

Everything that waits in it, the server's own parts included, waits in simulated time. What waits for the disk or the
database waits in the machine's: while a call is under way the time stands still.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from math import ceil
from typing import Any, TypeVar

T = TypeVar("T")


class Sun:
    """Milliseconds since 1970, as everybody in the simulation has them; ``busy`` counts calls under way."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.busy = 0

    def __call__(self) -> int:
        return self.at


class _Leaping(selectors.DefaultSelector):
    """Waits for the machine only while a call is under way."""

    def __init__(self, sun: Sun) -> None:
        super().__init__()
        self._sun = sun

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self._sun.busy:
            return super().select(None)
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for ever"
            self._sun.at += ceil(timeout * 1000)
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, sun: Sun) -> None:
        super().__init__(_Leaping(sun))
        self._sun = sun
        # What is due at this very moment is due: numbers of this size cannot be told apart by less.
        self._clock_resolution = 1e-4

    def time(self) -> float:
        return self._sun.at / 1000


def run(sun: Sun, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine and all it begins in the time of ``sun``."""
    loop = _Loop(sun)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        begun = asyncio.all_tasks(loop)
        for one in begun:
            one.cancel()
        loop.run_until_complete(asyncio.gather(*begun, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
