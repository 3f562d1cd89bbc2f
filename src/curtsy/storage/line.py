"""Group commit: desks stand in line, one writer takes all that wait, commits once, then answers all of them."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

from curtsy.domain.errors import Refusal, TryAgain
from curtsy.storage.store import Store

Desk = Callable[..., Any]

MOST_DESKS = 512
MOST_SECONDS = 0.005
"""A transaction takes at most this many desks, or as many as fit in this time."""
MOST_WAITING = 20_000
"""Beyond this many desks in line a new one is refused."""
RETRY_MS = 1000


class Writer(Protocol):
    """A connection that can hold one transaction with a savepoint for each desk."""

    store: Store

    def begin(self) -> int:
        """Start a transaction; returns its time in milliseconds since 1970."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def savepoint(self) -> None: ...
    def release(self) -> None: ...
    def rollback_to_savepoint(self) -> None: ...

    def ends_transaction(self, error: Exception) -> bool:
        """Whether the whole transaction is lost with this error, not just the desk it came from."""


@dataclass(slots=True)
class _Waiting:
    desk: Desk
    args: tuple[Any, ...]
    batched: bool
    future: asyncio.Future[Any]


@dataclass(slots=True)
class _Answer:
    waiting: _Waiting
    value: Any
    error: Exception | None


@dataclass(slots=True)
class _Drain:
    """What one transaction answers, kept back until it is durable."""

    answers: list[_Answer] = field(default_factory=list)
    rings: set[str] = field(default_factory=set)


class Line:
    """The desks that wait for the writer. One event loop puts them in, one thread takes them out."""

    def __init__(self, writer: Writer, ring: Callable[[frozenset[str]], None]) -> None:
        self._writer = writer
        self._ring = ring
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = threading.Lock()

    def put(self, desk: Desk, args: tuple[Any, ...], *, batched: bool = False) -> asyncio.Future[Any]:
        """Stand in line; the future holds what the desk returned once its commit is durable, or what it refused."""
        if self._queue.qsize() >= MOST_WAITING:
            raise TryAgain(retry_after_ms=RETRY_MS)
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="curtsy-writer", daemon=True)
            self._thread.start()
        self._loop = loop
        future: asyncio.Future[Any] = loop.create_future()
        self._queue.put(_Waiting(desk, args, batched, future))
        return future

    def run_now(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        """Run one desk in a transaction of its own, in this thread."""
        with self._turn:
            now = self._writer.begin()
            try:
                value = desk(self._writer.store, now, *args)
            except BaseException:
                self._writer.rollback()
                raise
            self._writer.commit()
            self._writer.store.rings = set()
            return value

    def close(self) -> None:
        """Answer all that wait, then end the writer."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    # ------------------------------------------------------------------ the writer's side

    def _work(self) -> None:
        closing = False
        while not closing:
            line = [self._queue.get()]
            while len(line) < MOST_DESKS:
                try:
                    line.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            closing = None in line
            waiting = [one for one in line if one is not None]
            while waiting:
                with self._turn:
                    waiting = self._transact(waiting)

    def _transact(self, line: list[_Waiting]) -> list[_Waiting]:
        """Serve as much of the line as fits one transaction; returns the rest."""
        drain = _Drain()
        until = monotonic() + MOST_SECONDS
        taken = 0
        try:
            now = self._writer.begin()
            self._writer.store.rings = drain.rings
            while taken < len(line) and (taken == 0 or monotonic() < until):
                taken += self._serve(line, taken, now, drain)
            self._writer.commit()
        except Exception as error:
            # The end of this transaction is unknown or refused, so nobody in it is told that it worked.
            self._writer.rollback()
            refusal = TryAgain(retry_after_ms=RETRY_MS)
            refusal.__cause__ = error
            taken = max(taken, len(drain.answers), 1)
            drain.answers = [_Answer(waiting, None, refusal) for waiting in line[:taken]]
            drain.rings = set()
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, drain)
        return line[taken:]

    def _serve(self, line: list[_Waiting], at: int, now: int, drain: _Drain) -> int:
        """Run the desk at this place of the line, neighbours of a batch with it; returns how many were served."""
        first = line[at]
        served = [first]
        if first.batched:
            for neighbour in line[at + 1 :]:
                if neighbour.desk is not first.desk:
                    break
                served.append(neighbour)
        self._writer.savepoint()
        try:
            if first.batched:
                values: Sequence[Any] = first.desk(self._writer.store, now, [one.args[0] for one in served])
            else:
                values = [first.desk(self._writer.store, now, *first.args)]
        except Exception as error:
            if self._writer.ends_transaction(error):
                raise
            self._writer.rollback_to_savepoint()
            drain.answers.extend(_Answer(waiting, None, error) for waiting in served)
            return len(served)
        self._writer.release()
        for waiting, value in zip(served, values, strict=True):
            refused = value if first.batched and isinstance(value, Refusal) else None
            drain.answers.append(_Answer(waiting, value, refused))
        return len(served)

    def _deliver(self, drain: _Drain) -> None:
        for answer in drain.answers:
            future = answer.waiting.future
            if future.done():  # the caller went away; what it asked for is done all the same
                continue
            if answer.error is not None:
                future.set_exception(answer.error)
            else:
                future.set_result(answer.value)
        self._ring(frozenset(drain.rings))
