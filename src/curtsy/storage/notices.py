"""Rings that cross processes: PostgreSQL's LISTEN and NOTIFY, one connection a process for all topics."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from time import monotonic

import psycopg
import uuid_utils

from curtsy.storage.doorbell import Doorbell

CHANNEL = "curtsy"
MOST_BYTES = 7_900
"""A notice may carry less than 8,000 bytes."""
TURN_S = 0.5
"""How long one wait for notices lasts at most, so that the end is noticed."""
EVERYBODY = "*"
LOOK_S = 5.0
"""A connection that went dead in silence is found by a statement this often."""
AGAIN_S = 1.0

log = logging.getLogger("curtsy.storage")


class Notices(Doorbell):
    """A doorbell that hears other processes. When its connection was away it rings everybody once it is back."""

    def __init__(self, conninfo: str) -> None:
        super().__init__()
        self._conninfo = conninfo
        self._own = uuid_utils.uuid4().hex
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def statement(self, topics: Iterable[str]) -> bytes:
        """What a transaction says before its end, so that other processes hear of it; nothing for no topics.

        It goes with the COMMIT in one message, which takes no parameters.
        """
        said = " ".join(sorted(topics))
        if not said:
            return b""
        said = f"{self._own} {said if len(said.encode()) <= MOST_BYTES else EVERYBODY}".replace("'", "''")
        return f"NOTIFY {CHANNEL}, '{said}'; ".encode()

    def listen(self, topic: str, listener: Callable[[], None]) -> Callable[[], None]:
        if self._thread is None:
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._hear, args=(loop,), name="curtsy-notices", daemon=True)
            self._thread.start()
        return super().listen(topic, listener)

    def close(self) -> None:
        """Hear no more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    # ------------------------------------------------------------------ in a thread of its own

    def _hear(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True) as session:
                    session.execute(f"LISTEN {CHANNEL}".encode())
                    loop.call_soon_threadsafe(self.ring_all)  # what was missed meanwhile
                    self._attend(loop, session)
            except psycopg.Error as error:
                log.warning("no word from other processes, they are asked every poll instead: %s", str(error).strip())
                self._stopped.wait(AGAIN_S)
            except RuntimeError:  # the loop was closed: nobody waits any more
                return

    def _attend(self, loop: asyncio.AbstractEventLoop, session: psycopg.Connection[tuple[object, ...]]) -> None:
        asked = monotonic()
        while not self._stopped.is_set():
            for notice in session.notifies(timeout=TURN_S):
                self._pass_on(loop, notice.payload)
            if monotonic() - asked > LOOK_S:
                session.execute(b"SELECT 1")
                asked = monotonic()

    def _pass_on(self, loop: asyncio.AbstractEventLoop, said: str) -> None:
        sender, _, topics = said.partition(" ")
        if sender == self._own:
            return  # rung at its commit
        if topics == EVERYBODY:
            loop.call_soon_threadsafe(self.ring_all)
        else:
            loop.call_soon_threadsafe(self.ring, topics.split(" "))
