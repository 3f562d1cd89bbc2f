"""What became of invitations after they were sent, and when they are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.acceptance import HOUR_MS, InvitationState
from curtsy.domain.task import ABSENCE_AFTER_MS, OUR_CLOCKS_MS
from curtsy.storage.rows import Row, Rows

ANOTHER_MS = HOUR_MS
"""Two invitations of one person that are this far apart are two."""
LANDED_MS = ABSENCE_AFTER_MS + OUR_CLOCKS_MS
"""What was started longer ago than this has not become an invitation now."""

_COLUMNS = "task_id, team_id, member_id, profile_key, state, sent_at, accepted_at, checked_at, missed_at, account"


@dataclass(frozen=True, slots=True)
class Followed:
    """An invitation that was sent; times are milliseconds since 1970.

    ``checked_at``: when a whole look was last made for it; ``missed_at``: when it was first not found, if it was not;
    ``account``: the LinkedIn account that sent it, if that is known.
    """

    task_id: str
    team_id: str
    member_id: str
    profile_key: str
    state: InvitationState
    sent_at: int
    accepted_at: int | None
    checked_at: int | None
    missed_at: int | None
    account: str | None


def _followed(row: Row) -> Followed:
    return Followed(row[0], row[1], row[2], row[3], InvitationState(row[4]), *row[5:])


class Invitations:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def follow(
        self,
        task_id: str,
        team_id: str,
        member_id: str,
        profile_key: str,
        sent_at: int,
        account: str | None,
        note_hash: str | None,
    ) -> None:
        """An invitation was sent: look for what becomes of it."""
        self._rows.one(
            "INSERT INTO invitations (task_id, team_id, member_id, profile_key, state, sent_at, account, note_hash) "
            "VALUES (:task, :team, :member, :key, 'pending', :at, :account, :note) ON CONFLICT (task_id) DO NOTHING",
            {
                "task": task_id, "team": team_id, "member": member_id, "key": profile_key, "at": sent_at,
                "account": account, "note": note_hash,
            },
        )  # fmt: skip

    def same_note(self, member_id: str, note_hash: str, since: int, most: int) -> int:
        """To how many people a member sent this very note since then; ``most`` stands for any number from there."""
        row = self._rows.one(
            "SELECT count(*) FROM (SELECT 1 FROM invitations WHERE member_id = :member AND note_hash = :note "
            "AND sent_at > :since LIMIT :most) AS sent",
            {"member": member_id, "note": note_hash, "since": since, "most": most},
        )
        return int(row[0]) if row else 0

    def most_sent_note(self, member_id: str, since: int) -> int:
        """To how many people the note went since then that a member sent most often."""
        row = self._rows.one(
            "SELECT count(*) AS times FROM invitations WHERE member_id = :member AND note_hash IS NOT NULL "
            "AND sent_at > :since GROUP BY note_hash ORDER BY times DESC LIMIT 1",
            {"member": member_id, "since": since},
        )
        return int(row[0]) if row else 0

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

    def come_back(self, account: str, team_id: str, member_id: str) -> list[str]:
        """What a LinkedIn account sent for members who have left the team is this member's now; for whom it waits."""
        rows = self._rows.all(
            "UPDATE invitations SET member_id = :member WHERE account = :account AND state = 'pending' "
            "AND member_id IN (SELECT id FROM members WHERE team_id = :team AND removed_at IS NOT NULL) "
            "RETURNING profile_key",
            {"account": account, "team": team_id, "member": member_id},
        )
        return [row[0] for row in rows]

    def found(self, task_id: str) -> None:
        """It waits after all."""
        self._rows.one("UPDATE invitations SET missed_at = NULL WHERE task_id = :task", {"task": task_id})

    def of_person(self, member_id: str, profile_key: str) -> Followed | None:
        """What the member sent to this person and waits for an answer."""
        row = self._rows.one(
            f"SELECT {_COLUMNS} FROM invitations "
            "WHERE member_id = :member AND state = 'pending' AND profile_key = :key",
            {"member": member_id, "key": profile_key},
        )
        return _followed(row) if row else None

    def missed(self, task_id: str, now: int) -> None:
        """It was not found; the first time counts."""
        self._rows.one(
            "UPDATE invitations SET missed_at = coalesce(missed_at, :now) WHERE task_id = :task",
            {"task": task_id, "now": now},
        )

    def looked(self, member_id: str, account: str, since: int, now: int) -> None:
        """A whole look was made, for all that waits but what was first heard of meanwhile and was sent before then."""
        self._rows.one(
            "UPDATE invitations SET checked_at = :now WHERE member_id = :member AND state = 'pending' "
            "AND (account IS NULL OR account = :account) AND (checked_at IS NOT NULL OR sent_at >= :since)",
            {"member": member_id, "account": account, "since": since, "now": now},
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
        """Drop what is known of those of the tasks, a JSON list of ids, that are no more."""
        self._rows.one(
            "DELETE FROM invitations WHERE task_id IN $EACH(:tasks) "
            "AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.id = invitations.task_id)",
            {"tasks": tasks},
        )

    def put_right(self, now: int) -> None:
        """Free what a wrong clock wrote: nothing lies in the future, nothing was missed, and the next look is whole."""
        for sql in (
            "UPDATE invitations SET checked_at = NULL, missed_at = NULL, "
            "sent_at = CASE WHEN sent_at > :now THEN :now ELSE sent_at END WHERE state = 'pending'",
            "UPDATE invitations_by_hand SET sent_at = :now WHERE sent_at > :now",
            "UPDATE checks SET due_at = :now WHERE due_at > :now",
        ):
            self._rows.one(sql, {"now": now})

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
        """Nothing is pending, or nobody can look."""
        self._rows.one("DELETE FROM checks WHERE member_id = :member", {"member": member_id})

    def due(self, now: int, limit: int) -> list[tuple[str, str]]:
        """Members whose invitations are to be looked for, and their teams."""
        rows = self._rows.all(
            "SELECT member_id, team_id FROM checks WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
            {"now": now, "limit": limit},
        )
        return [(row[0], row[1]) for row in rows]

    # ------------------------------------------------------------------ made by hand

    def keep_hand_made(self, account: str, found: Sequence[tuple[str, int]], now: int) -> None:
        """Keep invitations of a LinkedIn account that no task of ours made: whom, and when they were sent.

        One that was sent within minutes of a start of ours for that person is ours, whatever became of its task. The
        time of one that is known stays, as ages are read to the second only; a later invitation takes its place.
        """
        for profile_key, sent_at in found:
            self._rows.one(
                "INSERT INTO invitations_by_hand (account, profile_key, sent_at, seen_at) "
                "SELECT :account, :key, :at, :now WHERE NOT EXISTS (SELECT 1 FROM attempts "
                "JOIN tasks ON tasks.id = attempts.task_id WHERE account = :account AND spent = 1 "
                "AND attempts.started_at > :from AND attempts.started_at < :until AND profile_key = :key) "
                "ON CONFLICT (account, profile_key) DO UPDATE SET seen_at = excluded.seen_at, "
                "sent_at = CASE WHEN excluded.sent_at > invitations_by_hand.sent_at + :later THEN excluded.sent_at "
                "ELSE invitations_by_hand.sent_at END",
                {
                    "account": account, "key": profile_key, "at": sent_at, "now": now, "later": ANOTHER_MS,
                    "from": sent_at - LANDED_MS, "until": sent_at + OUR_CLOCKS_MS,
                },
            )  # fmt: skip

    def hand_made(self, account: str, since: int) -> list[tuple[str, int]]:
        """What a LinkedIn account sent by hand since then, as far as it was seen: whom, and when; the oldest first."""
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
