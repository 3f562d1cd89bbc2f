"""PostgreSQL through psycopg 3 and its pool: any number of server processes on one database.

What SQLite gives by running desks one at a time is given by named holds (``rows.hold``), unique indexes and, where two
transactions still met, by running the desk again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from time import monotonic, sleep
from typing import Any

import psycopg
import psycopg.errors
import uuid_utils
from psycopg_pool import ConnectionPool, PoolTimeout

from curtsy.domain.errors import TryAgain
from curtsy.storage.cellar import CannotOpen, Database, Desk
from curtsy.storage.crew import MOST_AT_ONCE, Crew
from curtsy.storage.far_clock import FarClock
from curtsy.storage.notices import Notices
from curtsy.storage.rows import Overtaken, Row
from curtsy.storage.session import WORDS, Session, read_address
from curtsy.storage.store import SCHEMA, Store
from curtsy.storage.watch import Watch

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""With one of these off, a commit that was answered can be lost."""
OLDEST = 14_00_00
RETRY_MS = 1000
MOST_RUNS = 5
"""A desk is run again this often when other transactions were faster."""
PATIENCE_S = 5.0
BUSY_S = 0.1
LEAVING_S = 3.0
"""Sessions of a process that has just ended are gone after this long."""
_AGAIN = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
    Overtaken,
)


class PostgresqlDatabase(Database):
    """A database that several server processes share; each has a watch of its own."""

    kind = "postgresql"

    def __init__(self, address: str, watch: Watch, far: FarClock | None) -> None:
        self._watch = watch
        self._far = far
        self._conninfo, self.place = read_address(address)
        self._name = f"curtsy {uuid_utils.uuid4().hex}"
        self._alone: psycopg.Connection[Row] | None = None
        self._away_until = 0.0
        self._refuse_what_is_weak()
        self._pool = ConnectionPool(
            self._conninfo,
            connection_class=Session,
            kwargs={"autocommit": True, "application_name": self._name},
            min_size=2,
            max_size=MOST_AT_ONCE + 2,
            timeout=PATIENCE_S,
            # It would wait ever longer from try to try; given up early, the next desk makes it try anew.
            reconnect_timeout=PATIENCE_S,
            open=True,
            name="curtsy",
        )
        self._crew = Crew(self._transact, self._look, self._ring)
        self.doorbell = self._notices = Notices(self._conninfo)

    def hold(self) -> None:
        """Nothing to do: server processes share this database."""

    def hold_alone(self) -> None:
        """A server that begins brings the database up first, and waits in vain for the turn that is held here."""
        self._alone = psycopg.connect(self._conninfo, autocommit=True)
        held = self._alone.execute(b"SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (SCHEMA,)).fetchone()
        until = monotonic() + LEAVING_S
        while held == (True,) and self.served():
            if monotonic() > until:
                held = None
            sleep(BUSY_S)
        if held != (True,):
            raise CannotOpen(f"a server runs on {self.place}, or another command: stop it first")

    def served(self) -> bool:
        """Whether anybody of Curtsy is connected who does not belong to this process."""

        def ask(store: Store, _now: int) -> bool:
            found = store.rows.one(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'curtsy%' "
                "AND application_name <> :own AND pid <> :alone",
                {"own": self._name, "alone": self._alone.info.backend_pid if self._alone is not None else 0},
            )
            return found is not None

        found: bool = self._look(ask, ())
        return found

    def their_time(self) -> int:
        def ask(store: Store, _now: int) -> int:
            row = store.rows.one("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint", {})
            return int(row[0]) if row else 0

        found: int = self._look(ask, ())
        return found

    async def _run(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        return await self._crew.run(desk, args)

    def _run_batched(self, desk: Desk, item: Any) -> Awaitable[Any]:
        return self._crew.run_batched(desk, item)

    def _run_now(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        value, _ = self._transact(desk, args)
        return value

    async def _read(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        return await self._crew.look(desk, args)

    async def _scan(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        return await self._crew.look(desk, args)

    def facts(self) -> dict[str, str]:
        def ask(store: Store, _now: int) -> dict[str, str]:
            said = {
                name: str((store.rows.one(f"SHOW {name}", {}) or ("",))[0]) for name in ("server_version", *DURABLE)
            }
            return {"version": f"PostgreSQL {said.pop('server_version')}"} | said

        facts: dict[str, str] = self._look(ask, ())
        return facts

    def has(self, table: str) -> bool:
        def ask(store: Store, _now: int) -> bool:
            row = store.rows.one("SELECT to_regclass(:name) IS NOT NULL", {"name": table})
            return row is not None and bool(row[0])

        found: bool = self._look(ask, ())
        return found

    def script(self, store: Store, sql: str) -> None:
        session = store.rows
        assert isinstance(session, Session)
        # An index on many rows takes its time; a lock on a table is still waited for no longer than lock_timeout.
        session.execute(b"SET LOCAL statement_timeout = 0")
        session.execute(WORDS.say(sql).encode())

    def close(self) -> None:
        self._crew.close()
        self._notices.close()
        self._pool.close()
        if self._alone is not None:
            self._alone.close()

    # ------------------------------------------------------------------ in the threads of the crew

    def _transact(self, desk: Desk, args: tuple[Any, ...]) -> tuple[Any, frozenset[str]]:
        """Run a desk in a transaction of its own; returns its value and the topics that were rung."""
        lost = 0
        for turn in range(1, MOST_RUNS + 1):
            session = self._session()
            try:
                self._begin(session, b"BEGIN")
                now, notice = self._watch.begin(session.store)
                value = desk(session.store, now, *args)
                rings = frozenset(session.store.rings)
                self._commit(session, self._notices.statement(rings) + b"COMMIT")
                self._watch.committed(notice)
                return value, rings
            except _AGAIN as error:
                if turn == MOST_RUNS:
                    raise TryAgain(retry_after_ms=RETRY_MS) from error
            except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
                raise TryAgain(retry_after_ms=RETRY_MS) from error
            except psycopg.Error as error:
                if not _is_away(session, error):
                    raise
                # Before the commit nothing was done. A connection that had ended unnoticed is tried once more.
                lost += 1
                if lost > 1:
                    raise TryAgain(retry_after_ms=RETRY_MS) from error
            finally:
                self._give_back(session)
        raise AssertionError("unreachable: the last turn returns or raises")

    def _look(self, desk: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Let a reading desk see one state of the database."""
        for last in (False, True):
            session = self._session()
            try:
                self._begin(session, b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return desk(session.store, self._watch.now(), *args)
            except psycopg.Error as error:
                if not _is_away(session, error):
                    raise
                if last:
                    raise TryAgain(retry_after_ms=RETRY_MS) from error
            finally:
                self._give_back(session)
        raise AssertionError("unreachable: the last turn returns or raises")

    def _session(self) -> Session:
        """One of the pool; while the database is away nobody waits long, for who waits takes a thread from others."""
        try:
            session = self._pool.getconn(BUSY_S if monotonic() < self._away_until else PATIENCE_S)
        except PoolTimeout as error:
            self._away_until = monotonic() + PATIENCE_S
            raise TryAgain(retry_after_ms=RETRY_MS) from error
        self._away_until = 0.0
        return session

    def _begin(self, session: Session, how: bytes) -> None:
        session.store.rings = set()
        if self._far is not None and self._far.due():
            self._far.tell(_ask_time(session))
        session.execute(how)

    @staticmethod
    def _commit(session: Session, how: bytes) -> None:
        """Make it durable; an error here means that the end is unknown, and nobody is told that it failed."""
        try:
            ending = session.execute(how)
            while ending.nextset():
                pass
        except psycopg.Error as error:
            raise TryAgain(retry_after_ms=RETRY_MS) from error
        if ending.statusmessage != "COMMIT":  # what had failed before is rolled back without an error
            raise TryAgain(retry_after_ms=RETRY_MS)

    def _give_back(self, session: Session) -> None:
        """A transaction that is still open has failed or only read; the pool makes a broken connection anew."""
        if session.info.transaction_status != psycopg.pq.TransactionStatus.IDLE and not session.closed:
            with contextlib.suppress(psycopg.Error):
                session.execute(b"ROLLBACK")
        self._pool.putconn(session)

    def _ring(self, rings: frozenset[str]) -> None:
        """Own listeners are woken at once; the notice of the transaction wakes those of other processes."""
        self.doorbell.ring(rings)

    def _refuse_what_is_weak(self) -> None:
        """Raise CannotOpen for a database that cannot be reached, is too old, or may lose what it has confirmed."""
        with self._first_session() as session:
            version = session.info.server_version
            if self._far is not None:
                self._far.tell(_ask_time(session))
            weak = [name for name in DURABLE if session.execute(f"SHOW {name}".encode()).fetchone() == ("off",)]
        if version < OLDEST:
            raise CannotOpen(f"{self.place} is PostgreSQL {version // 10000}: version 14 or newer is needed")
        if weak:
            raise CannotOpen(f"{self.place} may lose what it has confirmed: turn {' and '.join(weak)} on")

    def _first_session(self) -> psycopg.Connection[Row]:
        """The pool would keep trying without a word, so that the first connection is made by hand."""
        until = monotonic() + PATIENCE_S
        while True:
            try:
                return psycopg.connect(self._conninfo, autocommit=True)
            except psycopg.OperationalError as error:
                starting = "starting up" in str(error)
                if not starting or monotonic() > until:
                    raise CannotOpen(f"cannot open the database {self.place}: {str(error).strip()}") from None
            sleep(BUSY_S)


def _ask_time(session: psycopg.Connection[Row]) -> int:
    row = session.execute(b"SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").fetchone()
    assert row is not None  # a SELECT without a table answers
    return int(row[0])


def _is_away(session: Session, error: psycopg.Error) -> bool:
    """Whether the database is not there, or has ended this connection, as it does with one that is silent too long."""
    return session.closed or isinstance(error, psycopg.OperationalError)
