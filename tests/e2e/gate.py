"""A gate between the browser and the server: it passes everything on, and can hold one call or its answer."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65_536
PATIENCE_S = 45.0


@dataclass(slots=True)
class Hold:
    """One call of an agent that is stopped at the gate: on its way there, or its answer on the way back.

    When it is let go it goes on its way, or is ``lost`` with the line it came on.
    """

    call: re.Pattern[bytes]
    answer: bool
    lost: bool
    lifted: asyncio.Event = field(default_factory=asyncio.Event)
    _caught: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Return once it stands at the gate."""
        assert self._caught.wait(PATIENCE_S), f"waited {PATIENCE_S:g} s in vain for {self.call.pattern!r}"

    async def stand(self) -> None:
        """Stand at the gate until let go; raises OSError when it is lost."""
        self._caught.set()
        await self.lifted.wait()
        if self.lost:
            raise ConnectionResetError


class Gate:
    """The address that a browser is paired with; behind it the server may die and come back."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self._behind = port
        self._hold: Hold | None = None
        self._lines: list[asyncio.Task[None]] = []
        self._ends: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gate", daemon=True)
        self._thread.start()
        assert self._open.wait(20), "the gate did not open"

    def close(self) -> None:
        """Let nothing through any more."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the gate did not close"

    @contextmanager
    def holding(self, call: str, *, answer: bool, lost: bool = False) -> Iterator[Hold]:
        """Hold the next call whose path ends so, or its answer, until the block ends."""
        hold = self._hold = Hold(re.compile(rb"POST \S*" + re.escape(call).encode() + rb" HTTP"), answer, lost)
        try:
            yield hold
        finally:
            self._hold = None
            self._loop.call_soon_threadsafe(hold.lifted.set)

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._open.set()
        await self._stop.wait()
        server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for end in self._ends:
            end.close()
        await asyncio.gather(*(end.wait_closed() for end in self._ends), return_exceptions=True)

    def _accept(self, browser: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        self._ends.append(to_browser)
        self._lines.append(asyncio.create_task(self._pass(browser, to_browser)))

    async def _pass(self, browser: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        """One line of the browser, until either end hangs up."""
        with suppress(OSError), closing(to_browser):
            server, to_server = await asyncio.open_connection("127.0.0.1", self._behind)
            self._ends.append(to_server)
            held: list[Hold] = []
            with closing(to_server):
                ways = [
                    asyncio.create_task(self._calls(browser, to_server, held)),
                    asyncio.create_task(self._answers(server, to_browser, held)),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)

    async def _calls(self, browser: asyncio.StreamReader, server: asyncio.StreamWriter, held: list[Hold]) -> None:
        while chunk := await browser.read(CHUNK):
            hold = self._hold
            if hold is not None and hold.call.match(chunk):
                self._hold = None
                if hold.answer:
                    held.append(hold)
                else:
                    await hold.stand()
            server.write(chunk)
            await server.drain()

    async def _answers(self, server: asyncio.StreamReader, browser: asyncio.StreamWriter, held: list[Hold]) -> None:
        while chunk := await server.read(CHUNK):
            # A browser sends no second call on a line before it has the answer to the first.
            while held:
                await held.pop().stand()
            browser.write(chunk)
            await browser.drain()
