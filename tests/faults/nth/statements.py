"""Fails one statement of one kind, counted over every connection to a database."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import apsw


class Saboteur:
    """Counts statements, or commits, from when it is told to begin; one of them fails with ``error``."""

    def __init__(self, error: Callable[[], Exception], *, after_commit: bool) -> None:
        self._error, self._after_commit, self._ill = error, after_commit, 0
        self.count = 0
        self._connections: list[apsw.Connection] = []

    def watch(self, connection: apsw.Connection) -> None:
        """Count on this connection too."""
        self._connections.append(connection)

    def begin(self, ill: int) -> None:
        """Count from here on, towards this one."""
        self.count, self._ill = 0, ill
        for connection in self._connections:
            if self._after_commit:
                # Called when a commit has taken effect; what it raises comes out of COMMIT.
                connection.set_wal_hook(self._committed)
            else:
                connection.set_exec_trace(self._asked)

    def _asked(self, _cursor: object, sql: str, _bindings: object) -> bool:
        if not sql.startswith("PRAGMA"):
            self._next()
        return True

    def _committed(self, _connection: object, _name: str, _pages: int) -> int:
        self._next()
        return apsw.SQLITE_OK

    def _next(self) -> None:
        self.count += 1
        if self.count == self._ill:
            raise self._error()


@contextlib.contextmanager
def at_work(saboteur: Saboteur) -> Iterator[None]:
    """Every connection opened in the block is watched."""
    apsw.connection_hooks.append(saboteur.watch)
    try:
        yield
    finally:
        apsw.connection_hooks.remove(saboteur.watch)
