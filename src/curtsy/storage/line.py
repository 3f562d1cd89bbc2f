"""Group commit: desks stand in line, all that wait run in one transaction, one commit, then all are answered.

Desks run in the event loop's own thread and only the commit, which waits for the disk, in another: two threads that
take turns at every statement cost twice the work (measured: 200 us of processor a request against 110 us).
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

import msgspec

from curtsy.domain.errors import Refusal, TryAgain
from curtsy.storage.cellar import Desk
from curtsy.storage.store import Store

MOST_DESKS = 512
MOST_SECONDS = 0.005
"""A transaction takes at most this many desks, or as many as fit in this time."""
MOST_WAITING = 20_000
"""Beyond this many desks in line a new one is refused."""
RETRY_MS = 1000
QUIET_TURNS = 2
ENOUGH = 32
LINGER_S = 0.003
"""A commit waits until nobody has joined the line for two turns of the event loop (one reads a request, the next
serves it), until so many wait, or for this long: a commit costs the same for one desk as for thirty, and while it waits
for the disk the others are read."""
BUSY_S = 0.002
"""How long until the next try when another process writes; tries end after ``PATIENCE_S``."""
PATIENCE_S = 10.0


class Writer(Protocol):
    """A connection that can hold one transaction with a savepoint for each desk."""

    store: Store

    def begin(self, *, patient: bool) -> int | None:
        """Start a transaction; returns its time in milliseconds since 1970, or None when another process writes.

        ``patient``: wait for that process first. What an earlier transaction left behind is undone; when this raises
        no transaction is open.
        """

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def savepoint(self) -> None: ...
    def release(self) -> None: ...
    def rollback_to_savepoint(self) -> None: ...

    def ends_transaction(self, error: Exception) -> bool:
        """Whether the whole transaction is lost with this error, not just the desk it came from."""


class _Waiting(msgspec.Struct):
    desk: Desk
    args: tuple[Any, ...]
    batched: bool
    future: asyncio.Future[Any]


class _Answer(msgspec.Struct):
    waiting: _Waiting
    value: Any
    error: BaseException | None


@dataclass(slots=True)
class _Drain:
    """What one transaction answers, kept back until it is durable."""

    answers: list[_Answer] = field(default_factory=list)
    rings: set[str] = field(default_factory=set)
    undone: bool = False

    def fail(self, error: BaseException) -> None:
        """The end of this transaction is unknown or refused, so nobody in it is told that it worked."""
        refusal = TryAgain(retry_after_ms=RETRY_MS)
        refusal.__cause__ = error
        self.answers = [_Answer(answer.waiting, None, refusal) for answer in self.answers]
        self.rings = set()


class Line:
    """The desks that wait for the writer, all of one event loop."""

    def __init__(self, writer: Writer, ring: Callable[[frozenset[str]], None]) -> None:
        self._writer = writer
        self._ring = ring
        self._waiting: deque[_Waiting] = deque()
        self._scheduled = False
        self._busy_since: float | None = None
        self._waits_since = 0.0
        self._quiet = 0
        self._seen = 0
        self._commits: queue.SimpleQueue[tuple[_Drain, asyncio.AbstractEventLoop] | None] = queue.SimpleQueue()
        self._committer: threading.Thread | None = None
        self._turn = threading.Lock()
        self._committing = False

    def put(self, desk: Desk, args: tuple[Any, ...], *, batched: bool = False) -> asyncio.Future[Any]:
        """Stand in line; the future holds what the desk returned once its commit is durable, or what it refused."""
        if len(self._waiting) >= MOST_WAITING:
            raise TryAgain(retry_after_ms=RETRY_MS)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(_Waiting(desk, args, batched, future))
        self._schedule(loop)
        return future

    def run_now(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        """Run one desk in a transaction of its own, in this thread; raises TryAgain when others write for too long."""
        with self._turn:
            now = self._writer.begin(patient=True)
            if now is None:
                raise TryAgain("another process kept the database busy: try again", retry_after_ms=RETRY_MS)
            self._writer.store.rings = set()
            try:
                value = desk(self._writer.store, now, *args)
                self._writer.commit()
            except BaseException:
                self._writer.rollback()
                raise
            return value

    def close(self) -> None:
        """Let the commit under way end; what still waits is never answered."""
        if self._committer is not None:
            self._commits.put(None)
            self._committer.join()
            self._committer = None

    # ------------------------------------------------------------------ in the event loop

    def _schedule(self, loop: asyncio.AbstractEventLoop, delay: float = 0) -> None:
        # The end of a commit that is under way comes back here.
        if not self._scheduled and not self._committing and self._waiting:
            self._scheduled = True
            self._waits_since, self._quiet, self._seen = monotonic(), 0, 0
            loop.call_later(delay, self._gather, loop)

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the line grow while it does."""
        self._quiet = self._quiet + 1 if len(self._waiting) == self._seen else 0
        self._seen = len(self._waiting)
        if self._quiet < QUIET_TURNS and self._seen < ENOUGH and monotonic() - self._waits_since < LINGER_S:
            loop.call_soon(self._gather, loop)
        else:
            self._drain(loop)

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run as much of the line as fits one transaction, and hand it over to be committed."""
        self._scheduled = False
        if not self._turn.acquire(blocking=False):
            if not self._committing:  # ``run_now`` in another thread, which tells nobody when it is done
                self._schedule(loop, BUSY_S)
            return  # the end of the commit under way comes back here
        drain = _Drain()
        try:
            now = self._writer.begin(patient=False)
        except Exception as error:
            self._turn.release()
            self._give_up(drain, error)
            return
        if now is None:
            self._turn.release()
            self._wait_for_others(loop, drain)
            return
        self._busy_since = None
        self._writer.store.rings = drain.rings
        try:
            self._fill(now, drain)
            if not drain.undone:
                self._hand_over(drain, loop)
                return
        except BaseException as error:
            self._undo()
            drain.fail(error)
            if not isinstance(error, Exception):
                self._turn.release()
                self._deliver(drain, loop)
                raise
        self._turn.release()
        self._deliver(drain, loop)

    def _fill(self, now: int, drain: _Drain) -> None:
        until = monotonic() + MOST_SECONDS
        while self._waiting and len(drain.answers) < MOST_DESKS and (not drain.answers or monotonic() < until):
            self._serve(now, drain)

    def _hand_over(self, drain: _Drain, loop: asyncio.AbstractEventLoop) -> None:
        """Let the committer's thread wait for the disk; it has the turn from here on."""
        if self._committer is None:
            committer = threading.Thread(target=self._commit, name="curtsy-committer", daemon=True)
            committer.start()
            self._committer = committer
        self._committing = True
        self._commits.put((drain, loop))

    def _undo(self) -> None:
        """Roll back; should even that fail, ``begin`` finds what is left and undoes it."""
        with contextlib.suppress(Exception):
            self._writer.rollback()

    def _wait_for_others(self, loop: asyncio.AbstractEventLoop, drain: _Drain) -> None:
        """Another process writes: try again soon, and give up after a while."""
        self._busy_since = self._busy_since or monotonic()
        if monotonic() - self._busy_since > PATIENCE_S:
            self._busy_since = None
            self._give_up(drain, TimeoutError("another process kept the database busy"))
        else:
            self._schedule(loop, BUSY_S)

    def _give_up(self, drain: _Drain, error: Exception) -> None:
        drain.answers = [_Answer(waiting, None, None) for waiting in self._waiting]
        self._waiting.clear()
        drain.fail(error)
        self._answer(drain)

    def _serve(self, now: int, drain: _Drain) -> None:
        """Run the first desk of the line, its neighbours of the same batch with it."""
        served = [self._waiting.popleft()]
        first = served[0]
        while first.batched and self._waiting and self._waiting[0].desk is first.desk and len(served) < MOST_DESKS:
            served.append(self._waiting.popleft())
        # One that has the transaction to itself needs no savepoint, which would keep a copy of every page it changes.
        alone = not drain.answers and not self._waiting
        try:
            if not alone:
                self._writer.savepoint()
            if first.batched:
                values: Sequence[Any] = first.desk(self._writer.store, now, [one.args[0] for one in served])
            else:
                values = [first.desk(self._writer.store, now, *first.args)]
            if len(values) != len(served):
                raise ValueError(f"{first.desk} answered {len(values)} of {len(served)}")
            if not alone:
                self._writer.release()
        except BaseException as error:
            drain.answers.extend(_Answer(waiting, None, error) for waiting in served)
            if not isinstance(error, Exception) or self._writer.ends_transaction(error):
                raise
            if alone:
                self._writer.rollback()
                drain.undone = True
            else:
                self._writer.rollback_to_savepoint()
            return
        for waiting, value in zip(served, values, strict=True):
            refused = value if first.batched and isinstance(value, Refusal) else None
            drain.answers.append(_Answer(waiting, value, refused))

    def _deliver(self, drain: _Drain, loop: asyncio.AbstractEventLoop) -> None:
        # First, so that the line goes on whatever becomes of the answers.
        self._schedule(loop)
        self._answer(drain)

    def _answer(self, drain: _Drain) -> None:
        for answer in drain.answers:
            future = answer.waiting.future
            if future.done():  # the caller went away; what it asked for is done all the same
                continue
            if answer.error is not None:
                future.set_exception(answer.error)
            else:
                future.set_result(answer.value)
        self._ring(frozenset(drain.rings))

    # ------------------------------------------------------------------ in the committer's thread

    def _commit(self) -> None:
        while (handed := self._commits.get()) is not None:
            drain, loop = handed
            try:
                self._writer.commit()
            except Exception as error:
                self._undo()
                drain.fail(error)
            self._committing = False
            self._turn.release()
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
                loop.call_soon_threadsafe(self._deliver, drain, loop)
