"""Brings a database to the schema of this version, one numbered file after another.

A file called ``NNNN_adds_….sql`` only adds what older releases need not know (docs/decisions/0006): they go on working
beside newer ones, and may start on a database that has it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from importlib import resources
from typing import Concatenate, ParamSpec, TypeVar

from curtsy.domain.errors import TryAgain
from curtsy.storage.database import CannotOpen, Database
from curtsy.storage.store import SCHEMA, Store

COPYING = "copying"
"""A table that stands while everything is copied into a database: until then it is not whole."""
MOST_TRIES = 60
"""A turn is waited for this often, each time for as long as the database lets one wait (seconds)."""
ONLY_ADDS = re.compile(r"\d{4}_adds_\w+\.sql")

P = ParamSpec("P")
T = TypeVar("T")


def migrate(database: Database) -> list[str]:
    """Apply what is missing, each file in a transaction of its own; returns the names applied."""
    if database.has("migrations") and not pending(database):
        # To change nothing nobody waits for long; but who has the database alone keeps others out.
        with contextlib.suppress(TryAgain):
            database.run_now(_meet_nobody)
            return []
        database.run_now(_meet_nobody)
        return []
    _in_turn(database, _lay)
    files = _files()
    applied: list[str] = []
    for name in pending(database):
        if _in_turn(database, _apply, database, name, files[name]):
            applied.append(name)
    return applied


def pending(database: Database) -> list[str]:
    """The files that are still to be applied, without applying any.

    Raises CannotOpen for a database that a newer release has changed, but not for one to which it has only added, and
    for one that a copy was not finished into.
    """
    if database.has(COPYING):
        raise CannotOpen(f"a copy into {database.place} was not finished: run `curtsy copy` again, or empty it")
    files = _files()
    done = database.run_now(_done) if database.has("migrations") else set()
    if unknown := {name for name in done - files.keys() if not ONLY_ADDS.fullmatch(name)}:
        raise CannotOpen(f"the database is of a newer version (it has {', '.join(sorted(unknown))}): upgrade Curtsy")
    return [name for name in files if name not in done]


def is_current(database: Database) -> bool:
    """Whether exactly the files of this version were applied."""
    return database.run_now(_done) == _files().keys()


def _in_turn(database: Database, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
    """Run a desk that another process may hold up for long, by a change of its own or by what it is serving."""
    for _ in range(MOST_TRIES):
        with contextlib.suppress(TryAgain):
            return database.run_now(desk, *args, **named)
    raise CannotOpen("the schema cannot be changed now, for others change or use it: try again")


def _files() -> dict[str, str]:
    """Every migration of this version in its order: name and SQL."""
    folder = resources.files("curtsy.storage").joinpath("migrations")
    return {
        file.name: file.read_text("utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    }


def _meet_nobody(store: Store, _now: int) -> None:
    store.rows.hold(SCHEMA)


def _lay(store: Store, _now: int) -> None:
    store.rows.hold(SCHEMA)
    store.rows.one("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)", {})


def _done(store: Store, _now: int) -> set[str]:
    return {row[0] for row in store.rows.all("SELECT name FROM migrations", {})}


def _apply(store: Store, now: int, database: Database, name: str, sql: str) -> bool:
    store.rows.hold(SCHEMA)
    if store.rows.one("SELECT 1 FROM migrations WHERE name = :name", {"name": name}):
        return False  # another process was faster
    database.script(store, sql)
    store.rows.one("INSERT INTO migrations (name, applied_at) VALUES (:name, :now)", {"name": name, "now": now})
    return True
