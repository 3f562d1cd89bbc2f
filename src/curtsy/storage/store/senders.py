"""Who may send an invitation, and in one look what could stand in their way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import IntFlag

import msgspec

from curtsy.storage.rows import Rows

_SEEN = "AND agents.revoked_at IS NULL AND agents.last_seen_at >= :since)"
_SENDER = (
    "id, team_id, email, "
    f"EXISTS (SELECT 1 FROM agents WHERE agents.member_id = members.id {_SEEN}, "
    f"EXISTS (SELECT 1 FROM agents WHERE agents.team_id = members.team_id {_SEEN}, "
    "CASE WHEN EXISTS (SELECT 1 FROM pauses WHERE pauses.member_id = members.id AND lifted_at IS NULL "
    "AND (until IS NULL OR until > :now)) THEN 1 ELSE 0 END "
    "+ CASE WHEN EXISTS (SELECT 1 FROM cooldowns WHERE cooldowns.member_id = members.id AND until > :now) "
    "OR EXISTS (SELECT 1 FROM cooldowns WHERE cooldowns.team_id = members.team_id AND until > :now) THEN 2 ELSE 0 END "
    "+ CASE WHEN EXISTS (SELECT 1 FROM do_not_contact_names WHERE do_not_contact_names.team_id = members.team_id) "
    "THEN 4 ELSE 0 END "
    "+ CASE WHEN EXISTS (SELECT 1 FROM checks WHERE checks.team_id = members.team_id "
    "AND checks.member_id <> members.id) "
    "OR EXISTS (SELECT 1 FROM tasks WHERE tasks.team_id = members.team_id AND tasks.member_id <> members.id "
    "AND tasks.kind = 'send_connection_request' "
    "AND tasks.state IN ('started', 'unconfirmed', 'needs_review')) THEN 8 ELSE 0 END "
    "+ CASE WHEN EXISTS (SELECT 1 FROM agents WHERE agents.member_id = members.id AND agents.revoked_at IS NULL "
    "AND agents.premium = 0 AND EXISTS (SELECT 1 FROM attempts WHERE attempts.account = agents.account "
    "AND attempts.noted = 1)) THEN 16 ELSE 0 END"
)


class Held(IntFlag):
    """What could stand in a sender's way, so that it is worth being looked for."""

    PAUSED = 1
    COOLING = 2
    LISTED = 4
    COLLEAGUES = 8
    NOTED = 16


class Sender(msgspec.Struct, frozen=True, gc=False):
    """A member as intake sees them.

    ``active`` and ``team_active``: a browser of theirs, or of the team, was seen lately. ``held``, in the bits of
    Held: a pause stands, there is somebody whom they may not invite again yet, somebody is on the team's
    do-not-contact list, another member waits for answers or is asking, an account that
    does not pay has sent notes.
    """

    id: str
    team_id: str
    email: str
    active: bool
    team_active: bool
    held: int


class Senders:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def oldest_admins(self, team_ids: Sequence[str], now: int, since: int) -> dict[str, Sender]:
        """Who sends for each team when nobody is named (the seed): the admin who joined first, then by id."""
        rows = self._rows.all(
            f"SELECT {_SENDER} FROM members WHERE team_id IN $EACH(:teams) AND removed_at IS NULL "
            "AND role = 'admin' ORDER BY joined_at DESC, id DESC",
            {"teams": json.dumps(team_ids), "now": now, "since": since},
        )
        return {row[1]: _sender(*row) for row in rows}

    def of_names(self, asked: Sequence[tuple[str, str]], now: int, since: int) -> dict[tuple[str, str], Sender]:
        """Members by team and name, which is an id or an email in lower case."""
        rows = self._rows.all(
            f"SELECT {_SENDER} FROM members WHERE removed_at IS NULL AND "
            "((team_id, id) IN $PAIRS(:asked) OR (team_id, email) IN $PAIRS(:asked))",
            {"asked": json.dumps(asked), "now": now, "since": since},
        )
        senders = [_sender(*row) for row in rows]
        return {(one.team_id, name): one for one in senders for name in (one.email, one.id)}


def _sender(member_id: str, team_id: str, email: str, active: object, team_active: object, held: int) -> Sender:
    return Sender(member_id, team_id, email, bool(active), bool(team_active), held)
