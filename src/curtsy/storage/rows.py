"""What the store asks of a database connection: SQL with named parameters, rows back.

SQL is written once for every database. Where their words differ it says a word of ours, which each database has its own
for:

- ``$EACH(:list)``: the rows of a parameter that holds a JSON list of strings; the column is ``value``
- ``$AMONG(:list)``: behind a column, that it is one of these strings; its index is used however small the table is
- ``$PAIRS(:list)``: the rows of a JSON list of pairs of strings
- ``$SERIAL``: a growing number that is a primary key
- ``$TXID``: the number of the transaction that writes
- ``$OLDEST_OPEN``: every transaction with a lower number has ended
- ``$IN_ORDER``: behind ``FROM events``, that they are found by the index that has them in their order
- ``$BY_STATE``: behind ``FROM tasks``, that they are found by the index on their state: SQLite would walk by their ids
- ``$AFTER(txid, n)``: whether an event comes after the one of this place
- ``$LAST_GIVEN``: the highest number that was ever given to an event, also to one that is gone; it may be a few above
- ``$GO_ON_FROM(:n)``: a statement of its own: the next event has the number after this one
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

Value = str | int | None
Row = tuple[Any, ...]


class Overtaken(Exception):
    """Another transaction was faster, so that what this desk read is no longer so: it is run again from its start."""


class Rows(Protocol):
    """A connection inside a transaction."""

    def all(self, sql: str, params: Mapping[str, Value]) -> list[Row]:
        """Every row of the answer."""

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        """The first row of the answer, if any."""

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        """How many rows a statement changed: a third of the cost of having it return them."""

    def many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> int:
        """Insert a row for each set of parameters, ``INSERT INTO … VALUES (…)``; how many were written.

        An insert that yields to what stands (``ON CONFLICT``) may write fewer than there are.
        """

    def hold(self, name: str) -> None:
        """Wait until nobody holds this name, and hold it until the transaction ends."""

    def hold_everything(self) -> None:
        """Wait until nobody holds any name, and let nobody hold one until the transaction ends."""

    def hold_free(self, names: Iterable[str]) -> set[str]:
        """Hold those of the names that nobody holds, and wait for none; returns them."""
