"""Tasks that have finished, on their way out. What guards a person from a second invitation stays."""

from __future__ import annotations

import json
from collections.abc import Sequence

from curtsy.storage.rows import Rows


class Past:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def due(self, before: int, limit: int) -> list[str]:
        """Tasks that finished before then, longest ago first; not those that others were merged into, while these stay.

        Ones that keep only what guards their person are no more among them.
        """
        rows = self._rows.all(
            "SELECT id FROM tasks WHERE finished_at IS NOT NULL AND pruned = 0 AND finished_at < :before "
            "AND NOT EXISTS (SELECT 1 FROM tasks AS merged WHERE merged.same_as = tasks.id) "
            "ORDER BY finished_at LIMIT :limit",
            {"before": before, "limit": limit},
        )
        return [row[0] for row in rows]

    def drop_evidence(self, tasks: Sequence[str], limit: int) -> int:
        """Drop what was seen of these tasks, at most so many rows; returns how many."""
        found = self._rows.all(
            "SELECT n FROM evidence WHERE task_id IN $EACH(:tasks) LIMIT :limit",
            {"tasks": json.dumps(tasks), "limit": limit},
        )
        return sum(self._rows.changed("DELETE FROM evidence WHERE n = :n", {"n": row[0]}) for row in found)

    def drop_attempts(self, tasks: Sequence[str], limit: int) -> int:
        """Drop the attempts of these tasks, at most so many; returns how many."""
        found = self._rows.all(
            "SELECT lease_id FROM attempts WHERE task_id IN $EACH(:tasks) LIMIT :limit",
            {"tasks": json.dumps(tasks), "limit": limit},
        )
        return self._rows.changed(
            "DELETE FROM attempts WHERE lease_id IN $EACH(:found)", {"found": json.dumps([row[0] for row in found])}
        )

    def drop_words(self, tasks: Sequence[str]) -> None:
        """Find these tasks by the words of their callers no more."""
        self._rows.one("DELETE FROM task_metadata WHERE task_id IN $EACH(:tasks)", {"tasks": json.dumps(tasks)})

    def drop_tasks(self, tasks: Sequence[str]) -> int:
        """Drop those of the tasks that hold no person; returns how many."""
        return self._rows.changed(
            "DELETE FROM tasks WHERE id IN $EACH(:tasks) AND holds_person = 0 AND finished_at IS NOT NULL",
            {"tasks": json.dumps(tasks)},
        )

    def strip(self, tasks: Sequence[str]) -> int:
        """Of those that hold their person keep only who was invited by whom, when, and what came of it."""
        return self._rows.changed(
            "UPDATE tasks SET pruned = 1, note = NULL, metadata = NULL, person = NULL WHERE id IN $EACH(:tasks) "
            "AND holds_person = 1 AND pruned = 0 AND finished_at IS NOT NULL",
            {"tasks": json.dumps(tasks)},
        )

    def wordy(self, before: int, limit: int) -> list[str]:
        """Tasks that finished before then and still know something of people in words, longest ago first."""
        rows = self._rows.all(
            "SELECT id FROM tasks WHERE finished_at IS NOT NULL AND wiped = 0 AND finished_at < :before "
            "ORDER BY finished_at LIMIT :limit",
            {"before": before, "limit": limit},
        )
        return [row[0] for row in rows]

    def wipe(self, tasks: Sequence[str]) -> int:
        """Drop what these tasks know of people in words: notes, what was read of profiles, what was looked for."""
        return self._rows.changed(
            "UPDATE tasks SET wiped = 1, note = NULL, person = NULL, "
            "question = CASE WHEN kind = 'fetch_connections' THEN '{}' ELSE question END, "
            "profile_key = CASE WHEN kind = 'fetch_connections' THEN '{}' ELSE profile_key END, "
            "output = CASE WHEN kind IN ('fetch_profile', 'fetch_connections') AND state = 'completed' "
            "THEN '{\"forgotten\": true}' ELSE output END WHERE id IN $EACH(:tasks) AND finished_at IS NOT NULL",
            {"tasks": json.dumps(tasks)},
        )

    def drop_events(self, before: int, limit: int) -> int:
        """Drop events from before then among the ``limit`` oldest; returns how many."""
        oldest = self._rows.all("SELECT n FROM events WHERE n > 0 ORDER BY n LIMIT :limit", {"limit": limit})
        if not oldest:
            return 0
        return self._rows.changed(
            "DELETE FROM events WHERE n >= :first AND n <= :last AND at < :before",
            {"first": oldest[0][0], "last": oldest[-1][0], "before": before},
        )
