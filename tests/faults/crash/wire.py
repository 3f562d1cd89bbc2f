"""The line between browsers or callers and the server: passes every call on, and spoils the one it was told to.

Each fault waits for the next call of its kind: a call can be lost, or its answer; it can come twice, late, or after
those that were made after it.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from tests.faults.crash.tempo import Tempo

FAULTS = ("lose_call", "lose_answer", "late_call", "slow_call", "slow_answer", "twice", "twice_later")
LATEST_MS = 90_000
HEARD = 200
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Spoiled:
    """One fault that waits for its call; ``kind`` is how the call's path ends."""

    kind: str
    how: str
    ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A call that went by: who listens can repeat it."""

    path: str
    message: bytes


class Wire:
    """A port of its own before the server's port."""

    def __init__(self, tempo: Tempo, behind: int, rng: Random) -> None:
        self.port = 0
        self.heard: deque[Heard] = deque(maxlen=HEARD)
        self.happened: list[Spoiled] = []
        self._tempo, self._behind, self._rng = tempo, behind, rng
        self._waiting: list[Spoiled] = []
        self._later: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._work, name="wire", daemon=True)
        self._thread.start()
        assert self._open.wait(20), "the wire did not open"

    def spoil(self, kind: str, how: str) -> None:
        """Let one fault wait for the next call of a kind."""
        self._waiting.append(Spoiled(kind, how, self._rng.randrange(500, LATEST_MS)))

    def mend(self) -> None:
        """Forget the faults that have not happened."""
        self._waiting.clear()

    def close(self) -> None:
        """Let nothing through any more."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the wire did not close"

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        await self._stop.wait()
        server.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One line of a client, until either end hangs up."""
        behind: Line | None = None
        try:
            while True:
                message = await _message(reader)
                path = message.split(b" ", 2)[1].decode()
                self.heard.append(Heard(path, message))
                behind = behind or Line(*await asyncio.open_connection("127.0.0.1", self._behind))
                answer = await self._carry(behind, message, self._spoiled(path))
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Either end is gone, which is what clients of a server that dies have to live with.
            pass
        finally:
            writer.close()
            if behind is not None:
                behind.writer.close()

    async def _carry(self, behind: Line, message: bytes, fault: Spoiled | None) -> bytes | None:
        if fault is None:
            return await behind.ask(message)
        self.happened.append(fault)
        wait_s = self._tempo.real_s(fault.ms)
        if fault.how == "lose_call":
            return None
        if fault.how == "late_call":
            self._deliver_later(message, wait_s)
            return None
        if fault.how == "slow_call":
            await asyncio.sleep(wait_s)
        answer = await behind.ask(message)
        if fault.how == "slow_answer":
            await asyncio.sleep(wait_s)
        if fault.how == "twice":
            answer = await behind.ask(message)
        if fault.how == "twice_later":
            self._deliver_later(message, wait_s)
        return None if fault.how == "lose_answer" else answer

    def _deliver_later(self, message: bytes, wait_s: float) -> None:
        task = self._loop.create_task(self._deliver(message, wait_s))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _deliver(self, message: bytes, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        with suppress(OSError, asyncio.IncompleteReadError):
            line = Line(*await asyncio.open_connection("127.0.0.1", self._behind))
            try:
                await line.ask(message)
            finally:
                line.writer.close()

    def _spoiled(self, path: str) -> Spoiled | None:
        for fault in self._waiting:
            if path.partition("?")[0].endswith(fault.kind):
                self._waiting.remove(fault)
                return fault
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, message: bytes) -> bytes:
        """Send a call and take its whole answer."""
        self.writer.write(message)
        await self.writer.drain()
        return await _message(self.reader)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message with its body, whose length its head tells."""
    head = await reader.readuntil(HEAD_END)
    length = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")
