"""Whom a team never invites, under every name they are known by, and what was lifted."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import NamedTuple

from curtsy.storage.rows import Rows

_ENTRY = "id, team_id, profile, reason, added_by, added_at"


class Entry(NamedTuple):
    """A person whom nobody of a team invites; ``profile`` as they were named, None when they were forgotten since."""

    id: str
    team_id: str
    profile: str | None
    reason: str
    added_by: str
    added_at: int


class Lifted(NamedTuple):
    """Something that kept a person from being invited, and that somebody lifted; times are milliseconds since 1970.

    ``what`` is "do_not_contact" or "cooldown", ``stood_because`` and ``stood_since`` tell of what it was.
    """

    id: str
    team_id: str
    what: str
    profile: str | None
    reason: str
    lifted_by: str
    lifted_at: int
    stood_because: str
    stood_since: int


class DoNotContact:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, entry: Entry) -> None:
        self._rows.one(
            f"INSERT INTO do_not_contact ({_ENTRY}) VALUES (:id, :team_id, :profile, :reason, :added_by, :added_at)",
            entry._asdict(),
        )

    def name(self, team_id: str, entry_id: str, names: Collection[str]) -> None:
        """The person of an entry is known by these too."""
        for name in sorted(names):
            self._rows.one(
                "INSERT INTO do_not_contact_names (team_id, name, entry_id) VALUES (:team, :name, :entry) "
                "ON CONFLICT DO NOTHING",
                {"team": team_id, "name": name, "entry": entry_id},
            )

    def named(self, asked: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
        """Those of these names that a team does not contact: team, name and entry; the first of a pair is the team."""
        rows = self._rows.all(
            "SELECT team_id, name, entry_id FROM do_not_contact_names WHERE (team_id, name) IN $PAIRS(:asked)",
            {"asked": json.dumps(asked)},
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def of_team(self, team_id: str, *, before: str | None, limit: int) -> list[Entry]:
        """Whom a team does not contact, the newest first, older than the id ``before``."""
        rows = self._rows.all(
            f"SELECT {_ENTRY} FROM do_not_contact WHERE team_id = :team AND id < :before ORDER BY id DESC LIMIT :limit",
            {"team": team_id, "before": before or "g", "limit": limit},
        )
        return [Entry(*row) for row in rows]

    def get(self, entry_id: str) -> Entry | None:
        row = self._rows.one(f"SELECT {_ENTRY} FROM do_not_contact WHERE id = :id", {"id": entry_id})
        return Entry(*row) if row else None

    def remove(self, entry_id: str) -> None:
        for table, column in (("do_not_contact_names", "entry_id"), ("do_not_contact", "id")):
            self._rows.one("DELETE FROM " + table + " WHERE " + column + " = :id", {"id": entry_id})

    def forget(self, entry_id: str, instead: str) -> None:
        """Nobody can say any more whom an entry is about: drop the names, and put this in the place of the reason."""
        self._rows.one("DELETE FROM do_not_contact_names WHERE entry_id = :id", {"id": entry_id})
        self._rows.one(
            "UPDATE do_not_contact SET profile = NULL, reason = :instead WHERE id = :id",
            {"id": entry_id, "instead": instead},
        )

    # ------------------------------------------------------------------ what was lifted

    def lift(self, lifted: Lifted) -> None:
        """Keep that something was lifted, by whom and why."""
        self._rows.one(
            "INSERT INTO lifted (id, team_id, what, profile, reason, lifted_by, lifted_at, stood_because, stood_since) "
            "VALUES (:id, :team_id, :what, :profile, :reason, :lifted_by, :lifted_at, :stood_because, :stood_since)",
            lifted._asdict(),
        )

    def lifted(self, team_id: str, limit: int) -> list[Lifted]:
        """What was lifted in a team, the newest first."""
        rows = self._rows.all(
            "SELECT id, team_id, what, profile, reason, lifted_by, lifted_at, stood_because, stood_since FROM lifted "
            "WHERE team_id = :team ORDER BY id DESC LIMIT :limit",
            {"team": team_id, "limit": limit},
        )
        return [Lifted(*row) for row in rows]
