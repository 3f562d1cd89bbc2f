"""The only file that knows which database this is: SQLite through apsw, write-ahead log, synchronous=FULL.

A *desk* is a plain function ``(store, now, *args) -> value``: one decision in one transaction (see ``line``). A reading
desk runs on a connection of its own and never waits for a write.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw

from curtsy.domain.errors import Refusal
from curtsy.storage.doorbell import Doorbell
from curtsy.storage.line import Line
from curtsy.storage.rows import Row, Value
from curtsy.storage.store import CLOCK_JUMPED, Store

T = TypeVar("T")
Item = TypeVar("Item")
P = ParamSpec("P")

OLDEST_SQLITE = (3, 51, 3)
"""Earlier ones can corrupt a database when the write-ahead log is reset (3.7.0 to 3.51.2)."""
BUSY_MS = 10_000
BUSY_STEP_S = 0.005
JUMP_MS = 5 * 60_000
"""A clock set by more than this between two transactions stops all acts until a person confirms it."""
SERIAL = "INTEGER PRIMARY KEY AUTOINCREMENT"
"""How this database spells a growing number; migrations say ``$SERIAL``."""
SETTINGS = ("synchronous=FULL", "cache_size=-32000", "temp_store=MEMORY", "wal_autocheckpoint=8000")
"""A savepoint copies the pages it changes: in memory that is cheap, in a temporary file it doubles the cost."""


class CannotOpen(Exception):
    """The database cannot be used; the message says why and what to do."""


class _Connection:
    """apsw in the shape the store and the line ask for."""

    def __init__(self, path: Path, clock: Callable[[], int], steady: Callable[[], int] | None = None) -> None:
        self._clock = clock
        self._steady = steady
        self._ahead: int | None = None
        self._ahead_now: int | None = None
        self.apsw = apsw.Connection(str(path))
        self.apsw.set_busy_timeout(BUSY_MS)
        self._keep_a_log()
        for setting in SETTINGS:
            self.apsw.execute(f"PRAGMA {setting}")
        self.store = Store(self)

    def _keep_a_log(self) -> None:
        """Turn to the write-ahead log; alone among statements this does not wait for others who have the file."""
        until = monotonic() + BUSY_MS / 1000
        while True:
            try:
                self.apsw.execute("PRAGMA journal_mode=WAL")
                return
            except apsw.BusyError:
                if monotonic() > until:
                    raise
                sleep(BUSY_STEP_S)

    def all(self, sql: str, params: Mapping[str, Value]) -> list[Row]:
        return self.apsw.execute(sql, params).fetchall()

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        # All rows are taken even where one is wanted: a statement left half-read would hold the commit up.
        rows = self.apsw.execute(sql, params).fetchall()
        return rows[0] if rows else None

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        self.apsw.execute(sql, params)
        return self.apsw.changes()

    def many(self, sql: str, rows: Iterable[Mapping[str, Value]]) -> None:
        self.apsw.executemany(sql, rows)

    def begin(self, *, patient: bool) -> int | None:
        self.rollback()
        self.apsw.set_busy_timeout(BUSY_MS if patient else 0)
        try:
            self.apsw.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            return None
        try:
            now = self._clock()
            if self._steady is not None:
                self._watch(now, now - self._steady())
        except BaseException:
            self.rollback()
            raise
        return now

    def _watch(self, now: int, ahead: int) -> None:
        """Notice in this very transaction that the clock was set since the last one that was committed."""
        if self._ahead is not None and abs(ahead - self._ahead) > JUMP_MS:
            self.store.set_house(CLOCK_JUMPED, str(now))
        self._ahead_now = ahead

    def begin_read(self) -> int:
        self.rollback()
        self.apsw.execute("BEGIN")
        return self._clock()

    def commit(self) -> None:
        self.apsw.execute("COMMIT")
        # Only now: a notice that was rolled back with a refused desk has to be given again.
        self._ahead = self._ahead_now

    def rollback(self) -> None:
        if self.apsw.in_transaction:
            self.apsw.execute("ROLLBACK")

    def savepoint(self) -> None:
        self.apsw.execute("SAVEPOINT desk")

    def release(self) -> None:
        self.apsw.execute("RELEASE desk")

    def rollback_to_savepoint(self) -> None:
        self.apsw.execute("ROLLBACK TO desk")
        self.apsw.execute("RELEASE desk")

    def ends_transaction(self, error: Exception) -> bool:
        return isinstance(error, apsw.Error) and not isinstance(error, apsw.ConstraintError)


class Database:
    """One file. ``clock`` answers milliseconds since 1970 and is asked once per transaction.

    ``steady`` answers milliseconds that nobody sets; with it, a clock that jumps is noticed.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], int],
        steady: Callable[[], int] | None = None,
        doorbell: Doorbell | None = None,
    ) -> None:
        if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < OLDEST_SQLITE:
            raise CannotOpen(f"SQLite {apsw.sqlite_lib_version()} can corrupt a database: upgrade apsw")
        self.path = path
        self.doorbell = doorbell or Doorbell()
        self._clock = clock
        # It is the operator's alone. Only where it is new: closing a second handle would drop SQLite's locks on it.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            self._writer = _Connection(path, clock, steady)
            self._reader = _Connection(path, clock)
        except apsw.Error as error:
            raise CannotOpen(f"cannot open the database {path}: {error}") from error
        settings = self._writer.one("PRAGMA journal_mode", {}), self._writer.one("PRAGMA synchronous", {})
        if settings != (("wal",), (2,)):
            raise CannotOpen(f"{path} is not durable here ({settings}): put it on a local disk")
        self._line = Line(self._writer, self.doorbell.ring)
        self._scanner = ThreadPoolExecutor(1, "curtsy-scan")
        self._scan_connection: _Connection | None = None
        self._held: int | None = None

    def now(self) -> int:
        """The time by this database's clock, milliseconds since 1970."""
        return self._clock()

    def hold(self) -> None:
        """Claim the file for this server process until it ends; raises CannotOpen when another has it."""
        self._held = claim(self.path)

    async def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Run a desk in the next transaction; returns when its commit is durable, raises what it refused."""
        value: T = await self._line.put(_bound(desk, named), args)
        return value

    async def run_batched(self, desk: Callable[[Store, int, Sequence[Item]], Sequence[T | Refusal]], item: Item) -> T:
        """Like ``run`` for a desk that takes many items at once: neighbours in line become one call."""
        value: T = await self._line.put(desk, (item,), batched=True)
        return value

    def run_now(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Run a desk here and now, in a transaction of its own: for commands, which have no event loop."""
        value: T = self._line.run_now(_bound(desk, named), args)
        return value

    async def read(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Answer a question that an index answers in microseconds; it sees one state of the database."""
        return _look(self._reader, _bound(desk, named), args)

    async def scan(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Answer a question that may read many rows, aside from the event loop."""

        def look() -> T:
            if self._scan_connection is None:
                self._scan_connection = _Connection(self.path, self._clock)
            return _look(self._scan_connection, _bound(desk, named), args)

        return await asyncio.get_running_loop().run_in_executor(self._scanner, look)

    def has(self, table: str) -> bool:
        """Whether there is a table of this name."""
        found = self._writer.one("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :name", {"name": table})
        return found is not None

    def script(self, sql: str) -> None:
        """Run the statements of a migration, inside the transaction of a desk."""
        self._writer.apsw.execute(sql.replace("$SERIAL", SERIAL))

    def close(self) -> None:
        """Answer what is being committed, then let go of everything."""
        self._line.close()
        self._scanner.shutdown()
        for connection in (self._scan_connection, self._reader, self._writer):
            if connection is not None:
                connection.apsw.close()
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _bound(desk: Callable[..., T], named: dict[str, Any]) -> Callable[..., T]:
    return partial(desk, **named) if named else desk


def _look(connection: _Connection, desk: Callable[..., T], args: tuple[Any, ...]) -> T:
    now = connection.begin_read()
    try:
        return desk(connection.store, now, *args)
    finally:
        connection.commit()


def claim(path: Path) -> int:
    """Claim a database file for one server process; closing the handle lets go. Raises CannotOpen when it is taken."""
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotOpen(f"{path}.lock cannot be opened ({error.strerror}): is this the server's account?") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise CannotOpen(
            f"another server already runs on {path}: SQLite takes one server process; stop that one first"
        ) from None
    return lock


def copy_database(source: Path, target: Path) -> None:
    """Copy a database in use, whole and consistent, into a new file that is on disk when this returns.

    Raises CannotOpen when the source cannot be read or the copy does not pass SQLite's own check.
    """
    try:
        with closing(apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)) as reading:
            reading.set_busy_timeout(BUSY_MS)
            with closing(apsw.Connection(str(target))) as writing:
                with writing.backup("main", reading, "main") as pages:
                    pages.step(-1)
                writing.execute("PRAGMA journal_mode=DELETE")
                found = writing.execute("PRAGMA integrity_check").fetchall()
                ours = writing.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'migrations'").fetchall()
    except apsw.Error as error:
        raise CannotOpen(f"{source} cannot be copied: {error}") from error
    if found != [("ok",)] or ours != [(1,)]:
        raise CannotOpen(f"{source} is no sound database of Curtsy: {found}")
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def path_of(address: str) -> Path:
    """The file that ``sqlite:PATH`` names, in a folder that is there; raises CannotOpen."""
    kind, _, path = address.partition(":")
    if kind != "sqlite" or not path:
        raise CannotOpen(f"{address!r} is no database address: write sqlite:PATH, for example sqlite:./curtsy.db")
    named = Path(path).expanduser().absolute()
    if not named.parent.is_dir():
        raise CannotOpen(f"the folder {named.parent} does not exist: create it first")
    return named


def open_database(address: str, *, clock: Callable[[], int], steady: Callable[[], int] | None = None) -> Database:
    """Open the database an address names: ``sqlite:PATH``."""
    return Database(path_of(address), clock=clock, steady=steady)
