"""Attempts (one a lease), what they spent of the member's pace, and the evidence they left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.task import Kind
from curtsy.storage.rows import Rows

LATE = "late"
"""The source of evidence that came after its lease had been answered or lost, and settled nothing."""
MOST_SIGHTS = 20
"""As much evidence is kept of one lease."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One lease and what came of it."""

    lease_id: str
    task_id: str
    member_id: str
    agent_id: str
    account: str
    purpose: str
    leased_at: int
    started_at: int | None
    finished_at: int | None
    outcome: str | None
    linkedin_code: str | None
    state_after: str | None
    spent: int


_COLUMNS = (
    "lease_id, task_id, member_id, agent_id, account, purpose, leased_at, started_at, finished_at, outcome, "
    "linkedin_code, state_after, spent"
)


class Attempts:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(
        self,
        *,
        lease: str,
        task: str,
        member: str,
        agent: str,
        account: str,
        purpose: str,
        now: int,
        read_kind: Kind | None = None,
    ) -> None:
        """Keep a lease; ``read_kind`` for what a caller asked to be read."""
        self._rows.one(
            "INSERT INTO attempts (lease_id, task_id, member_id, agent_id, account, purpose, leased_at, read_kind) "
            "VALUES (:lease, :task, :member, :agent, :account, :purpose, :now, :read_kind)",
            {
                "lease": lease,
                "task": task,
                "member": member,
                "agent": agent,
                "account": account,
                "purpose": purpose,
                "now": now,
                "read_kind": read_kind,
            },
        )

    def get(self, lease_id: str) -> Attempt | None:
        row = self._rows.one(f"SELECT {_COLUMNS} FROM attempts WHERE lease_id = :lease", {"lease": lease_id})
        return Attempt(*row) if row else None

    def start(self, lease_id: str, now: int, *, noted: bool) -> None:
        """The act is about to happen: from here it is spent, and so is its note."""
        self._rows.one(
            "UPDATE attempts SET started_at = :now, spent = 1, noted = :noted WHERE lease_id = :lease",
            {"lease": lease_id, "now": now, "noted": int(noted)},
        )

    def notes(self, account: str, since: int) -> list[int]:
        """When a LinkedIn account sent a note, or may have, after ``since``; the oldest first."""
        rows = self._rows.all(
            "SELECT started_at FROM attempts WHERE account = :account AND noted = 1 AND started_at > :since "
            "ORDER BY started_at",
            {"account": account, "since": since},
        )
        return [row[0] for row in rows]

    def reads(self, member_id: str, kinds: Sequence[Kind], since: int) -> list[tuple[int, Kind]]:
        """What was read in a member's name for callers after ``since``: when and what, the oldest first."""
        rows = self._rows.all(
            "SELECT leased_at, read_kind FROM attempts WHERE member_id = :member AND read_kind IN $EACH(:kinds) "
            "AND leased_at > :since AND (outcome IS NULL OR outcome NOT IN ('released', 'not_attempted')) "
            "ORDER BY leased_at",
            {"member": member_id, "kinds": json.dumps(kinds), "since": since},
        )
        return [(row[0], Kind(row[1])) for row in rows]

    def finish(
        self,
        lease_id: str,
        now: int,
        *,
        outcome: str,
        code: str | None,
        state: str,
        unspent: bool,
        unsent: bool = False,
    ) -> None:
        """Keep what came of it.

        ``unspent``: it turned out that nothing was done; ``unsent``: or that at least nothing went out, nor a note.
        """
        self._rows.one(
            "UPDATE attempts SET finished_at = :now, outcome = :outcome, linkedin_code = :code, state_after = :state, "
            "spent = CASE WHEN :unspent = 1 THEN 0 ELSE spent END, "
            "noted = CASE WHEN :unsent = 1 THEN 0 ELSE noted END WHERE lease_id = :lease",
            {
                "lease": lease_id,
                "now": now,
                "outcome": outcome,
                "code": code,
                "state": state,
                "unspent": int(unspent),
                "unsent": int(unspent or unsent),
            },
        )

    def in_doubt(self, task_id: str) -> int:
        """How many acts of a task were never answered for certain."""
        row = self._rows.one(
            "SELECT count(*) FROM attempts WHERE task_id = :task AND started_at IS NOT NULL "
            "AND (outcome IS NULL OR outcome = 'unknown')",
            {"task": task_id},
        )
        return int(row[0]) if row else 0

    def put_right(self, now: int) -> None:
        """Acts and reads that a wrong clock dated in the future happened by now."""
        self._rows.one("UPDATE attempts SET started_at = :now WHERE spent = 1 AND started_at > :now", {"now": now})
        self._rows.one(
            "UPDATE attempts SET leased_at = :now WHERE read_kind IS NOT NULL AND leased_at > :now", {"now": now}
        )

    def last_outcomes(self, member_id: str, limit: int) -> list[tuple[str, str | None]]:
        """Outcomes and LinkedIn codes of a member's last acts that were answered, newest first."""
        rows = self._rows.all(
            "SELECT outcome, linkedin_code FROM attempts WHERE member_id = :member AND finished_at IS NOT NULL "
            "AND started_at IS NOT NULL AND outcome IS NOT NULL ORDER BY finished_at DESC LIMIT :limit",
            {"member": member_id, "limit": limit},
        )
        return [(row[0], row[1]) for row in rows]

    def witness(self, *, task: str, lease: str, now: int, source: str, body: str) -> None:
        """Keep evidence; it is never changed or removed by what comes after. A lease may say so much, and no more."""
        self._rows.one(
            "INSERT INTO evidence (task_id, lease_id, at, source, body) SELECT :task, :lease, :now, :source, :body "
            "WHERE (SELECT count(*) FROM evidence WHERE task_id = :task AND lease_id = :lease) < :most",
            {"task": task, "lease": lease, "now": now, "source": source, "body": body, "most": MOST_SIGHTS},
        )

    def evidence(self, task_id: str) -> list[tuple[int, str, str]]:
        """Everything seen about a task, oldest first: when, from where, what (JSON)."""
        rows = self._rows.all(
            "SELECT at, source, body FROM evidence WHERE task_id = :task ORDER BY n", {"task": task_id}
        )
        return [(row[0], row[1], row[2]) for row in rows]
