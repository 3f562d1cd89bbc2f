"""Facts that happened, written in the same transaction as the change they tell."""

from __future__ import annotations

from curtsy.storage.rows import Rows, Value


class Events:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add_many(self, events: list[dict[str, Value]]) -> None:
        """Append events: id, team_id, type, task_id, member_id, at, data (JSON)."""
        self._rows.many(
            "INSERT INTO events (id, team_id, type, task_id, member_id, at, data) "
            "VALUES (:id, :team_id, :type, :task_id, :member_id, :at, :data)",
            events,
        )
