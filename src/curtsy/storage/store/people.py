"""What is known of the people invited: ids behind names, and who may not be invited again yet."""

from __future__ import annotations

import json
from collections.abc import Sequence

from curtsy.storage.rows import Rows


class People:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def ids_of(self, asked: Sequence[tuple[str, str]], since: int) -> dict[tuple[str, str], str]:
        """For each team and name: the profile id LinkedIn gave one of the team's browsers after ``since``."""
        rows = self._rows.all(
            "SELECT team_id, name, profile_id FROM known_names "
            "WHERE (team_id, name) IN $PAIRS(:asked) AND seen_at > :since",
            {"asked": json.dumps(asked), "since": since},
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def knows(self, team_id: str, name: str, profile_id: str, now: int) -> None:
        """Remember what LinkedIn resolved a name to."""
        self._rows.one(
            "INSERT INTO known_names (team_id, name, profile_id, seen_at) VALUES (:team, :name, :id, :now) "
            "ON CONFLICT (team_id, name) DO UPDATE SET profile_id = excluded.profile_id, seen_at = excluded.seen_at",
            {"team": team_id, "name": name, "id": profile_id, "now": now},
        )

    def forget_names(self, before: int, limit: int) -> int:
        """Drop names that were resolved before then, at most ``limit``; returns how many."""
        return self._rows.changed(
            "DELETE FROM known_names WHERE (team_id, name) IN "
            "(SELECT team_id, name FROM known_names WHERE seen_at < :before LIMIT :limit)",
            {"before": before, "limit": limit},
        )

    def forget_cooled(self, now: int, limit: int) -> int:
        """Drop what has been waited for, at most ``limit``; returns how many."""
        return self._rows.changed(
            "DELETE FROM cooldowns WHERE (member_id, profile_key) IN "
            "(SELECT member_id, profile_key FROM cooldowns WHERE until <= :now LIMIT :limit)",
            {"now": now, "limit": limit},
        )

    def cool_down(self, member_id: str, profile_key: str, until: int) -> None:
        self._rows.one(
            "INSERT INTO cooldowns (member_id, profile_key, until) VALUES (:member, :key, :until) "
            "ON CONFLICT (member_id, profile_key) DO UPDATE SET until = excluded.until",
            {"member": member_id, "key": profile_key, "until": until},
        )

    def cooling(self, asked: Sequence[tuple[str, str]], now: int) -> dict[tuple[str, str], int]:
        """For each member and person who may not be invited again yet: until when."""
        rows = self._rows.all(
            "SELECT member_id, profile_key, until FROM cooldowns "
            "WHERE (member_id, profile_key) IN $PAIRS(:asked) AND until > :now",
            {"asked": json.dumps(asked), "now": now},
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def cooling_until(self, member_id: str, profile_key: str, now: int) -> int | None:
        """Until when this member may not invite this person."""
        row = self._rows.one(
            "SELECT until FROM cooldowns WHERE member_id = :member AND profile_key = :key AND until > :now",
            {"member": member_id, "key": profile_key, "now": now},
        )
        return row[0] if row else None
