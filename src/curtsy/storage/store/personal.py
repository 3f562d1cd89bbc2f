"""What is kept of one person, wherever it is: to be shown to a member, or erased for somebody who was invited."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import NamedTuple

from curtsy.storage.rows import Row, Rows

OF_MEMBER: dict[str, str] = {
    "members": (
        "SELECT id, email, name, role, joined_at, removed_at, day, week, spacing_from_s, spacing_to_s, hours, "
        "warm_up, warm_from, profile_reads, connection_reads, approve_first, own_day, own_week "
        "FROM members WHERE id = :member"
    ),
    "sessions": "SELECT expires_at, lent_by FROM sessions WHERE member_id = :member OR lent_by = :member",
    "sign_ins": "SELECT expires_at, used_at, lent_by FROM sign_ins WHERE member_id = :member OR lent_by = :member",
    "pairing_codes": "SELECT expires_at, used_at, agent_id FROM pairing_codes WHERE member_id = :member",
    "agents": (
        "SELECT id, installation_id, browser, version, account, account_name, seen_account, paused, outdated, "
        "created_at, last_seen_at, revoked_at, premium FROM agents WHERE member_id = :member"
    ),
    "pauses": "SELECT id, cause, since, until, lifted_at, lifted_by FROM pauses WHERE member_id = :member",
    "checks": "SELECT due_at FROM checks WHERE member_id = :member",
    "cooldowns": "SELECT profile_key, other_key, reason, since, until FROM cooldowns WHERE member_id = :member",
    "invitations_by_hand": (
        "SELECT account, profile_key, sent_at, seen_at FROM invitations_by_hand WHERE account IN (SELECT "
        "account FROM agents WHERE member_id = :member)"
    ),
    "invitations": (
        "SELECT task_id, profile_key, state, sent_at, accepted_at, checked_at, account FROM invitations WHERE "
        "member_id = :member"
    ),
    "tasks": (
        "SELECT id, kind, state, profile_urn, profile_slug, resolved_urn, note, metadata, question, "
        "created_at, updated_at, not_before, expires_at, started_at, finished_at, attempts, acts, output, "
        "code, error, same_as, approved_at, person FROM tasks WHERE member_id = :member"
    ),
    "attempts": (
        "SELECT task_id, agent_id, account, purpose, leased_at, started_at, finished_at, outcome, "
        "linkedin_code, state_after FROM attempts WHERE member_id = :member"
    ),
    "evidence": (
        "SELECT task_id, at, source, body FROM evidence WHERE task_id IN (SELECT id FROM tasks WHERE "
        "member_id = :member)"
    ),
    "events": "SELECT id, type, task_id, at, data FROM events WHERE member_id = :member",
    "do_not_contact": (
        "SELECT profile, reason, added_by, added_at FROM do_not_contact WHERE team_id = :team AND added_by = :name"
    ),
    "lifted": (
        "SELECT what, profile, reason, lifted_by, lifted_at FROM lifted WHERE team_id = :team AND lifted_by = :name"
    ),
}
"""Every table that says something of a member: what is shown of the rows that are theirs.

Hashes of secrets are left out: they open nothing, and say nothing of anybody.
"""


class Trace(NamedTuple):
    """What a task keeps of the person it was about; ``output`` of a page of connections only."""

    id: str
    team_id: str
    kind: str
    ended: bool
    profile_key: str
    profile_urn: str | None
    profile_slug: str | None
    resolved_urn: str | None
    output: str | None


class Personal:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def of_member(self, table: str, member_id: str, team_id: str, name: str) -> list[dict[str, object]]:
        """What a table says of a member."""
        sql = OF_MEMBER[table]
        values = {"member": member_id, "team": team_id, "name": name}
        rows = self._rows.all(sql, {word: value for word, value in values.items() if f":{word}" in sql})
        columns = sql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    # ------------------------------------------------------------------ somebody who was invited

    def traces(self, after: str, limit: int) -> list[Trace]:
        """Some tasks of all teams, in the order of their ids, after this one."""
        rows = self._rows.all(
            "SELECT id, team_id, kind, finished_at, profile_key, profile_urn, profile_slug, resolved_urn, "
            "CASE WHEN kind = 'fetch_connections' THEN output ELSE NULL END FROM tasks "
            "WHERE id > :after ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )
        return [Trace(row[0], row[1], row[2], row[3] is not None, *row[4:]) for row in rows]

    def output(self, task_id: str) -> str | None:
        row = self._rows.one("SELECT output FROM tasks WHERE id = :id", {"id": task_id})
        return row[0] if row else None

    def erase_task(self, task_id: str, profile_key: str, output: str | None) -> None:
        """Of a finished task keep that it was, and what came of it; the person is known by another key from now on."""
        self._rows.one(
            "UPDATE tasks SET profile_key = :key, profile_urn = NULL, profile_slug = NULL, resolved_urn = NULL, "
            "note = NULL, metadata = NULL, person = NULL, output = :output, wiped = 1 WHERE id = :id",
            {"id": task_id, "key": profile_key, "output": output},
        )
        for table in ("evidence", "task_metadata", "invitations"):
            self._rows.one("DELETE FROM " + table + " WHERE task_id = :id", {"id": task_id})

    def keep_output(self, task_id: str, output: str) -> None:
        self._rows.one("UPDATE tasks SET output = :output WHERE id = :id", {"id": task_id, "output": output})

    def forget_names(self, team_id: str, ids: Collection[str], slugs: Collection[str]) -> None:
        """What a name stands for, and whose name it is, is no longer known."""
        self._rows.one(
            "DELETE FROM known_names WHERE team_id = :team AND (profile_id IN $EACH(:ids) OR name IN $EACH(:slugs))",
            {"team": team_id, "ids": _list(ids), "slugs": _list(slugs)},
        )

    def forget_cooldowns(self, team_id: str, keys: Collection[str]) -> None:
        self._rows.one(
            "DELETE FROM cooldowns WHERE member_id IN (SELECT id FROM members WHERE team_id = :team) "
            "AND (profile_key IN $EACH(:keys) OR other_key IN $EACH(:keys))",
            {"team": team_id, "keys": _list(keys)},
        )

    def forget_by_hand(self, team_id: str, profile_id: str, instead: str) -> None:
        """An invitation made by hand goes on to count, and says no longer whom it was for."""
        self._rows.one(
            "UPDATE invitations_by_hand SET profile_key = :instead WHERE profile_key = :id "
            "AND account IN (SELECT account FROM agents WHERE team_id = :team)",
            {"team": team_id, "id": profile_id, "instead": instead},
        )

    def forget_lifted(self, team_id: str, texts: Collection[str], instead: str) -> None:
        """That something was lifted stays, and by whom."""
        self._rows.one(
            "UPDATE lifted SET profile = NULL, reason = :instead, stood_because = "
            "CASE WHEN what = 'do_not_contact' THEN :instead ELSE stood_because END "
            "WHERE team_id = :team AND profile IN $EACH(:texts)",
            {"team": team_id, "texts": _list(texts), "instead": instead},
        )

    def events(self, after: int, limit: int) -> list[Row]:
        """Some events of all teams, after this one: number, task, data."""
        return self._rows.all(
            "SELECT n, task_id, data FROM events WHERE n > :after ORDER BY n LIMIT :limit",
            {"after": after, "limit": limit},
        )

    def keep_event(self, n: int, data: str) -> None:
        self._rows.one("UPDATE events SET data = :data WHERE n = :n", {"n": n, "data": data})

    def messages(self, after: str, limit: int) -> list[Row]:
        """Some messages to webhook endpoints: id and body."""
        return self._rows.all(
            "SELECT id, body FROM webhook_messages WHERE id > :after ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )

    def tries(self, after: str, limit: int) -> list[Row]:
        """Some tries of telling an endpoint: id, what was sent, what came back."""
        return self._rows.all(
            "SELECT id, request, answer FROM webhook_deliveries WHERE id > :after ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )

    def drop_told(self, table: str, ids: Sequence[str]) -> None:
        """Drop messages to webhook endpoints, or tries."""
        assert table in ("webhook_messages", "webhook_deliveries")
        self._rows.one("DELETE FROM " + table + " WHERE id IN $EACH(:ids)", {"ids": _list(ids)})


def _list(words: Collection[str]) -> str:
    return json.dumps(sorted(words))
