"""Profiles that were read lately: they answer again, instead of being read again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.storage.rows import Rows


@dataclass(frozen=True, slots=True)
class Reading:
    """A profile that a member's browser read: the task, when, and what came of it (JSON)."""

    task_id: str
    finished_at: int
    output: str | None


class Readings:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def lately(self, asked: Sequence[tuple[str, str]], since: int) -> dict[tuple[str, str], Reading]:
        """For each member and person: the newest reading of their profile after ``since``."""
        rows = self._rows.all(
            "SELECT member_id, profile_key, id, finished_at, output FROM tasks "
            "WHERE (member_id, profile_key) IN $PAIRS(:asked) AND kind = 'fetch_profile' AND state = 'completed' "
            "AND finished_at > :since ORDER BY finished_at",
            {"asked": json.dumps(asked), "since": since},
        )
        return {(row[0], row[1]): Reading(row[2], row[3], row[4]) for row in rows}

    def acted_since(self, member_id: str, keys: Sequence[str], since: int) -> bool:
        """Whether something was done to a person, known by one of these keys, in a member's name from ``since`` on."""
        row = self._rows.one(
            "SELECT 1 FROM attempts JOIN tasks ON tasks.id = attempts.task_id WHERE attempts.account IN "
            "(SELECT account FROM agents WHERE agents.member_id = :member) AND spent = 1 "
            "AND attempts.started_at >= :since AND tasks.profile_key IN $EACH(:keys) LIMIT 1",
            {"member": member_id, "since": since, "keys": json.dumps(keys)},
        )
        return row is not None
