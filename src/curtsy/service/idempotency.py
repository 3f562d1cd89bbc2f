"""The same key with the same request gets the answer it got: kept in the transaction that did what was asked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.errors import IdempotencyKeyReused, InvalidIdempotencyKey
from curtsy.domain.member import DAY_MS
from curtsy.storage.rows import Value
from curtsy.storage.store import Store

KEPT_MS = 30 * DAY_MS
LONGEST_KEY = 255
UNANSWERED = ""
"""Kept of a request that is being answered."""


@dataclass(frozen=True, slots=True)
class Once:
    """A caller's key, and what came with it: method, path and the SHA-256 of the raw body."""

    key: str
    fingerprint: str


def read_once(header: bytes | None, method: str, path: str, body: bytes) -> Once | None:
    """The key of a request, bare or quoted (RFC 8941 strings are); raises InvalidIdempotencyKey."""
    if header is None:
        return None
    key = header.decode("latin-1").strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidIdempotencyKey
    return Once(key, f"{method} {path} {hashlib.sha256(body).hexdigest()}")


Answered = str | IdempotencyKeyReused
"""The answer a request got before, or a refusal when its key came with another one."""


def recall(store: Store, now: int, team_id: str, once: Once) -> Answered | None:
    """What this request was answered before; None when it is new."""
    return recall_many(store, now, [(team_id, once)]).get((team_id, once))


def recall_many(store: Store, now: int, asked: Sequence[tuple[str, Once]]) -> dict[tuple[str, Once], Answered]:
    """The same for many requests of several teams; those that are new are left out."""
    if not asked:
        return {}
    found = store.answers.get([(team_id, once.key) for team_id, once in asked], now - KEPT_MS)
    said: dict[tuple[str, Once], Answered] = {}
    for team_id, once in asked:
        if (team_id, once.key) in found:
            fingerprint, answer = found[(team_id, once.key)]
            said[(team_id, once)] = answer if fingerprint == once.fingerprint else IdempotencyKeyReused()
    return said


def remember(store: Store, now: int, answers: Sequence[tuple[str, Once, str]]) -> None:
    """Keep what each request of a team was answered."""
    kept: list[dict[str, Value]] = [
        {
            "team": one[0],
            "key": one[1].key,
            "fingerprint": one[1].fingerprint,
            "answer": one[2],
            "now": now,
            "since": now - KEPT_MS,
        }
        for one in answers
    ]
    if kept:
        store.answers.keep(kept)


def claim(store: Store, now: int, team_id: str, once: Once) -> Answered | None:
    """Take a key for a request that several transactions will answer; what it was answered, if it was.

    None when it may go on: nobody had the key, or this very request had and was cut off.
    """
    before = recall(store, now, team_id, once)
    if before is None:
        remember(store, now, [(team_id, once, UNANSWERED)])
    return before or None


def settle(store: Store, now: int, team_id: str, once: Once, said: str) -> str | None:
    """Keep what the request that claimed this key is answered; the answer it got meanwhile, if it did."""
    if store.answers.settle(team_id, once.key, said):
        return None
    before = recall(store, now, team_id, once)
    return before if isinstance(before, str) else None


def forget(store: Store, now: int, limit: int) -> int:
    """Drop a slice of the answers that are older than is promised."""
    return store.answers.forget(now - KEPT_MS, limit)
