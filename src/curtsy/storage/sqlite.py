"""SQLite through apsw: one file, one server process, write-ahead log, synchronous=FULL.

Desks that write stand in a line (see ``line``). A reading desk runs on a connection of its own and never waits for one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import apsw

from curtsy.storage.cellar import CannotOpen, Database, Desk
from curtsy.storage.doorbell import Doorbell
from curtsy.storage.file import claim
from curtsy.storage.line import Line
from curtsy.storage.rows import Row, Value
from curtsy.storage.store import Store
from curtsy.storage.watch import Notice, Watch
from curtsy.storage.words import Words

OLDEST_SQLITE = (3, 51, 3)
"""Earlier ones can corrupt a database when the write-ahead log is reset (3.7.0 to 3.51.2)."""
BUSY_MS = 10_000
BUSY_STEP_S = 0.005
WORDS = Words(
    {
        "$SERIAL": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "$EACH": r"(SELECT value FROM json_each(\1))",
        "$AMONG": r"IN (SELECT value FROM json_each(\1))",
        "$PAIRS": r"(SELECT value ->> 0, value ->> 1 FROM json_each(\1))",
        "$TXID": "0",
        "$OLDEST_OPEN": "1",
        "$IN_ORDER": "INDEXED BY events_in_order",
        "$BY_STATE": "INDEXED BY tasks_by_state",
        "$AFTER": r"(txid = 0 AND n > \2)",
        "$LAST_GIVEN": "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)",
        "$GO_ON_FROM": r"INSERT OR REPLACE INTO sqlite_sequence (rowid, name, seq) "
        r"VALUES ((SELECT rowid FROM sqlite_sequence WHERE name = 'events'), 'events', \1)",
    }
)
"""One transaction writes at a time here, so that they need no numbers.

It is asked for number 0 because SQLite, asked for what is greater than a pair, walks up to it from the beginning.
"""
SETTINGS = ("synchronous=FULL", "cache_size=-32000", "temp_store=MEMORY", "wal_autocheckpoint=8000")
"""A savepoint copies the pages it changes: in memory that is cheap, in a temporary file it doubles the cost."""


class _Connection:
    """apsw in the shape the store and the line ask for."""

    def __init__(self, path: Path, watch: Watch) -> None:
        self._watch = watch
        self._notice: Notice | None = None
        self.apsw = apsw.Connection(str(path))
        self.apsw.set_busy_timeout(BUSY_MS)
        # Without it SQLite prepares a statement anew for every value that a partial index might depend on.
        self.apsw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
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
        text, place = WORDS.placed(sql)
        return self.apsw.execute(text, place(params)).fetchall()

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        # All rows are taken even where one is wanted: a statement left half-read would hold the commit up.
        text, place = WORDS.placed(sql)
        rows = self.apsw.execute(text, place(params)).fetchall()
        return rows[0] if rows else None

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        text, place = WORDS.placed(sql)
        self.apsw.execute(text, place(params))
        return self.apsw.changes()

    def many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> int:
        text, place = WORDS.placed(sql)
        before = self.apsw.total_changes()
        self.apsw.executemany(text, map(place, rows))
        return self.apsw.total_changes() - before

    def hold(self, name: str = "") -> None:
        """Nothing to do: one desk runs at a time."""

    hold_everything = hold

    def hold_free(self, names: Iterable[str]) -> set[str]:
        return set(names)

    def begin(self, *, patient: bool) -> int | None:
        self.rollback()
        self.apsw.set_busy_timeout(BUSY_MS if patient else 0)
        try:
            self.apsw.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            return None
        try:
            now, self._notice = self._watch.begin(self.store)
        except BaseException:
            self.rollback()
            raise
        return now

    def begin_read(self) -> int:
        self.rollback()
        self.apsw.execute("BEGIN")
        self.store.known = {}
        return self._watch.now()

    def end_read(self) -> None:
        self.store.known = None
        self.apsw.execute("COMMIT")

    def commit(self) -> None:
        self.apsw.execute("COMMIT")
        self._watch.committed(self._notice)

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


class SqliteDatabase(Database):
    """One file. ``clock``, ``steady`` and ``boot`` are those of a ``Watch``, which is asked once per transaction."""

    kind = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], int],
        steady: Callable[[], int] | None = None,
        boot: str | None = None,
    ) -> None:
        if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < OLDEST_SQLITE:
            raise CannotOpen(f"SQLite {apsw.sqlite_lib_version()} can corrupt a database: upgrade apsw")
        self.path = path
        self.place = str(path)
        self.doorbell = Doorbell()
        self._watch = Watch(clock, steady, boot)
        # It is the operator's alone. Only where it is new: closing a second handle would drop SQLite's locks on it.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            self._writer = _Connection(path, self._watch)
            self._reader = _Connection(path, self._watch)
        except apsw.Error as error:
            raise CannotOpen(f"cannot open the database {path}: {error}") from error
        settings = self._writer.one("PRAGMA journal_mode", {}), self._writer.one("PRAGMA synchronous", {})
        if settings != (("wal",), (2,)):
            raise CannotOpen(f"{path} is not durable here ({settings}): put it on a local disk")
        self._line = Line(self._writer, self.doorbell.ring)
        self._looked_at: int | None = None
        self._scanner = ThreadPoolExecutor(1, "curtsy-scan")
        self._scan_connection: _Connection | None = None
        self._held: int | None = None

    def hold(self) -> None:
        self._held = claim(self.path)

    async def _run(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        return await self._line.put(desk, args)

    def _run_batched(self, desk: Desk, item: Any) -> Awaitable[Any]:
        return self._line.put(desk, (item,), batched=True)

    def _run_now(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        return self._line.run_now(desk, args)

    async def _read(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        """All who ask in one turn of the event loop share a look, and what was found out in it.

        What is committed meanwhile is told in a later turn, in line behind the end of the look.
        """
        if self._looked_at is None:
            self._looked_at = self._reader.begin_read()
            asyncio.get_running_loop().call_soon(self._look_away)
        return desk(self._reader.store, self._looked_at, *args)

    def _look_away(self) -> None:
        if self._looked_at is not None:
            self._looked_at = None
            self._reader.end_read()

    async def _scan(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        """Aside from the event loop."""

        def look() -> Any:
            if self._scan_connection is None:
                self._scan_connection = _Connection(self.path, self._watch)
            return _look(self._scan_connection, desk, args)

        return await asyncio.get_running_loop().run_in_executor(self._scanner, look)

    def facts(self) -> dict[str, str]:
        asked = {
            "version": "SELECT 'SQLite ' || sqlite_version()",
            "journal_mode": "PRAGMA journal_mode",
            "synchronous": "PRAGMA synchronous",
        }
        said = {name: str((self._reader.one(sql, {}) or ("",))[0]) for name, sql in asked.items()}
        return said | {"synchronous": "FULL" if said["synchronous"] == "2" else said["synchronous"]}

    def has(self, table: str) -> bool:
        found = self._writer.one("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :name", {"name": table})
        return found is not None

    def script(self, store: Store, sql: str) -> None:
        self._writer.apsw.execute(WORDS.say(sql))

    def close(self) -> None:
        self._line.close()
        self._looked_at = None
        self._scanner.shutdown()
        for connection in (self._scan_connection, self._reader, self._writer):
            if connection is not None:
                connection.apsw.close()
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _look(connection: _Connection, desk: Desk, args: tuple[Any, ...]) -> Any:
    now = connection.begin_read()
    try:
        return desk(connection.store, now, *args)
    finally:
        connection.end_read()


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
