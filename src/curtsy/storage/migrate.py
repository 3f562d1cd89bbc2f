"""Brings a database to the schema of this version, one numbered file after another."""

from __future__ import annotations

from importlib import resources

from curtsy.storage.database import CannotOpen, Database
from curtsy.storage.store import Store


def migrate(database: Database) -> list[str]:
    """Apply what is missing, each file in a transaction of its own; returns the names applied."""
    files = sorted(
        (
            file
            for file in resources.files("curtsy.storage").joinpath("migrations").iterdir()
            if file.name.endswith(".sql")
        ),
        key=lambda file: file.name,
    )
    known = {file.name for file in files}
    applied: list[str] = []
    done = database.run_now(_done)
    if unknown := done - known:
        raise CannotOpen(f"the database is of a newer version (it has {', '.join(sorted(unknown))}): upgrade Curtsy")
    for file in files:
        if file.name not in done and database.run_now(_apply, database, file.name, file.read_text("utf-8")):
            applied.append(file.name)
    return applied


def _done(store: Store, _now: int) -> set[str]:
    store.rows.one("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)", {})
    return {row[0] for row in store.rows.all("SELECT name FROM migrations", {})}


def _apply(store: Store, now: int, database: Database, name: str, sql: str) -> bool:
    if store.rows.one("SELECT 1 FROM migrations WHERE name = :name", {"name": name}):
        return False  # another process was faster
    database.script(sql)
    store.rows.one("INSERT INTO migrations (name, applied_at) VALUES (:name, :now)", {"name": name, "now": now})
    return True
