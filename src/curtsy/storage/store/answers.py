"""What callers were answered, by the idempotency key they sent along."""

from __future__ import annotations

from curtsy.storage.rows import Rows


class Answers:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, team_id: str, key: str, since: int) -> tuple[str, str] | None:
        """The fingerprint of the request that came with this key after then, and what it was answered."""
        row = self._rows.one(
            "SELECT fingerprint, answer FROM answers WHERE team_id = :team AND key = :key AND at > :since",
            {"team": team_id, "key": key, "since": since},
        )
        return (row[0], row[1]) if row else None

    def keep(self, team_id: str, key: str, fingerprint: str, answer: str, now: int) -> None:
        """Keep an answer; one that is too old to count gives way."""
        self._rows.one(
            "INSERT INTO answers (team_id, key, fingerprint, answer, at) "
            "VALUES (:team, :key, :fingerprint, :answer, :now) ON CONFLICT (team_id, key) "
            "DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer, at = excluded.at",
            {"team": team_id, "key": key, "fingerprint": fingerprint, "answer": answer, "now": now},
        )

    def forget(self, before: int, limit: int) -> int:
        """Drop answers given before then, at most ``limit``; returns how many."""
        rows = self._rows.all(
            "DELETE FROM answers WHERE (team_id, key) IN "
            "(SELECT team_id, key FROM answers WHERE at < :before LIMIT :limit) RETURNING key",
            {"before": before, "limit": limit},
        )
        return len(rows)
