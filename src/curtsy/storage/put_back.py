"""A PostgreSQL that an operator has put back from a copy of its files: what has to happen before a server may run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from curtsy.storage.cellar import CannotOpen
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store

T = TypeVar("T")

HOW_TO_COPY = (
    "A PostgreSQL is backed up with its own program, which copies it whole while servers run: "
    "pg_basebackup --pgdata DIRECTORY --wal-method stream --checkpoint fast, then pg_verifybackup DIRECTORY "
    "(docs/operations.md, Back up)"
)


def begin_where_put_back(address: str, begin: Callable[[Store, int], T]) -> T:
    """Let ``begin`` run, alone, on a database that was put back; returns what it said.

    Refused while servers run and, as their numbers would be wrong, for rows that came from another PostgreSQL by
    themselves (a dump); raises CannotOpen.
    """
    with closing(open_database(address, clock=None)) as database:
        migrate(database)
        database.hold_alone()
        if database.run_now(_foreign):
            raise CannotOpen(
                f"{database.place} holds events that are newer than anything this PostgreSQL has done, as a dump of "
                "another one does: put the copy of its files back that pg_basebackup made"
            )
        return database.run_now(begin)


def _foreign(store: Store, _now: int) -> bool:
    return store.rows.one("SELECT 1 FROM events WHERE txid >= $TXID LIMIT 1", {}) is not None
