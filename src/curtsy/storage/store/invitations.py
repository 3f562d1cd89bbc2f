"""What became of invitations after they were sent, and when they are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.acceptance import InvitationState
from curtsy.storage.rows import Row, Rows

_COLUMNS = "task_id, team_id, member_id, profile_key, state, sent_at, accepted_at, checked_at, missed_at"


@dataclass(frozen=True, slots=True)
class Followed:
    """An invitation that was sent; times are milliseconds since 1970. ``missed_at``: first not found, if it was not."""

    task_id: str
    team_id: str
    member_id: str
    profile_key: str
    state: InvitationState
    sent_at: int
    accepted_at: int | None
    checked_at: int | None
    missed_at: int | None


def _followed(row: Row) -> Followed:
    return Followed(row[0], row[1], row[2], row[3], InvitationState(row[4]), *row[5:])


class Invitations:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def follow(self, task_id: str, team_id: str, member_id: str, profile_key: str, sent_at: int) -> None:
        """An invitation was sent: look for what becomes of it."""
        self._rows.one(
            "INSERT INTO invitations (task_id, team_id, member_id, profile_key, state, sent_at) "
            "VALUES (:task, :team, :member, :key, 'pending', :at) ON CONFLICT (task_id) DO NOTHING",
            {"task": task_id, "team": team_id, "member": member_id, "key": profile_key, "at": sent_at},
        )

    def of_task(self, task_id: str) -> Followed | None:
        row = self._rows.one(f"SELECT {_COLUMNS} FROM invitations WHERE task_id = :task", {"task": task_id})
        return _followed(row) if row else None

    def pending(self, member_id: str) -> list[Followed]:
        """What waits for an answer, the newest first."""
        rows = self._rows.all(
            f"SELECT {_COLUMNS} FROM invitations WHERE member_id = :member AND state = 'pending' ORDER BY sent_at DESC",
            {"member": member_id},
        )
        return [_followed(row) for row in rows]

    def of_person(self, member_id: str, profile_key: str) -> Followed | None:
        """What the member sent to this person and waits for an answer."""
        row = self._rows.one(
            f"SELECT {_COLUMNS} FROM invitations "
            "WHERE member_id = :member AND state = 'pending' AND profile_key = :key",
            {"member": member_id, "key": profile_key},
        )
        return _followed(row) if row else None

    def seen(self, task_id: str, now: int) -> None:
        """It is still pending."""
        self._rows.one(
            "UPDATE invitations SET checked_at = :now, missed_at = NULL WHERE task_id = :task",
            {"task": task_id, "now": now},
        )

    def missed(self, task_id: str, now: int) -> None:
        """It was not found; the first time counts."""
        self._rows.one(
            "UPDATE invitations SET checked_at = :now, missed_at = coalesce(missed_at, :now) WHERE task_id = :task",
            {"task": task_id, "now": now},
        )

    def end(self, task_id: str, state: InvitationState, now: int, accepted_at: int | None = None) -> bool:
        """pending -> accepted, withdrawn or gone; False when it was no longer pending."""
        return (
            self._rows.changed(
                "UPDATE invitations SET state = :state, accepted_at = :accepted, checked_at = :now "
                "WHERE task_id = :task AND state = 'pending'",
                {"task": task_id, "state": state, "accepted": accepted_at, "now": now},
            )
            == 1
        )

    def forget(self, tasks: str) -> None:
        """Drop what is known of tasks, a JSON list of ids, that are dropped themselves."""
        self._rows.one("DELETE FROM invitations WHERE task_id IN $EACH(:tasks)", {"tasks": tasks})

    # ------------------------------------------------------------------ when to look

    def look_by(self, member_id: str, team_id: str, due_at: int) -> None:
        """Look for a member's invitations at this time, or sooner where that was planned."""
        self._rows.one(
            "INSERT INTO checks (member_id, team_id, due_at) VALUES (:member, :team, :due) ON CONFLICT (member_id) "
            "DO UPDATE SET due_at = CASE WHEN checks.due_at < excluded.due_at THEN checks.due_at "
            "ELSE excluded.due_at END",
            {"member": member_id, "team": team_id, "due": due_at},
        )

    def look_at(self, member_id: str, due_at: int) -> None:
        """Look for them at this time."""
        self._rows.one(
            "UPDATE checks SET due_at = :due WHERE member_id = :member", {"member": member_id, "due": due_at}
        )

    def look_no_more(self, member_id: str) -> None:
        """Nothing is pending."""
        self._rows.one("DELETE FROM checks WHERE member_id = :member", {"member": member_id})

    def due(self, now: int, limit: int) -> list[tuple[str, str]]:
        """Members whose invitations are to be looked for, and their teams."""
        rows = self._rows.all(
            "SELECT member_id, team_id FROM checks WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
            {"now": now, "limit": limit},
        )
        return [(row[0], row[1]) for row in rows]

    # ------------------------------------------------------------------ made by hand

    def made_by_hand(self, account: str, found: Sequence[tuple[str, int]], now: int) -> None:
        """Keep invitations of a LinkedIn account that no task of ours made: whom, and when they were sent."""
        for profile_key, sent_at in found:
            self._rows.one(
                "INSERT INTO invitations_by_hand (account, profile_key, sent_at, seen_at) "
                "VALUES (:account, :key, :at, :now) ON CONFLICT (account, profile_key) "
                "DO UPDATE SET seen_at = excluded.seen_at",
                {"account": account, "key": profile_key, "at": sent_at, "now": now},
            )

    def by_hand(self, account: str, since: int) -> list[tuple[str, int]]:
        """What was made by hand since then: whom, and when."""
        rows = self._rows.all(
            "SELECT profile_key, sent_at FROM invitations_by_hand WHERE account = :account AND sent_at > :since "
            "ORDER BY sent_at",
            {"account": account, "since": since},
        )
        return [(row[0], row[1]) for row in rows]

    def forget_by_hand(self, before: int, limit: int) -> int:
        """Drop what was made by hand before then, at most so many; returns how many."""
        return self._rows.changed(
            "DELETE FROM invitations_by_hand WHERE (account, profile_key) IN (SELECT account, profile_key "
            "FROM invitations_by_hand WHERE sent_at < :before LIMIT :limit)",
            {"before": before, "limit": limit},
        )
