"""What is known of the people invited: ids behind names, and who may not be invited again yet."""

from __future__ import annotations

from curtsy.storage.rows import Rows


class People:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def id_of(self, team_id: str, name: str, since: int) -> str | None:
        """The profile id LinkedIn gave one of the team's browsers for this name, if that was after ``since``."""
        row = self._rows.one(
            "SELECT profile_id FROM known_names WHERE team_id = :team AND name = :name AND seen_at > :since",
            {"team": team_id, "name": name, "since": since},
        )
        return row[0] if row else None

    def knows(self, team_id: str, name: str, profile_id: str, now: int) -> None:
        """Remember what LinkedIn resolved a name to."""
        self._rows.one(
            "INSERT INTO known_names (team_id, name, profile_id, seen_at) VALUES (:team, :name, :id, :now) "
            "ON CONFLICT (team_id, name) DO UPDATE SET profile_id = excluded.profile_id, seen_at = excluded.seen_at",
            {"team": team_id, "name": name, "id": profile_id, "now": now},
        )

    def cool_down(self, member_id: str, profile_key: str, until: int) -> None:
        self._rows.one(
            "INSERT INTO cooldowns (member_id, profile_key, until) VALUES (:member, :key, :until) "
            "ON CONFLICT (member_id, profile_key) DO UPDATE SET until = excluded.until",
            {"member": member_id, "key": profile_key, "until": until},
        )

    def any_cooling(self, member_id: str, now: int) -> bool:
        """Whether there is anyone this member may not invite again yet."""
        row = self._rows.one(
            "SELECT 1 FROM cooldowns WHERE member_id = :member AND until > :now LIMIT 1",
            {"member": member_id, "now": now},
        )
        return row is not None

    def cooling_until(self, member_id: str, profile_key: str, now: int) -> int | None:
        """Until when this member may not invite this person."""
        row = self._rows.one(
            "SELECT until FROM cooldowns WHERE member_id = :member AND profile_key = :key AND until > :now",
            {"member": member_id, "key": profile_key, "now": now},
        )
        return row[0] if row else None
