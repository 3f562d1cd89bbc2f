"""Everything that is held about a member, for them to have."""

from __future__ import annotations

import json
from typing import Any

from curtsy.service.teams import named
from curtsy.storage.store import Store
from curtsy.storage.store.personal import OF_MEMBER

AS_JSON = frozenset({"metadata", "question", "output", "person", "body", "data"})


def export(store: Store, now: int, team_id: str, member: str) -> dict[str, Any]:
    """One document: a list of rows for each table that says something of the member; raises UnknownMember."""
    found = named(store, now, team_id, member)
    said: dict[str, Any] = {"exported_at": now, "team": {"id": team_id, "name": store.teams.name(team_id)}}
    name = f"{found.name} <{found.email}>"
    return said | {
        table: [_plain(row) for row in store.personal.of_member(table, found.id, team_id, name)] for table in OF_MEMBER
    }


def _plain(row: dict[str, object]) -> dict[str, object]:
    """A row with what is JSON in it read; times are milliseconds since 1970."""
    return {
        name: json.loads(value) if name in AS_JSON and isinstance(value, str) else value for name, value in row.items()
    }
