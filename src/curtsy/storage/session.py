"""A session with PostgreSQL: its words, its settings, and psycopg in the shape the store asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.numeric import Int8BinaryDumper

from curtsy.storage.cellar import CannotOpen
from curtsy.storage.rows import Row, Value
from curtsy.storage.sets import as_set
from curtsy.storage.store import Store
from curtsy.storage.words import Words

WORDS = Words(
    {
        "$SERIAL": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "$EACH": r"(SELECT value FROM json_array_elements_text((\1)::json))",
        "$AMONG": r"= ANY(ARRAY(SELECT value FROM json_array_elements_text((\1)::json)))",
        "$PAIRS": r"(SELECT value ->> 0, value ->> 1 FROM json_array_elements((\1)::json))",
        "$TXID": "(pg_current_xact_id()::text::bigint)",
        "$OLDEST_OPEN": "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)",
        "$IN_ORDER": "",
        "$BY_STATE": "",
        "$AFTER": r"((txid, n) > (\1, \2))",
        "$LAST_GIVEN": "(SELECT last_value FROM events_n_seq)",
        "$GO_ON_FROM": r"SELECT setval('events_n_seq', \1)",
    }
)
EVERYTHING = 1
"""The key of the lock that whoever holds a name shares, and that who holds everything has alone."""
_SETTINGS = {
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


class Session(psycopg.Connection[Row]):
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
        cursor = self.execute(WORDS.named(sql), params)
        return cursor.fetchall() if cursor.description is not None else []

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        cursor = self.execute(WORDS.named(sql), params)
        return cursor.fetchone() if cursor.description is not None else None

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        return self.execute(WORDS.named(sql), params).rowcount

    def many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> int:
        if len(rows) == 1:
            return self.changed(sql, rows[0])
        return self.changed(as_set(sql, rows), {"rows": _text(rows)})

    def hold(self, name: str) -> None:
        self.execute(
            b"SELECT pg_advisory_xact_lock_shared(%(all)s), pg_advisory_xact_lock(hashtextextended(%(name)s, 0))",
            {"all": EVERYTHING, "name": name},
        )

    def hold_everything(self) -> None:
        self.execute(b"SELECT pg_advisory_xact_lock(%(all)s)", {"all": EVERYTHING})

    def hold_free(self, names: Iterable[str]) -> set[str]:
        rows = self.execute(
            b"SELECT name FROM unnest(%(names)s::text[]) AS name "
            b"WHERE CASE WHEN pg_try_advisory_xact_lock_shared(%(all)s) "
            b"THEN pg_try_advisory_xact_lock(hashtextextended(name, 0)) ELSE false END",
            {"all": EVERYTHING, "names": sorted(names)},
        ).fetchall()
        return {row[0] for row in rows}


def _text(rows: Sequence[Mapping[str, Value]]) -> str:
    return msgspec.json.encode(rows).decode()


def read_address(address: str) -> tuple[str, str]:
    """What psycopg connects with, our settings filled in, and how people are told of it, without any secret.

    Raises CannotOpen for an address that cannot be read.
    """
    try:
        given = conninfo_to_dict(address)
    except psycopg.ProgrammingError as error:
        raise CannotOpen(f"the address of the database cannot be read: {str(error).strip()}") from None
    missing: dict[str, Any] = {name: value for name, value in _SETTINGS.items() if name not in given}
    host, port = given.get("host", "localhost"), given.get("port", "5432")
    return make_conninfo(address, **missing), f"postgresql://{host}:{port}/{given.get('dbname', '')}"
