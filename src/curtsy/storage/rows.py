"""What the store asks of a database connection: SQL with named parameters, rows back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Value = str | int | None
Row = tuple[Any, ...]


class Rows(Protocol):
    """A connection inside a transaction."""

    def all(self, sql: str, params: Mapping[str, Value]) -> list[Row]:
        """Every row of the answer."""

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        """The first row of the answer, if any."""

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        """How many rows a statement changed: a third of the cost of having it return them."""

    def many(self, sql: str, rows: Iterable[Mapping[str, Value]]) -> None:
        """Run one statement for each set of parameters."""
