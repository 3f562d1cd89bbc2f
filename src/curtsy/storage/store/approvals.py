"""Invitations that wait for their member's yes, and what was done in a member's name."""

from __future__ import annotations

from curtsy.domain.task import Kind, Task
from curtsy.storage.rows import Row, Rows
from curtsy.storage.store.tasks import COLUMNS, as_task

_WAITING = (
    "FROM tasks WHERE member_id = :member AND kind = 'send_connection_request' AND state = 'queued' "
    "AND approved_at IS NULL ORDER BY id LIMIT :limit"
)
NOTHING_KNOWN = "{}"
"""What is kept of a person who was, or is being, read: nothing yet."""


class Approvals:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def waiting(self, member_id: str, limit: int) -> list[tuple[Task, str | None]]:
        """What nobody said yes to, oldest first, each with what is known of its person (JSON)."""
        rows = self._rows.all(f"SELECT {COLUMNS}, person {_WAITING}", {"member": member_id, "limit": limit})
        return [(as_task(row[:-1]), row[-1]) for row in rows]

    def count(self, member_id: str, most: int) -> int:
        """How many those are; ``most`` stands for any number from there."""
        row = self._rows.one(
            f"SELECT count(*) FROM (SELECT 1 {_WAITING}) AS found", {"member": member_id, "limit": most}
        )
        return int(row[0]) if row else 0

    def unread(self, member_id: str, ahead: int) -> list[Task]:
        """Those of the next so many whose person nobody has asked after yet."""
        return [task for task, person in self.waiting(member_id, ahead) if person is None]

    def approve(self, task: Task, now: int) -> bool:
        """The member said yes; False when that was said before, or it waits no more."""
        changed = self._rows.changed(
            "UPDATE tasks SET approved_at = :now WHERE id = :id AND state IN ('queued', 'leased') "
            "AND approved_at IS NULL",
            {"id": task.id, "now": now},
        )
        return changed == 1

    def keep_person(self, task_id: str, person: str) -> None:
        """Who an invitation is for, as JSON; not of one that has ended."""
        self._rows.one(
            "UPDATE tasks SET person = :person WHERE id = :id AND finished_at IS NULL",
            {"id": task_id, "person": person},
        )

    def of_invitation(self, member_id: str, key: str) -> Task | None:
        """The read of a person that waits, by the invitation it is for."""
        row = self._rows.one(
            f"SELECT {COLUMNS} FROM tasks WHERE member_id = :member AND kind = :kind AND state = 'queued' "
            "AND profile_key = :key",
            {"member": member_id, "kind": Kind.READ_PERSON, "key": key},
        )
        return as_task(row) if row else None

    def acts(self, account: str, limit: int) -> list[Row]:
        """The last acts of a LinkedIn account: task, kind, state, code, person asked for and found, note, times."""
        return self._rows.all(
            "SELECT tasks.id, kind, tasks.state, code, profile_urn, profile_slug, resolved_urn, person, note, "
            "attempts.started_at, invitations.state FROM attempts JOIN tasks ON tasks.id = attempts.task_id "
            "LEFT JOIN invitations ON invitations.task_id = tasks.id "
            "WHERE attempts.account = :account AND spent = 1 ORDER BY attempts.started_at DESC, attempts.lease_id DESC "
            "LIMIT :limit",
            {"account": account, "limit": limit},
        )
