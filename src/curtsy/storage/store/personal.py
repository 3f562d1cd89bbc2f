"""What is kept of one person, wherever it is: to be shown to a member, or erased for somebody who was invited."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from curtsy.storage.rows import Row, Rows

_NAMED = r"EXISTS (SELECT 1 FROM $EACH(:words) AS word WHERE {} LIKE word.value ESCAPE '\')"
"""Whether a text has one of these words in it; ``_like`` makes them."""
_NAMED_BODY, _NAMED_DATA = _NAMED.format("body"), _NAMED.format("data")
_THEIRS = "member_id IN $EACH(:members)"
_MESSAGES = (
    f"FROM webhook_messages WHERE endpoint_id IN (SELECT id FROM webhook_endpoints WHERE team_id IN $EACH(:teams)) "
    f"AND {_NAMED_BODY}"
)

OF_MEMBER: dict[str, str] = {
    "members": (
        "SELECT id, team_id, email, name, role, joined_at, removed_at, day, week, spacing_from_s, spacing_to_s, hours, "
        "warm_up, warm_from, profile_reads, connection_reads, approve_first, own_day, own_week "
        "FROM members WHERE id IN $EACH(:members)"
    ),
    "sessions": f"SELECT expires_at, lent_by FROM sessions WHERE {_THEIRS} OR lent_by IN $EACH(:members)",
    "sign_ins": f"SELECT expires_at, used_at, lent_by FROM sign_ins WHERE {_THEIRS} OR lent_by IN $EACH(:members)",
    "pairing_codes": f"SELECT expires_at, used_at, agent_id FROM pairing_codes WHERE {_THEIRS}",
    "agents": (
        "SELECT id, installation_id, browser, version, account, account_name, seen_account, paused, outdated, "
        f"created_at, last_seen_at, revoked_at, premium, blind FROM agents WHERE {_THEIRS}"
    ),
    "pauses": f"SELECT id, cause, since, until, lifted_at, lifted_by FROM pauses WHERE {_THEIRS}",
    "checks": f"SELECT due_at FROM checks WHERE {_THEIRS}",
    "cooldowns": f"SELECT profile_key, other_key, reason, since, until FROM cooldowns WHERE {_THEIRS}",
    "invitations_by_hand": (
        "SELECT account, profile_key, sent_at, seen_at FROM invitations_by_hand WHERE account IN (SELECT "
        f"account FROM agents WHERE {_THEIRS})"
    ),
    "invitations": (
        "SELECT task_id, profile_key, state, sent_at, accepted_at, checked_at, account FROM invitations WHERE "
        f"{_THEIRS}"
    ),
    "tasks": (
        "SELECT id, kind, state, profile_urn, profile_slug, resolved_urn, seen_id, seen_slug, note, metadata, "
        "question, created_at, updated_at, not_before, expires_at, started_at, finished_at, attempts, acts, output, "
        f"code, error, same_as, approved_at, person FROM tasks WHERE {_THEIRS}"
    ),
    "attempts": (
        "SELECT task_id, agent_id, account, purpose, leased_at, started_at, finished_at, outcome, "
        f"linkedin_code, state_after FROM attempts WHERE {_THEIRS}"
    ),
    "evidence": (
        f"SELECT task_id, at, source, body FROM evidence WHERE task_id IN (SELECT id FROM tasks WHERE {_THEIRS}) "
        "OR (source = 'person' AND task_id IN (SELECT id FROM tasks WHERE team_id IN $EACH(:teams)) "
        f"AND {_NAMED_BODY})"
    ),
    "events": (
        f"SELECT id, type, task_id, at, data FROM events WHERE {_THEIRS} "
        f"OR (team_id IN $EACH(:teams) AND {_NAMED_DATA})"
    ),
    "do_not_contact": (
        "SELECT profile, reason, added_by, added_at FROM do_not_contact WHERE team_id IN $EACH(:teams) "
        "AND added_by IN $EACH(:names)"
    ),
    "lifted": (
        "SELECT what, profile, reason, lifted_by, lifted_at FROM lifted WHERE team_id IN $EACH(:teams) "
        "AND lifted_by IN $EACH(:names)"
    ),
    "webhook_messages": f"SELECT id, type, body, created_at, delivered_at {_MESSAGES}",
    "webhook_deliveries": (
        "SELECT message_id, try, at, status, error, answer FROM webhook_deliveries WHERE message_id IN (SELECT id "
        f"{_MESSAGES})"
    ),
}
"""Every table that says something of a member: what is shown of the rows that are theirs.

``words``: what names them in a text, for what others' rows and messages say of them. Hashes of secrets are left out:
they open nothing, and say nothing of anybody.
"""


class Held(NamedTuple):
    """Everything a member is known by: the rows that are theirs, in which teams, and how they were named."""

    members: list[str]
    teams: list[str]
    names: list[str]
    words: list[str]


class Trace(NamedTuple):
    """What a task keeps of the person it was about.

    ``person``: who the member was asked about; ``output`` of a page of connections, and of a profile that was read
    before it was kept who that was (``seen_id``, ``seen_slug``). Both are JSON.
    """

    id: str
    team_id: str
    kind: str
    ended: bool
    profile_key: str
    profile_urn: str | None
    profile_slug: str | None
    resolved_urn: str | None
    seen_id: str | None
    seen_slug: str | None
    person: str | None
    output: str | None


class Personal:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def called(self, teams: Sequence[str], name: str) -> list[tuple[str, str, str]]:
        """Whoever is or was in one of the teams with this id or email: id, name, email."""
        rows = self._rows.all(
            "SELECT id, name, email FROM members WHERE team_id IN $EACH(:teams) AND (id = :name OR email = :email) "
            "ORDER BY joined_at, id",
            {"teams": _list(teams), "name": name, "email": name.lower()},
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def of_member(self, table: str, held: Held) -> list[dict[str, object]]:
        """What a table says of a member."""
        sql = OF_MEMBER[table]
        words = [like for word in held.words for like in (_like(word), _like(json.dumps(word)[1:-1]))]
        values = {**{name: _list(said) for name, said in held._asdict().items()}, "words": _list(words)}
        rows = self._rows.all(sql, {word: value for word, value in values.items() if f":{word}" in sql})
        columns = sql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    # ------------------------------------------------------------------ somebody who was invited

    def traces(self, after: str, limit: int) -> list[Trace]:
        """Some tasks of all teams, in the order of their ids, after this one."""
        rows = self._rows.all(
            "SELECT id, team_id, kind, finished_at, profile_key, profile_urn, profile_slug, resolved_urn, seen_id, "
            "seen_slug, person, CASE WHEN kind = 'fetch_connections' OR (kind = 'fetch_profile' AND seen_id IS NULL) "
            "THEN output ELSE NULL END FROM tasks WHERE id > :after ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )
        return [Trace(row[0], row[1], row[2], row[3] is not None, *row[4:]) for row in rows]

    def output(self, task_id: str) -> str | None:
        row = self._rows.one("SELECT output FROM tasks WHERE id = :id", {"id": task_id})
        return row[0] if row else None

    def erase_task(self, task_id: str, profile_key: str, output: str | None) -> None:
        """Of a finished task keep that it was, and what came of it; the person is known by another key from now on.

        It guards them no longer: the list does, and one who was forgotten twice would have two such tasks.
        """
        self._rows.one(
            "UPDATE tasks SET profile_key = :key, profile_urn = NULL, profile_slug = NULL, resolved_urn = NULL, "
            "seen_id = NULL, seen_slug = NULL, note = NULL, metadata = NULL, person = NULL, output = :output, "
            "wiped = 1, pruned = 0, holds_person = 0 WHERE id = :id",
            {"id": task_id, "key": profile_key, "output": output},
        )
        for table in ("evidence", "task_metadata", "invitations"):
            self._rows.one("DELETE FROM " + table + " WHERE task_id = :id", {"id": task_id})

    def keep_page(self, task_id: str, output: str) -> None:
        """Of a page of connections keep this, and not what was searched for."""
        self._rows.one(
            "UPDATE tasks SET output = :output, question = '{}', profile_key = '{}' WHERE id = :id",
            {"id": task_id, "output": output},
        )

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
        """An invitation made by hand goes on to count, and says no longer whom it was for; the last of two stays."""
        values = {"team": team_id, "id": profile_id, "instead": instead}
        self._rows.one(
            "DELETE FROM invitations_by_hand WHERE profile_key = :instead AND account IN (SELECT account FROM "
            "invitations_by_hand WHERE profile_key = :id) AND account IN (SELECT account FROM agents "
            "WHERE team_id = :team)",
            values,
        )
        self._rows.one(
            "UPDATE invitations_by_hand SET profile_key = :instead WHERE profile_key = :id "
            "AND account IN (SELECT account FROM agents WHERE team_id = :team)",
            values,
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

    def messages(self, team_id: str, after: str, limit: int) -> list[tuple[str, str, bool]]:
        """Some messages to a team's webhook endpoints: id, body, whether it is still to be delivered."""
        rows = self._rows.all(
            "SELECT id, body, due_at FROM webhook_messages WHERE id > :after AND endpoint_id IN "
            "(SELECT id FROM webhook_endpoints WHERE team_id = :team) ORDER BY id LIMIT :limit",
            {"team": team_id, "after": after, "limit": limit},
        )
        return [(row[0], row[1], row[2] is not None) for row in rows]

    def keep_message(self, message_id: str, body: str) -> None:
        self._rows.one("UPDATE webhook_messages SET body = :body WHERE id = :id", {"id": message_id, "body": body})

    def tries(self, team_id: str, after: str, limit: int) -> list[Row]:
        """Some tries of telling a team's endpoints: id, what was sent, what came back."""
        return self._rows.all(
            "SELECT id, request, answer FROM webhook_deliveries WHERE id > :after AND endpoint_id IN "
            "(SELECT id FROM webhook_endpoints WHERE team_id = :team) ORDER BY id LIMIT :limit",
            {"team": team_id, "after": after, "limit": limit},
        )

    def drop_told(self, table: str, ids: Sequence[str]) -> None:
        """Drop messages to webhook endpoints, or tries."""
        assert table in ("webhook_messages", "webhook_deliveries")
        if ids:
            self._rows.one("DELETE FROM " + table + " WHERE id IN $EACH(:ids)", {"ids": _list(ids)})


def _like(word: str) -> str:
    """A pattern of every text that has this word in it."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"


def _list(words: Collection[str]) -> str:
    return json.dumps(sorted(words))
