"""PostgreSQL through psycopg 3 and its pool: any number of server processes on one database.

What SQLite gives by running desks one at a time is given by named holds (``rows.hold``), unique indexes and, where two
transactions still met, by running the desk again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic, sleep
from typing import Any, Self

import psycopg
import psycopg.errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.numeric import Int8BinaryDumper
from psycopg_pool import ConnectionPool, PoolTimeout

from curtsy.domain.errors import TryAgain
from curtsy.storage.cellar import CannotOpen, Database, Desk
from curtsy.storage.crew import MOST_AT_ONCE, Crew
from curtsy.storage.notices import CHANNEL, Notices
from curtsy.storage.rows import Overtaken, Row, Value
from curtsy.storage.store import Store
from curtsy.storage.watch import Watch
from curtsy.storage.words import Words

WORDS = Words(
    {
        "$SERIAL": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "$EACH": r"(SELECT value FROM json_array_elements_text((\1)::json))",
        "$PAIRS": r"(SELECT value ->> 0, value ->> 1 FROM json_array_elements((\1)::json))",
        "$TXID": "(pg_current_xact_id()::text::bigint)",
        "$OLDEST_OPEN": "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)",
    },
    parameter=r"%(\1)s",
)
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""With one of these off, a commit that was answered can be lost."""
OLDEST = 14_00_00
RETRY_MS = 1000
MOST_RUNS = 5
"""A desk is run again this often when other transactions were faster."""
PATIENCE_S = 5.0
BUSY_S = 0.1
SESSION = {
    "application_name": "curtsy",
    "connect_timeout": "5",
    # A host that is cut off must not keep its holds: the server notices it by these, within ten seconds or so.
    "options": "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=10s "
    "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000",
    "keepalives_idle": "4",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_AGAIN = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
    Overtaken,
)


class _Session(psycopg.Connection[Row]):
    """psycopg in the shape the store asks for. Transactions are begun and ended by hand."""

    store: Store

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        made = super().connect(*args, **kwargs)
        # One type for every number, so that a statement is prepared once and not anew for each size of number.
        made.adapters.register_dumper(int, Int8BinaryDumper)
        made.prepare_threshold = 1
        made.store = Store(made)
        return made

    def all(self, sql: str, params: Mapping[str, Value]) -> list[Row]:
        cursor = self.execute(WORDS.of(sql).encode(), params)
        return cursor.fetchall() if cursor.description is not None else []

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        cursor = self.execute(WORDS.of(sql).encode(), params)
        return cursor.fetchone() if cursor.description is not None else None

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        return self.execute(WORDS.of(sql).encode(), params).rowcount

    def many(self, sql: str, rows: Iterable[Mapping[str, Value]]) -> None:
        with self.cursor() as cursor:
            cursor.executemany(WORDS.of(sql).encode(), rows)

    def added(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> list[bool]:
        with self.cursor() as cursor:
            cursor.executemany(WORDS.of(sql).encode(), rows, returning=True)
            made: list[bool] = []
            while len(made) < len(rows):
                made.append(cursor.rowcount == 1)
                cursor.nextset()
            return made

    def hold(self, name: str) -> None:
        self.execute(b"SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": name})

    def hold_free(self, names: Iterable[str]) -> set[str]:
        rows = self.execute(
            b"SELECT name FROM unnest(%(names)s::text[]) AS name "
            b"WHERE pg_try_advisory_xact_lock(hashtextextended(name, 0))",
            {"names": sorted(names)},
        ).fetchall()
        return {row[0] for row in rows}


class PostgresqlDatabase(Database):
    """A database that several server processes share; each has a watch of its own."""

    kind = "postgresql"

    def __init__(self, address: str, watch: Watch) -> None:
        self._watch = watch
        self.place = _without_password(address)
        self._conninfo = make_conninfo(address, **_missing(address))
        self._refuse_what_is_weak()
        self._pool = ConnectionPool(
            self._conninfo,
            connection_class=_Session,
            kwargs={"autocommit": True},
            min_size=2,
            max_size=MOST_AT_ONCE + 2,
            timeout=PATIENCE_S,
            open=True,
            name="curtsy",
        )
        self._crew = Crew(self._transact, self._look, self._ring)
        self.doorbell = self._notices = Notices(self._conninfo)

    def hold(self) -> None:
        """Nothing to do: server processes share this database."""

    async def _run(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        return await self._crew.run(desk, args)

    async def _run_batched(self, desk: Desk, item: Any) -> Any:
        return await self._crew.run_batched(desk, item)

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
        assert isinstance(session, _Session)
        session.execute(WORDS.of(sql).encode())

    def close(self) -> None:
        self._crew.close()
        self._notices.close()
        self._pool.close()

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
                if rings:
                    session.execute(b"SELECT pg_notify(%s, %s)", (CHANNEL, self._notices.payload(rings)))
                self._commit(session)
                self._watch.committed(notice)
                return value, rings
            except _AGAIN as error:
                if turn == MOST_RUNS:
                    raise TryAgain(retry_after_ms=RETRY_MS) from error
            except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
                raise TryAgain(retry_after_ms=RETRY_MS) from error
            except psycopg.OperationalError as error:
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
            except psycopg.OperationalError as error:
                if last:
                    raise TryAgain(retry_after_ms=RETRY_MS) from error
            finally:
                self._give_back(session)
        raise AssertionError("unreachable: the last turn returns or raises")

    def _session(self) -> _Session:
        try:
            return self._pool.getconn()
        except PoolTimeout as error:
            raise TryAgain(retry_after_ms=RETRY_MS) from error

    @staticmethod
    def _begin(session: _Session, how: bytes) -> None:
        session.store.rings = set()
        session.execute(how)

    @staticmethod
    def _commit(session: _Session) -> None:
        """Make it durable; an error here means that the end is unknown, and nobody is told that it failed."""
        try:
            session.execute(b"COMMIT")
        except psycopg.OperationalError as error:
            raise TryAgain(retry_after_ms=RETRY_MS) from error

    def _give_back(self, session: _Session) -> None:
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


def _missing(address: str) -> dict[str, str]:
    """The settings of ours that the address does not give itself."""
    given = _parts(address)
    return {name: value for name, value in SESSION.items() if name not in given}


def _without_password(address: str) -> str:
    parts = _parts(address)
    host, port = parts.get("host", "localhost"), parts.get("port", "5432")
    user = f"{parts['user']}@" if "user" in parts else ""
    return f"postgresql://{user}{host}:{port}/{parts.get('dbname', '')}"


def _parts(address: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(address)
    except psycopg.ProgrammingError as error:
        raise CannotOpen(f"the address of the database cannot be read: {str(error).strip()}") from None
