"""What callers were answered, by the idempotency key they sent along."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from curtsy.storage.rows import Overtaken, Rows, Value


class Answers:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, asked: Sequence[tuple[str, str]], since: int) -> dict[tuple[str, str], tuple[str, str]]:
        """For each team and key that came after then: the fingerprint of the request, and what it was answered."""
        rows = self._rows.all(
            "SELECT team_id, key, fingerprint, answer FROM answers "
            "WHERE (team_id, key) IN $PAIRS(:asked) AND at > :since",
            {"asked": json.dumps(asked), "since": since},
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def keep(self, answers: Sequence[Mapping[str, Value]]) -> None:
        """Keep answers: team, key, fingerprint, answer, now, since. One that is not after ``since`` gives way.

        Raises Overtaken when another transaction has answered the same key meanwhile.
        """
        kept = self._rows.many(
            "INSERT INTO answers (team_id, key, fingerprint, answer, at) "
            "VALUES (:team, :key, :fingerprint, :answer, :now) ON CONFLICT (team_id, key) "
            "DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer, at = excluded.at "
            "WHERE answers.at <= :since",
            answers,
        )
        if kept < len(answers):
            raise Overtaken

    def settle(self, team_id: str, key: str, said: str) -> bool:
        """Keep the answer of a request that claimed its key and had none; False when it has one."""
        return (
            self._rows.changed(
                "UPDATE answers SET answer = :said WHERE team_id = :team AND key = :key AND answer = ''",
                {"team": team_id, "key": key, "said": said},
            )
            == 1
        )

    def forget(self, before: int, limit: int) -> int:
        """Drop answers given before then, at most ``limit``; returns how many."""
        rows = self._rows.all(
            "DELETE FROM answers WHERE (team_id, key) IN "
            "(SELECT team_id, key FROM answers WHERE at < :before LIMIT :limit) RETURNING key",
            {"before": before, "limit": limit},
        )
        return len(rows)
