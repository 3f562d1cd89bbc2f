"""What a database would do for each statement that a desk asks of it: found out just before the statement runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from curtsy.storage.rows import Row, Rows, Value
from curtsy.storage.session import WORDS, Session

GROWING = ("tasks", "attempts", "events", "evidence", "webhook_messages", "webhook_deliveries")
MOST_ROWS = 1_500
"""No statement may look at more rows than this, whatever else is in the tables."""
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
_TABLES = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO) (\w+)(?: AS (\w+))?")
_NAME = re.compile(r"(?<![:\w]):(\w+)")


@dataclass(slots=True)
class Watched:
    """A connection that looks at the plan of each statement first; ``faults`` holds what walks through a table."""

    rows: Rows
    kind: str
    faults: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        listed = {
            "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '% WHERE %'",
            "postgresql": "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'",
        }
        self.partial = {row[0] for row in self.rows.all(listed[self.kind], {})}

    def all(self, sql: str, params: Mapping[str, Value]) -> list[Row]:
        self._look(sql, params)
        return self.rows.all(sql, params)

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        self._look(sql, params)
        return self.rows.one(sql, params)

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        self._look(sql, params)
        return self.rows.changed(sql, params)

    def many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> int:
        self._look(sql, rows[0])
        return self.rows.many(sql, rows)

    def hold_everything(self) -> None:
        self.rows.hold_everything()

    def hold(self, name: str) -> None:
        self.rows.hold(name)

    def hold_free(self, names: Iterable[str]) -> set[str]:
        return self.rows.hold_free(names)

    def _look(self, sql: str, params: Mapping[str, Value]) -> None:
        self.asked.add(sql)
        found = self._sqlite(sql, params) if self.kind == "sqlite" else self._postgresql(sql, params)
        self.faults += [f"{one}: {sql}" for one in found]

    # ------------------------------------------------------------------ SQLite

    def _sqlite(self, sql: str, params: Mapping[str, Value]) -> Iterator[str]:
        called = {other or table: table for table, other in _TABLES.findall(sql)}
        for row in self.rows.all("EXPLAIN QUERY PLAN " + sql, params):
            scan = _SCAN.match(str(row[3]))
            if scan and called.get(scan[1]) in GROWING and scan[2] not in self.partial:
                yield str(row[3])

    # ------------------------------------------------------------------ PostgreSQL

    def _postgresql(self, sql: str, params: Mapping[str, Value]) -> Iterator[str]:
        """Both the plan for these very values, with the rows it came across, and the one for any values."""
        self.rows.one("SAVEPOINT look", {})
        for node in _nodes(_plan(self.rows.one("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, params))):
            yield from self._walks(node)
            removed = sum(count for name, count in node.items() if name.startswith("Rows Removed by"))
            seen = (node.get("Actual Rows", 0) + removed) * node.get("Actual Loops", 1)
            if seen > MOST_ROWS and node.get("Relation Name") in GROWING:
                yield f"{seen} rows in {node['Node Type']}"
        self.rows.one("ROLLBACK TO look", {})
        assert isinstance(self.rows, Session)
        # Without parameters, so that psycopg asks in the one way that leaves places open.
        said = self.rows.execute(b"EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + _numbered(sql, params), prepare=False)
        for node in _nodes(_plan(said.fetchone())):
            yield from self._walks(node)
        self.rows.one("RELEASE look", {})

    def _walks(self, node: dict[str, Any]) -> Iterator[str]:
        """Every row of a table, by itself or through an index that holds them all."""
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING:
            yield f"Seq Scan on {node['Relation Name']}"
        index = node.get("Index Name")
        if index and "Index Cond" not in node and index not in self.partial:
            yield f"{node['Node Type']} of all of {index}"


def _plan(row: Row | None) -> dict[str, Any]:
    assert row is not None
    return dict(row[0][0]["Plan"])


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)


def _numbered(sql: str, params: Mapping[str, Value]) -> bytes:
    """The statement with a place for each value, as a prepared one has."""
    names = list(params)

    def place(found: re.Match[str]) -> str:
        at = f"${names.index(found[1]) + 1}"
        return at + "::bigint" if isinstance(params[found[1]], int) else at

    return _NAME.sub(place, WORDS.say(sql)).encode()
