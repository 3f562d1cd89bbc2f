"""Hands for a database whose statements wait for a network: desks run in threads, each in a transaction of its own.

Batched desks are the exception: while batches are under way everything that comes gathers for the next one, so that any
number of callers share a transaction and its commit.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from curtsy.domain.errors import Refusal, TryAgain
from curtsy.storage.cellar import Desk

WRITING = 8
READING = 4
BATCHING = 2
MOST_AT_ONCE = WRITING + READING + BATCHING
MOST_WAITING = 20_000
"""Beyond this many desks in line a new one is refused."""
MOST_IN_A_BATCH = 512
ENOUGH = 16
"""So many begin a further batch while one is under way; fewer wait for its end, and share a commit."""
RETRY_MS = 1000

Transact = Callable[[Desk, tuple[Any, ...]], tuple[Any, frozenset[str]]]
Look = Callable[[Desk, tuple[Any, ...]], Any]


@dataclass(slots=True)
class _Batches:
    """What waits for one desk, and how many batches of it are under way."""

    waiting: deque[tuple[Any, asyncio.Future[Any]]] = field(default_factory=deque)
    under_way: int = 0


class Crew:
    """``transact`` and ``look`` do the work, in threads; ``ring`` is called in the event loop after a commit."""

    def __init__(self, transact: Transact, look: Look, ring: Callable[[frozenset[str]], None]) -> None:
        self._transact = transact
        self._look = look
        self._ring = ring
        self._writing = ThreadPoolExecutor(WRITING, "curtsy-write")
        self._reading = ThreadPoolExecutor(READING, "curtsy-read")
        self._batching = ThreadPoolExecutor(BATCHING, "curtsy-batch")
        self._waiting = 0
        self._batches: dict[Desk, _Batches] = {}

    async def run(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        """Run a desk; it is carried out even when whoever asked goes away meanwhile."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._enter()
        done = self._writing.submit(self._transact, desk, args)
        done.add_done_callback(lambda done: _hand_over(loop, self._ran, done, answer))
        return await answer

    def run_batched(self, desk: Desk, item: Any) -> asyncio.Future[Any]:
        """Run a desk for this item and everybody else's."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._enter()
        batches = self._batches.setdefault(desk, _Batches())
        batches.waiting.append((item, answer))
        self._go_on(desk, batches, loop)
        return answer

    async def look(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        """Let a desk read."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._look, desk, args)

    def close(self) -> None:
        """Let what is under way end."""
        for hands in (self._batching, self._writing, self._reading):
            hands.shutdown(cancel_futures=True)

    def _enter(self) -> None:
        if self._waiting >= MOST_WAITING:
            raise TryAgain(retry_after_ms=RETRY_MS)
        self._waiting += 1

    # ------------------------------------------------------------------ in the event loop

    def _ran(self, done: Future[tuple[Any, frozenset[str]]], answer: asyncio.Future[Any]) -> None:
        self._waiting -= 1
        if done.cancelled():
            _tell(answer, TryAgain(retry_after_ms=RETRY_MS))
        elif (error := done.exception()) is not None:
            _tell(answer, error)
        else:
            value, rings = done.result()
            if not answer.done():
                answer.set_result(value)
            self._ring(rings)

    def _go_on(self, desk: Desk, batches: _Batches, loop: asyncio.AbstractEventLoop) -> None:
        waiting = len(batches.waiting)
        if waiting and (not batches.under_way or (batches.under_way < BATCHING and waiting >= ENOUGH)):
            batches.under_way += 1
            loop.call_soon(self._next_batch, desk, batches, loop)

    def _next_batch(self, desk: Desk, batches: _Batches, loop: asyncio.AbstractEventLoop) -> None:
        if not batches.waiting:
            batches.under_way -= 1
            return
        batch = [batches.waiting.popleft() for _ in range(min(len(batches.waiting), MOST_IN_A_BATCH))]
        done = self._batching.submit(self._transact, desk, ([item for item, _ in batch],))
        done.add_done_callback(lambda done: _hand_over(loop, self._batch_ran, desk, batches, batch, done, loop))

    def _batch_ran(
        self,
        desk: Desk,
        batches: _Batches,
        batch: Sequence[tuple[Any, asyncio.Future[Any]]],
        done: Future[tuple[Any, frozenset[str]]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._waiting -= len(batch)
        # First, so that the line goes on whatever becomes of the answers.
        batches.under_way -= 1
        self._go_on(desk, batches, loop)
        if done.cancelled() or done.exception() is not None:
            error = TryAgain(retry_after_ms=RETRY_MS) if done.cancelled() else done.exception()
            for _, answer in batch:
                _tell(answer, error)
            return
        values, rings = done.result()
        if len(values) != len(batch):
            error = ValueError(f"{desk} answered {len(values)} of {len(batch)}")
            for _, answer in batch:
                _tell(answer, error)
            return
        for (_, answer), value in zip(batch, values, strict=True):
            if isinstance(value, Refusal):
                _tell(answer, value)
            elif not answer.done():
                answer.set_result(value)
        self._ring(rings)


def _hand_over(loop: asyncio.AbstractEventLoop, then: Callable[..., None], *said: Any) -> None:
    """Go on in the event loop; where that was closed meanwhile nobody waits any more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(then, *said)


def _tell(answer: asyncio.Future[Any], error: BaseException | None) -> None:
    if error is not None and not answer.done():
        answer.set_exception(error)
