"""Moving everything from a database of one kind into an empty one of the other, row by row, checked at the end.

The target remembers how far it is, in a table of its own that stands only meanwhile: an interrupted copy goes on where
it was, and no server takes a half-filled database for a whole one (``migrate.pending``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from curtsy.storage.cellar import CannotOpen, Database
from curtsy.storage.migrate import COPYING, is_current, migrate
from curtsy.storage.rows import Row, Value
from curtsy.storage.store import Store

SLICE = 200
TABLES: dict[str, tuple[str, ...]] = {
    "house": ("name",),
    "teams": ("id",),
    "members": ("id",),
    "api_keys": ("id",),
    "sign_ins": ("hash",),
    "sessions": ("hash",),
    "pairing_codes": ("hash",),
    "agents": ("id",),
    "pauses": ("id",),
    "known_names": ("team_id", "name"),
    "cooldowns": ("member_id", "profile_key"),
    "do_not_contact": ("id",),
    "do_not_contact_names": ("team_id", "name", "entry_id"),
    "lifted": ("id",),
    "answers": ("team_id", "key"),
    "tasks": ("id",),
    "task_metadata": ("team_id", "key", "value", "task_id"),
    "attempts": ("lease_id",),
    "evidence": ("n",),
    "events": ("n",),
    "invitations": ("task_id",),
    "checks": ("member_id",),
    "invitations_by_hand": ("account", "profile_key"),
    "rehearsals": ("task_id",),
    "webhook_endpoints": ("id",),
    "webhook_messages": ("id",),
    "webhook_deliveries": ("id",),
}
"""Every table with its primary key, in the order they are copied in."""
NUMBERED = ("evidence", "events")
"""Tables whose numbers grow: the copy keeps them and goes on after the highest that was ever given."""
EMPTY_HOUSE = " WHERE name NOT IN ('incarnation', 'clock')"
"""What is known of a house in which nobody lives yet is left aside."""
UNNUMBERED = "txid"
"""The number of a transaction means something in the database it ran in and no other: what is copied is older than
whatever follows, in the order of its own growing number."""

REPLACED = {
    UNNUMBERED: dict.fromkeys(TABLES, "0"),
    # The last place up to which an endpoint was told everything, once only the growing number counts: of what is told
    # in another order than that of the numbers some may be told twice, and nothing is left out.
    "n": {
        "webhook_endpoints": "coalesce((SELECT min(n) - 1 FROM events WHERE events.team_id = webhook_endpoints.team_id "
        "AND (events.txid, events.n) > (webhook_endpoints.txid, webhook_endpoints.n)), "
        "(SELECT max(n) FROM events WHERE events.team_id = webhook_endpoints.team_id), n)"
    },
}
"""What is read in the stead of a column, by table."""

Told = Callable[[str, str, int], None]


@dataclass(frozen=True, slots=True)
class _Words:
    """What one kind of database has words of its own for; ``columns`` answers names and types."""

    columns: str
    keep_numbers: str
    highest: str
    go_on: tuple[str, ...]


_SAID = {
    "sqlite": _Words(
        "SELECT name, type FROM pragma_table_info(:table)",
        "",
        "SELECT seq FROM sqlite_sequence WHERE name = :table",
        (
            "DELETE FROM sqlite_sequence WHERE name = :table",
            "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :highest)",
        ),
    ),
    "postgresql": _Words(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = :table",
        " OVERRIDING SYSTEM VALUE",
        "SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = :table || '_n_seq'",
        ("SELECT setval(pg_get_serial_sequence(:table, 'n'), :highest)",),
    ),
}


def copy(source: Database, target: Database, begun: Callable[[int], None], told: Told) -> dict[str, int]:
    """Copy every row and compare both sides; returns how many rows each table has.

    ``begun`` hears how many rows there are, ``told`` what was just done: "copy" or "check", the table, the rows. No
    server may run on either; raises CannotOpen, also when the two are not equal in the end.
    """
    if source.kind == target.kind:
        raise CannotOpen("A copy goes from SQLite to PostgreSQL or back: within one kind use its own backup")
    migrate(source)
    source.hold_alone()
    place = _resume(source, target)
    counts = {table: source.run_now(_count, table) for table in TABLES}
    begun(sum(counts.values()))
    tables = list(TABLES)
    for table in tables[tables.index(place[0]) :]:
        _copy_table(source, target, table, place[1] if table == place[0] else None, told)
    for table in NUMBERED:
        if highest := source.run_now(_highest, source.kind, table):
            target.run_now(_go_on, target.kind, table, highest)
    for table in TABLES:
        if _summed(source, table) != _summed(target, table):
            raise CannotOpen(
                f"{source.place} has changed since the copy began ({table} differs): empty {target.place} and copy anew"
            )
        told("check", table, counts[table])
    target.run_now(_end)
    return counts


# ------------------------------------------------------------------ how far it is


def _resume(source: Database, target: Database) -> tuple[str, list[Value] | None]:
    """Where to go on: a table, and the key of its last row that is there. Prepares an empty target."""
    begun = target.has(COPYING)
    if not begun:
        migrate(target)
    elif not is_current(target):
        raise CannotOpen(f"the copy into {target.place} was begun by another version: empty it and copy anew")
    target.hold_alone()
    if not begun:
        target.run_now(_begin, source.place, target.place)
    begun_from, done = target.run_now(_place)
    if begun_from != source.place:
        raise CannotOpen(f"{target.place} holds an unfinished copy of {begun_from}: empty it first")
    table, after = json.loads(done)
    return table, after


def _begin(store: Store, _now: int, source: str, target: str) -> None:
    for table in TABLES:
        apart = EMPTY_HOUSE if table == "house" else ""
        if store.rows.one("SELECT 1 FROM " + table + apart + " LIMIT 1", {}):
            raise CannotOpen(f"{target} is not empty ({table} holds something): name a new database")
    store.rows.one("DELETE FROM house", {})
    store.rows.one("CREATE TABLE " + COPYING + " (source TEXT NOT NULL, done TEXT NOT NULL)", {})
    first = json.dumps([next(iter(TABLES)), None])
    store.rows.one("INSERT INTO " + COPYING + " VALUES (:source, :done)", {"source": source, "done": first})


def _place(store: Store, _now: int) -> tuple[str, str]:
    row = store.rows.one("SELECT source, done FROM " + COPYING, {})
    assert row is not None
    return row[0], row[1]


def _end(store: Store, _now: int) -> None:
    store.rows.one("DROP TABLE " + COPYING, {})


# ------------------------------------------------------------------ one table


def _copy_table(source: Database, target: Database, table: str, after: list[Value] | None, told: Told) -> None:
    columns = source.run_now(_columns, source.kind, table)
    if columns != target.run_now(_columns, target.kind, table):
        raise CannotOpen(f"{target.place} is not of this version: {table} has other columns")
    for rows in _slices(source, table, columns, after):
        target.run_now(_write, target.kind, table, columns, rows)
        told("copy", table, len(rows))


def _slices(
    database: Database, table: str, columns: Iterable[str], after: list[Value] | None = None
) -> Iterator[list[Row]]:
    while rows := database.run_now(_read, table, columns, after):
        yield rows
        after = _key(table, columns, rows[-1])


def _key(table: str, columns: Iterable[str], row: Row) -> list[Value]:
    values = dict(zip(columns, row, strict=True))
    return [values[name] for name in TABLES[table]]


def _columns(store: Store, _now: int, kind: str, table: str) -> dict[str, bool]:
    """The names of the columns in order, and which of them are of numbers."""
    rows = store.rows.all(_SAID[kind].columns, {"table": table})
    return {name: said.upper() in ("BIGINT", "INTEGER") for name, said in sorted(rows)}


def _count(store: Store, _now: int, table: str) -> int:
    row = store.rows.one("SELECT count(*) FROM " + table, {})
    return row[0] if row else 0


def _read(store: Store, _now: int, table: str, columns: Iterable[str], after: list[Value] | None) -> list[Row]:
    """The next rows behind a key, as they are to stand in the target."""
    key = ", ".join(TABLES[table])
    given: dict[str, Value] = {f"after{n}": value for n, value in enumerate(after or ())}
    behind = " WHERE (" + key + ") > (" + ", ".join(":" + name for name in given) + ")" if given else ""
    names = ", ".join(REPLACED.get(name, {}).get(table, name) for name in columns)
    sql = "SELECT " + names + " FROM " + table + behind + " ORDER BY " + key + " LIMIT :slice"
    return store.rows.all(sql, given | {"slice": SLICE})


def _write(store: Store, _now: int, kind: str, table: str, columns: Mapping[str, bool], rows: Sequence[Row]) -> None:
    places = ", ".join("CAST(:" + name + " AS BIGINT)" if number else ":" + name for name, number in columns.items())
    sql = "INSERT INTO " + table + " (" + ", ".join(columns) + ")" + _SAID[kind].keep_numbers
    store.rows.many(sql + " VALUES (" + places + ")", [dict(zip(columns, row, strict=True)) for row in rows])
    done = json.dumps([table, _key(table, columns, rows[-1])])
    store.rows.one("UPDATE " + COPYING + " SET done = :done", {"done": done})


def _highest(store: Store, _now: int, kind: str, table: str) -> int | None:
    row = store.rows.one(_SAID[kind].highest, {"table": table})
    return row[0] if row else None


def _go_on(store: Store, _now: int, kind: str, table: str, highest: int) -> None:
    for sql in _SAID[kind].go_on:
        named: dict[str, Value] = {"table": table, "highest": highest}
        store.rows.one(sql, {name: value for name, value in named.items() if ":" + name in sql})


def _summed(database: Database, table: str) -> tuple[int, int]:
    """How many rows there are, and their hashes added up: whatever order a database keeps them in."""
    columns = database.run_now(_columns, database.kind, table)
    count = total = 0
    for rows in _slices(database, table, columns):
        for row in rows:
            total += int.from_bytes(hashlib.sha256(json.dumps(row).encode()).digest(), "big")
        count += len(rows)
    return count, total
