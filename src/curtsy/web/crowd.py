"""Everybody who is connected: how much each may take, how long each may stand there, and how many there may be."""

from __future__ import annotations

import asyncio
from collections.abc import Sized
from dataclasses import dataclass
from typing import Protocol

SWEEP_S = 1.0
RETRY_MS = 1000
ROOM_TO_SAY_SO = 20
"""One connection in so many comes on top, to be told that there is no room; what is beyond is dropped unheard."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection, and all of them together, may take of one process."""

    calls: int = 2_000
    """Requests under way, a fifth of a second of work at ten thousand a second; one more is told to come back."""
    reports: int = 4_000
    """The same for what browsers report, which is turned away last: an act that is not told of costs a second look."""

    large: int = 20
    """Of these calls, those whose bodies may be of some megabytes, from their first byte on."""

    waiters: int = 10_000
    """Calls that wait for the end of a task. One more is answered at once, with the state of that moment."""
    streams: int = 1_000
    """Callers who follow the events as they happen. One more is told to come back."""
    look_s: float = 5
    """How often those who wait or follow are looked after without a ring: what a command does rings none here."""
    alive_s: float = 15
    """Who follows hears at least this often that the line still stands."""

    connections: int = 20_000
    """Bells included. One more is told to come back later, and nothing is read from it."""
    head_bytes: int = 32 * 1024
    """Request line and headers. A long cookie or a query of ten thousand characters fits."""
    head_s: float = 10
    """From the first byte of a request to the end of its headers."""
    request_s: float = 20
    """From the first byte of a request to its last: a body of 64 KiB may come at 3 KiB a second."""
    idle_s: float = 5
    """Before a request. An agent asks every 30 s, and a connection held until then costs more than a new one."""
    crowded_s: float = 1
    """Instead of ``idle_s`` and ``head_s`` when three quarters of the connections are taken."""
    hello_s: float = 10
    silence_s: float = 60
    """From the bell to its hello, and between two words of its agent, which says that it is alive every 20 s."""
    unread_s: float = 20
    """How long a caller may leave an answer lying in the line."""
    body_bytes: int = 5 * 1024 * 1024
    """Of a request as it comes in, headers included; what each call takes of it is its own matter."""
    linger_s: float = 2
    linger_bytes: int = 1024 * 1024
    """What is still thrown away of a request that was refused unread: closed at once, the refusal would get lost."""


class Looked(Protocol):
    """A connection that knows what it waits for."""

    def look(self, now: float, *, crowded: bool) -> None:
        """Cut what has had its time."""


class Sweep:
    """Looks at every connection once a second, while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop, everybody: Sized, limits: Limits) -> None:
        self.lines: set[Looked] = set()
        self._loop = loop
        self._everybody = everybody
        self._limits = limits
        self._goes = False

    @property
    def full(self) -> bool:
        """Whether the last one who came is one too many."""
        return len(self._everybody) > self._limits.connections

    @property
    def over(self) -> bool:
        """Whether there is not even room to say so."""
        return len(self._everybody) > self._limits.connections * (ROOM_TO_SAY_SO + 1) // ROOM_TO_SAY_SO

    def enter(self, line: Looked) -> None:
        """Look after one more connection."""
        self.lines.add(line)
        if not self._goes:
            self._goes = True
            self._loop.call_later(SWEEP_S, self._go)

    def _go(self) -> None:
        self._goes = bool(self.lines)
        if self._goes:
            self._loop.call_later(SWEEP_S, self._go)
        now, crowded = self._loop.time(), len(self._everybody) > self._limits.connections * 3 // 4
        for line in tuple(self.lines):
            line.look(now, crowded=crowded)
