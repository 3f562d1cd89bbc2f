"""What is known of the people invited: ids behind names, and who may not be invited again yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from curtsy.storage.rows import Rows

_COOLING = "member_id, team_id, profile_key, other_key, reason, since, until"
_LONGER = (
    "ON CONFLICT (member_id, profile_key) DO UPDATE SET "
    "team_id = coalesce(excluded.team_id, cooldowns.team_id), "
    "other_key = coalesce(excluded.other_key, cooldowns.other_key), "
    "reason = CASE WHEN excluded.until < cooldowns.until THEN cooldowns.reason ELSE excluded.reason END, "
    "since = CASE WHEN excluded.until < cooldowns.until THEN cooldowns.since ELSE excluded.since END, "
    "until = CASE WHEN excluded.until < cooldowns.until THEN cooldowns.until ELSE excluded.until END"
)


class Cooling(NamedTuple):
    """A person who is left alone until a time (milliseconds since 1970), by a member, or by the whole team.

    ``other_key``: the name under which they were asked, where that is not what they are known by. What is pending has
    no end that can be said: its ``until`` is 0.
    """

    member_id: str
    team_id: str | None
    profile_key: str
    other_key: str | None
    reason: str
    since: int
    until: int


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

    def knows(self, team_id: str, names: Mapping[str, str], now: int) -> None:
        """Remember what LinkedIn resolved names to."""
        if names:
            self._rows.many(
                "INSERT INTO known_names (team_id, name, profile_id, seen_at) VALUES (:team, :name, :id, :now) ON "
                "CONFLICT (team_id, name) DO UPDATE SET profile_id = excluded.profile_id, seen_at = excluded.seen_at",
                [{"team": team_id, "name": name, "id": names[name], "now": now} for name in sorted(names)],
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

    def cool_down(
        self, member_id: str, profile_key: str, other_key: str | None, team_id: str | None, *, reason: str, now: int,
        until: int,
    ) -> None:  # fmt: skip
        """Leave a person alone until then; for the whole team where it is named. What lasts longer stays."""
        self._rows.one(
            "INSERT INTO cooldowns (member_id, profile_key, other_key, team_id, reason, since, until) VALUES "
            f"(:member, :key, :other, :team, :reason, :now, :until) {_LONGER}",
            {
                "member": member_id, "key": profile_key, "other": other_key, "team": team_id, "reason": reason,
                "now": now, "until": until,
            },
        )  # fmt: skip

    def cooling(
        self, members: Sequence[tuple[str, str]], teams: Sequence[tuple[str, str]], now: int, unseen_since: int
    ) -> list[Cooling]:
        """What keeps these members, or these whole teams, from these people; the second of a pair is a person's key.

        Invitations that wait are among it, unless nobody looked for them since ``unseen_since`` or their sender is a
        member no more. All in one statement: what waits may turn into the other at any moment, and back.
        """
        rows = self._rows.all(
            f"SELECT {_COOLING} FROM cooldowns WHERE (member_id, profile_key) IN $PAIRS(:members) AND until > :now "
            f"UNION ALL SELECT {_COOLING} FROM cooldowns "
            "WHERE team_id IS NOT NULL AND (team_id, profile_key) IN $PAIRS(:teams) AND until > :now "
            f"UNION ALL SELECT {_COOLING} FROM cooldowns WHERE team_id IS NOT NULL AND other_key IS NOT NULL "
            "AND (team_id, other_key) IN $PAIRS(:teams) AND until > :now "
            "UNION ALL SELECT member_id, team_id, profile_key, NULL, 'pending', sent_at, 0 FROM invitations "
            "WHERE (team_id, profile_key) IN $PAIRS(:teams) AND state = 'pending' "
            "AND coalesce(checked_at, sent_at) > :unseen_since AND EXISTS (SELECT 1 FROM members "
            "WHERE members.id = invitations.member_id AND members.removed_at IS NULL)",
            {
                "members": json.dumps(members),
                "teams": json.dumps(teams),
                "now": now,
                "unseen_since": unseen_since,
            },
        )
        return [Cooling(*row) for row in rows]

    def cool_down_behind(self, member_id: str, *, reason: str, now: int, until: int) -> None:
        """Let a whole team leave those alone whom a member of it waits for an answer of. What lasts longer stays."""
        self._rows.one(
            "INSERT INTO cooldowns (member_id, profile_key, other_key, team_id, reason, since, until) "
            "SELECT invitations.member_id, invitations.profile_key, "
            "CASE WHEN substr(invitations.profile_key, 1, 3) <> 'in/' THEN 'in/' || coalesce(tasks.profile_slug, "
            "(SELECT min(name) FROM known_names WHERE known_names.team_id = invitations.team_id "
            "AND known_names.profile_id = invitations.profile_key)) END, "
            "invitations.team_id, :reason, :now, :until "
            "FROM invitations LEFT JOIN tasks ON tasks.id = invitations.task_id "
            f"WHERE invitations.member_id = :member AND invitations.state = 'pending' {_LONGER}",
            {"member": member_id, "reason": reason, "now": now, "until": until},
        )

    def cool_down_with(self, account: str, team_id: str, member_id: str, *, reason: str, now: int) -> None:
        """What keeps a LinkedIn account from people, whoever of the team acted with it, keeps this member from them."""
        self._rows.one(
            "INSERT INTO cooldowns (member_id, profile_key, other_key, team_id, reason, since, until) "
            "SELECT DISTINCT :member, profile_key, other_key, NULL, reason, since, until FROM cooldowns "
            "JOIN agents ON agents.member_id = cooldowns.member_id AND agents.account = :account "
            "AND agents.created_at <= since AND (revoked_at IS NULL OR revoked_at >= since) "
            "WHERE agents.team_id = :team AND agents.member_id <> :member AND reason = :reason AND until > :now "
            "ON CONFLICT (member_id, profile_key) DO NOTHING",
            {"account": account, "team": team_id, "member": member_id, "reason": reason, "now": now},
        )

    def cool_no_more_behind(self, team_id: str, profile_keys: Sequence[str], reason: str) -> None:
        """Somebody can look again at what waits for these people."""
        self._rows.one(
            "DELETE FROM cooldowns WHERE team_id = :team AND profile_key IN $EACH(:keys) AND reason = :reason",
            {"team": team_id, "keys": json.dumps(profile_keys), "reason": reason},
        )

    def cooling_in(self, team_id: str, now: int, limit: int) -> list[Cooling]:
        """Whom a team, or somebody in it, leaves alone for a time; the newest first."""
        rows = self._rows.all(
            f"SELECT {_COOLING} FROM cooldowns WHERE member_id IN (SELECT id FROM members WHERE team_id = :team) "
            "AND until > :now ORDER BY since DESC, profile_key LIMIT :limit",
            {"team": team_id, "now": now, "limit": limit},
        )
        return [Cooling(*row) for row in rows]

    def cool_no_more(self, team_id: str, keys: Sequence[str], now: int) -> list[Cooling]:
        """Drop what a team, and everybody in it, waits for with this person; returns what that was."""
        rows = self._rows.all(
            "DELETE FROM cooldowns WHERE member_id IN (SELECT id FROM members WHERE team_id = :team) "
            "AND (profile_key IN $EACH(:keys) OR other_key IN $EACH(:keys)) AND until > :now "
            f"RETURNING {_COOLING}",
            {"team": team_id, "keys": json.dumps(keys), "now": now},
        )
        return [Cooling(*row) for row in rows]

    def names_of(self, team_id: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """The names under which a team's browsers found each of these people, by profile id; the newest first."""
        rows = self._rows.all(
            "SELECT profile_id, name FROM known_names WHERE team_id = :team AND profile_id IN $EACH(:ids) "
            "ORDER BY seen_at DESC, name",
            {"team": team_id, "ids": json.dumps(ids)},
        )
        found: dict[str, list[str]] = {}
        for profile_id, name in rows:
            found.setdefault(profile_id, []).append(name)
        return found

    def unnamed(self, team_id: str, ids: Sequence[str]) -> list[str]:
        """Those of the people whom the team leaves alone for a time, and whose name is not kept with that."""
        rows = self._rows.all(
            "SELECT profile_key FROM cooldowns WHERE team_id = :team AND profile_key IN $EACH(:ids) "
            "AND other_key IS NULL",
            {"team": team_id, "ids": json.dumps(ids)},
        )
        return [row[0] for row in rows]

    def cools_as(self, team_id: str, profile_id: str, other_key: str) -> None:
        """Whoever of the team waits for this person waits for them under this name too."""
        self._rows.one(
            "UPDATE cooldowns SET other_key = :other WHERE team_id = :team AND profile_key = :id AND other_key IS NULL",
            {"team": team_id, "id": profile_id, "other": other_key},
        )
