"""Small desks that these tests send into the line: they put words on a list and take them off."""

from __future__ import annotations

from collections.abc import Sequence

from curtsy.domain.errors import NoAdmin, Refusal
from curtsy.storage.store import Store


def lay(store: Store, _now: int) -> None:
    """Make the list."""
    store.rows.one("CREATE TABLE IF NOT EXISTS words (n INTEGER PRIMARY KEY AUTOINCREMENT, word TEXT NOT NULL)", {})


def put(store: Store, _now: int, word: str) -> str:
    """Put a word on the list."""
    store.rows.one("INSERT INTO words (word) VALUES (:word)", {"word": word})
    return word


def put_and_refuse(store: Store, _now: int, word: str) -> None:
    """Put a word on the list, then say no."""
    store.rows.one("INSERT INTO words (word) VALUES (:word)", {"word": word})
    raise NoAdmin


def put_and_break(store: Store, _now: int, word: str) -> None:
    """Put a word on the list, then fail in a way nobody expected."""
    store.rows.one("INSERT INTO words (word) VALUES (:word)", {"word": word})
    raise ZeroDivisionError


def put_all(store: Store, _now: int, words: Sequence[str]) -> Sequence[int | Refusal]:
    """Put many words at once, refusing empty ones; answers how many came together."""
    for word in filter(None, words):
        store.rows.one("INSERT INTO words (word) VALUES (:word)", {"word": word})
    return [len(words) if word else NoAdmin() for word in words]


def words(store: Store, _now: int) -> list[str]:
    """The list."""
    return [row[0] for row in store.rows.all("SELECT word FROM words ORDER BY n", {})]


def the_time(_store: Store, now: int) -> int:
    """What time it is in this transaction."""
    return now


def ring(store: Store, _now: int, topic: str) -> None:
    """Ring for a topic."""
    store.ring(topic)
