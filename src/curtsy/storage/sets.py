"""An insert of one row, said as an insert of a set of rows that come as one JSON parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from curtsy.storage.rows import Value

_INSERT = re.compile(r"(?P<into>INSERT INTO .+?) VALUES \((?P<values>.+?)\)(?P<rest> ON CONFLICT .+)?", re.DOTALL)
_PARAMETER = re.compile(r":(\w+)")


def as_set(sql: str, rows: Sequence[Mapping[str, Value]]) -> str:
    """The same insert for all rows, which are the parameter ``:rows``: a column is of numbers if any row has one."""
    numbers = {name for row in rows for name, value in row.items() if isinstance(value, int)}
    return _as_set(sql, tuple((name, name in numbers) for name in rows[0]))


@lru_cache(maxsize=256)
def _as_set(sql: str, columns: tuple[tuple[str, bool], ...]) -> str:
    parts = _INSERT.fullmatch(sql)
    assert parts is not None, f"no insert of one row: {sql}"
    shape = ", ".join(f"{name} {'bigint' if number else 'text'}" for name, number in columns)
    values = _PARAMETER.sub(r"r.\1", parts["values"])
    return f"{parts['into']} SELECT {values} FROM json_to_recordset(:rows) AS r({shape}){parts['rest'] or ''}"
