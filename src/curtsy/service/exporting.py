"""Everything that is held about a member, for them to have."""

from __future__ import annotations

import json
from typing import Any

from curtsy.domain.errors import UnknownMember
from curtsy.storage.store import Store
from curtsy.storage.store.personal import OF_MEMBER, Held

AS_JSON = frozenset({"metadata", "question", "output", "person", "body", "data"})


def export(store: Store, now: int, team_id: str, member: str) -> dict[str, Any]:
    """One document: a list of rows for each table that says something of the member; raises UnknownMember.

    By email everybody who is or was in the team with it, by id that one; with either, their doubles of the test world.
    """
    found = store.personal.called([team_id], member.strip())
    if not found:
        raise UnknownMember
    double = store.rehearsals.team_for(team_id)
    emails = sorted({email for _, _, email in found})
    if double is not None:
        found += [one for email in emails for one in store.personal.called([double], email)]
    ids = [one[0] for one in found]
    held = Held(
        ids,
        [team_id, *([] if double is None else [double])],
        [f"{name} <{email}>" for _, name, email in found],
        [*ids, *(f"<{email}>" for email in emails)],
    )
    said: dict[str, Any] = {"exported_at": now, "team": {"id": team_id, "name": store.teams.name(team_id)}}
    return said | {table: [_plain(row) for row in store.personal.of_member(table, held)] for table in OF_MEMBER}


def _plain(row: dict[str, object]) -> dict[str, object]:
    """A row with what is JSON in it read; times are milliseconds since 1970."""
    return {
        name: json.loads(value) if name in AS_JSON and isinstance(value, str) else value for name, value in row.items()
    }
