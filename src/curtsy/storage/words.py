"""The words of ours in SQL, said as one database says them."""

from __future__ import annotations

import re
from collections.abc import Mapping


class Words:
    """What each word becomes; ``$EACH(:list)`` hands on what stands between its brackets as ``\\1``."""

    def __init__(self, words: Mapping[str, str], *, parameter: str = r":\1") -> None:
        self._words = [(re.compile(re.escape(word) + r"(?:\((:\w+)\))?"), said) for word, said in words.items()]
        self._parameter = parameter
        self._known: dict[str, str] = {}

    def of(self, sql: str) -> str:
        """The same statement in this database's words; a statement is translated once."""
        said = self._known.get(sql)
        if said is None:
            said = self._known[sql] = self._say(sql)
        return said

    def _say(self, sql: str) -> str:
        if self._parameter != r":\1":
            sql = sql.replace("%", "%%")
        for word, said in self._words:
            sql = word.sub(said, sql)
        return re.sub(r"(?<![:\w]):(\w+)", self._parameter, sql)
