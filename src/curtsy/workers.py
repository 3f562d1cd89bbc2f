"""Several server processes on one listening socket: started together, replaced when one dies, ended together."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

AGAIN_S = 1
"""How long a process that died is waited for before another takes its place."""
PATIENCE_S = 15
"""After this long, processes that were told to end and did not are killed."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)

log = logging.getLogger("curtsy.workers")

Work = Callable[[int, Callable[[], None]], None]
"""What a process does: handed the end of a pipe that closes when the first process is gone, and whom to tell when it
serves."""


def run_workers(count: int, work: Work, serving: Callable[[], None]) -> bool:
    """Have ``count`` processes do ``work`` until SIGTERM or SIGINT; ``serving`` is called when all of them serve.

    False when one of them ended before it served, and with it all the others.
    """
    return _Workers(work).run(count, serving)


class _Workers:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._ending = False
        self._children: set[int] = set()
        # The write end is open in the first process alone: when that is gone, however it went, the pipe ends.
        self._lifeline, self._held = os.pipe()

    def run(self, count: int, serving: Callable[[], None]) -> bool:
        before = {one: signal.signal(one, self._end) for one in (signal.SIGTERM, signal.SIGINT)}
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._kill)
        try:
            served = self._start(count)
            if served:
                serving()
            told = self._ending
            if not served:
                self._end()
            self._watch()
            return served or told
        finally:
            signal.alarm(0)
            for one, handler in before.items():
                signal.signal(one, handler)
            os.close(self._lifeline)
            os.close(self._held)

    def _start(self, count: int) -> bool:
        """Start ``count`` processes; True once all of them serve, False when one has ended instead."""
        told, tell = os.pipe()
        for _ in range(count):
            self._spawn(tell)
        os.close(tell)
        with os.fdopen(told, "rb", buffering=0) as ready:
            served = 0
            while served < count and (said := ready.read(count)):
                served += len(said)
        return served == count

    def _watch(self) -> None:
        """Until the last one has ended: put another in the place of each that dies unasked."""
        while self._children:
            pid, status = os.wait()
            self._children.discard(pid)
            if self._ending:
                continue
            log.warning("server process %d ended (%s): another takes its place", pid, _how(status))
            signal.sigtimedwait((), AGAIN_S)
            self._spawn(None)

    def _spawn(self, tell: int | None) -> None:
        """Make one more process, unless all are to end.

        Signals wait meanwhile: none is to meet a process that is not yet counted, or has its forerunner's handlers.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if not self._ending:
            pid = os.fork()
            if pid == 0:
                self._become(tell)
            self._children.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _become(self, tell: int | None) -> NoReturn:
        """Do the work of a process, and end with it."""
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            for one in (signal.SIGTERM, signal.SIGINT):
                signal.signal(one, signal.default_int_handler)  # so that the database is closed
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(self._held)
            self._work(self._lifeline, lambda: _tell(tell))
            code = 0
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            log.exception("a server process failed")
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _end(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Tell every process to answer what it has in hand and end."""
        self._ending = True
        self._tell_all(signal.SIGTERM)
        signal.alarm(PATIENCE_S)

    def _kill(self, _signal: int, _frame: FrameType | None) -> None:
        self._tell_all(signal.SIGKILL)

    def _tell_all(self, what: signal.Signals) -> None:
        for pid in tuple(self._children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)


def _tell(pipe: int | None) -> None:
    if pipe is not None:
        os.write(pipe, b".")
        os.close(pipe)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
