"""What happens next in the test world, and which teams are in it."""

from __future__ import annotations

import json

from curtsy.domain.member import PAUSES
from curtsy.domain.task import ACTS, Task
from curtsy.storage.rows import Rows
from curtsy.storage.store.tasks import COLUMNS, as_task

_STOPS_ACTS = json.dumps([cause for cause, rule in PAUSES.items() if rule.acts])
_STOPS_READS = json.dumps([cause for cause, rule in PAUSES.items() if rule.reads])
_ACTS = json.dumps(sorted(ACTS))


class Rehearsals:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def team_for(self, team_id: str) -> str | None:
        """The team of the test world that rehearses for this one."""
        row = self._rows.one("SELECT id FROM teams WHERE rehearses = :team", {"team": team_id})
        return row[0] if row else None

    def add_team(self, rehearsing_id: str, team_id: str, name: str, now: int) -> None:
        self._rows.one(
            "INSERT INTO teams (id, name, created_at, rehearses) VALUES (:id, :name, :now, :team)",
            {"id": rehearsing_id, "name": name, "now": now, "team": team_id},
        )

    def waiting(self, now: int, limit: int) -> list[Task]:
        """Tasks of the test world that are due to begin, and whose members no pause keeps from it."""
        rows = self._rows.all(
            f"SELECT {COLUMNS} FROM tasks WHERE state = 'queued' AND not_before <= :now "
            "AND team_id IN (SELECT id FROM teams WHERE rehearses IS NOT NULL) "
            "AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.member_id = tasks.member_id AND lifted_at IS NULL "
            "AND (until IS NULL OR until > :now) "
            "AND (cause IN $EACH(:reads) OR (cause IN $EACH(:acts) AND kind IN $EACH(:kinds)))) "
            "ORDER BY id LIMIT :limit",
            {"now": now, "limit": limit, "reads": _STOPS_READS, "acts": _STOPS_ACTS, "kinds": _ACTS},
        )
        return [as_task(row) for row in rows]

    def plan(self, task: Task, step: str, due_at: int) -> None:
        """This happens next, at this time."""
        self._rows.one(
            "INSERT INTO rehearsals (task_id, team_id, step, due_at) VALUES (:task, :team, :step, :due) "
            "ON CONFLICT (task_id) DO UPDATE SET step = excluded.step, due_at = excluded.due_at",
            {"task": task.id, "team": task.team_id, "step": step, "due": due_at},
        )

    def due(self, now: int, limit: int) -> list[tuple[str, str]]:
        """Take what is due: tasks, and what happens to each."""
        rows = self._rows.all(
            "DELETE FROM rehearsals WHERE task_id IN (SELECT task_id FROM rehearsals WHERE due_at <= :now "
            "ORDER BY due_at LIMIT :limit) RETURNING task_id, step",
            {"now": now, "limit": limit},
        )
        return [(row[0], row[1]) for row in rows]

    def pauses_without_end(self, now: int, longest: int, limit: int) -> list[str]:
        """Shorten pauses of the test world that last longer than this; returns their members."""
        rows = self._rows.all(
            "UPDATE pauses SET until = since + :longest WHERE id IN (SELECT pauses.id FROM pauses "
            "JOIN teams ON teams.id = pauses.team_id WHERE teams.rehearses IS NOT NULL AND lifted_at IS NULL "
            "AND (until IS NULL OR until > since + :longest) LIMIT :limit) RETURNING member_id",
            {"longest": longest, "now": now, "limit": limit},
        )
        return [row[0] for row in rows]
