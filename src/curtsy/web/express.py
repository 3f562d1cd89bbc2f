"""A call that is begun as soon as it is there: without a scope, and without a task."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from curtsy.web.wire import Answer

Answering = Coroutine[Any, Any, Answer]


class Serving(Protocol):
    """The application, beside what it is for ASGI."""

    def express(self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Answering | None:
        """The answer to a call that came whole; None for one that has to go the usual way."""


class Express:
    """Such a call that is being answered, in the place of an exchange."""

    __slots__ = ("disconnected", "keep_alive")

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.disconnected = False

    def leave(self) -> None:
        """Its caller hung up; what was asked for is done all the same."""
        self.disconnected = True
