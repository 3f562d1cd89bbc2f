"""The same key with the same request gets the answer it got: kept in the transaction that did what was asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from curtsy.domain.errors import IdempotencyKeyReused, InvalidIdempotencyKey
from curtsy.domain.member import DAY_MS
from curtsy.storage.store import Store

KEPT_MS = 30 * DAY_MS
LONGEST_KEY = 255


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


def recall(store: Store, now: int, team_id: str, once: Once) -> str | IdempotencyKeyReused | None:
    """The answer this request got before, a refusal when the key came with another one, None when it is new."""
    found = store.answers.get(team_id, once.key, now - KEPT_MS)
    if found is None:
        return None
    fingerprint, answer = found
    return answer if fingerprint == once.fingerprint else IdempotencyKeyReused()


def remember(store: Store, now: int, team_id: str, once: Once, answer: str) -> None:
    """Keep what this request was answered."""
    store.answers.keep(team_id, once.key, once.fingerprint, answer, now)


def forget(store: Store, now: int, limit: int) -> int:
    """Drop a slice of the answers that are older than is promised."""
    return store.answers.forget(now - KEPT_MS, limit)
