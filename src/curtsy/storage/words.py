"""The words of ours in SQL, said as one database says them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from curtsy.storage.rows import Value

_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")

Placed = tuple[str, Callable[[Mapping[str, Value]], Any]]
"""A statement whose parameters are numbered, and what puts their values in that order."""


class Words:
    """What each word becomes; ``$AFTER(:txid, :n)`` hands on what stands between its brackets as ``\\1``, ``\\2``."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = [
            (re.compile(re.escape(word) + r"(?:\((:?[\w.]+)(?:, (:?[\w.]+))?\))?"), said)
            for word, said in words.items()
        ]
        self._named: dict[str, bytes] = {}
        self._placed: dict[str, Placed] = {}

    def named(self, sql: str) -> bytes:
        """The statement with its parameters as ``%(name)s``; it is translated once."""
        said = self._named.get(sql)
        if said is None:
            said = self._named[sql] = _PARAMETER.sub(r"%(\1)s", self.say(sql.replace("%", "%%"))).encode()
        return said

    def placed(self, sql: str) -> Placed:
        """The statement with its parameters as ``?1``: to bind by place is a good part cheaper than by name."""
        said = self._placed.get(sql)
        if said is None:
            said = self._placed[sql] = _place(self.say(sql))
        return said

    def say(self, sql: str) -> str:
        """The statement with each word of ours as this database says it."""
        for word, said in self._words:
            sql = word.sub(said, sql)
        return sql


def _place(sql: str) -> Placed:
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    text = _PARAMETER.sub(lambda found: f"?{names.index(found[1]) + 1}", sql)
    if len(names) > 1:
        return text, itemgetter(*names)
    return text, lambda values: tuple(values[name] for name in names)
