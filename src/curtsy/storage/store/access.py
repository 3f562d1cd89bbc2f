"""Keys, sign-in links and sessions; only hashes are kept."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from curtsy.storage.rows import Rows


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret; ``hint`` is how it begins."""

    id: str
    team_id: str
    hint: str
    scope: str
    created_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """Whom a link or a session is for, None before there is a team; ``lent_by`` is another member who made the link."""

    member_id: str | None
    lent_by: str | None


@dataclass(frozen=True, slots=True)
class LentLink:
    """A sign-in link that another member made; ``name`` is theirs. Times are milliseconds since 1970."""

    name: str
    expires_at: int
    used_at: int | None


_KEY = "id, team_id, hint, scope, created_at, revoked_at"


class Access:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add_key(self, key: Key, key_hash: str) -> bool:
        """Keep a new key; False when there is one of this id."""
        made = self._rows.one(
            "INSERT INTO api_keys (id, team_id, hash, hint, scope, created_at) "
            "VALUES (:id, :team, :hash, :hint, :scope, :now) ON CONFLICT (id) DO NOTHING RETURNING id",
            {
                "id": key.id,
                "team": key.team_id,
                "hash": key_hash,
                "hint": key.hint,
                "scope": key.scope,
                "now": key.created_at,
            },
        )
        return made is not None

    def key(self, key_hash: str) -> Key | None:
        row = self._rows.one(f"SELECT {_KEY} FROM api_keys WHERE hash = :hash", {"hash": key_hash})
        return Key(*row) if row else None

    def keys(self, team_id: str) -> list[Key]:
        """The keys of a team, those for its tests among them."""
        rows = self._rows.all(
            f"SELECT {_KEY} FROM api_keys WHERE team_id = :team "
            "OR team_id IN (SELECT id FROM teams WHERE rehearses = :team) ORDER BY id",
            {"team": team_id},
        )
        return [Key(*row) for row in rows]

    def standing(self, key_ids: Collection[str]) -> set[str]:
        """Those of the keys that have not been revoked."""
        rows = self._rows.all(
            "SELECT id FROM api_keys WHERE id IN $EACH(:ids) AND revoked_at IS NULL",
            {"ids": json.dumps(sorted(key_ids))},
        )
        return {row[0] for row in rows}

    def revoke_key(self, team_id: str, key_id: str, now: int) -> bool:
        """End a key; False when the team has no such key."""
        return (
            self._rows.one(
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, :now) WHERE id = :id AND (team_id = :team "
                "OR team_id IN (SELECT id FROM teams WHERE rehearses = :team)) RETURNING id",
                {"id": key_id, "team": team_id, "now": now},
            )
            is not None
        )

    # ------------------------------------------------------------------ people at the dashboard

    def add_sign_in(
        self, link_hash: str, member_id: str | None, expires_at: int, *, lent_by: str | None = None
    ) -> None:
        """Keep a link; the same one twice is one link."""
        self._rows.one(
            "INSERT INTO sign_ins (hash, member_id, expires_at, lent_by) VALUES (:hash, :member, :expires, :lent_by) "
            "ON CONFLICT (hash) DO NOTHING",
            {"hash": link_hash, "member": member_id, "expires": expires_at, "lent_by": lent_by},
        )

    def lent_links(self, member_id: str, since: int) -> list[LentLink]:
        """The links that others made for a member and that expire after a moment, newest first."""
        rows = self._rows.all(
            "SELECT m.name, s.expires_at, s.used_at FROM sign_ins s JOIN members m ON m.id = s.lent_by "
            "WHERE s.member_id = :member AND s.lent_by IS NOT NULL AND s.expires_at > :since "
            "ORDER BY s.expires_at DESC, s.hash",
            {"member": member_id, "since": since},
        )
        return [LentLink(*row) for row in rows]

    def use_sign_in(self, link_hash: str, now: int) -> Opened | None:
        """Spend a link, once; who it is for, or None when it cannot be used."""
        row = self._rows.one(
            "UPDATE sign_ins SET used_at = :now WHERE hash = :hash AND used_at IS NULL AND expires_at > :now "
            "RETURNING member_id, lent_by",
            {"hash": link_hash, "now": now},
        )
        return Opened(*row) if row else None

    def add_session(self, session_hash: str, opened: Opened, expires_at: int) -> None:
        self._rows.one(
            "INSERT INTO sessions (hash, member_id, expires_at, lent_by) VALUES (:hash, :member, :expires, :lent_by)",
            {"hash": session_hash, "member": opened.member_id, "expires": expires_at, "lent_by": opened.lent_by},
        )

    def session(self, session_hash: str, now: int) -> Opened | None:
        """Who is signed in with this session; None when it has ended."""
        row = self._rows.one(
            "SELECT member_id, lent_by FROM sessions WHERE hash = :hash AND expires_at > :now",
            {"hash": session_hash, "now": now},
        )
        return Opened(*row) if row else None

    def give_session(self, session_hash: str, member_id: str) -> None:
        """The first session, opened before there was a team, becomes its first admin's."""
        self._rows.one(
            "UPDATE sessions SET member_id = :member WHERE hash = :hash AND member_id IS NULL",
            {"hash": session_hash, "member": member_id},
        )

    def end_session(self, session_hash: str) -> None:
        self._rows.one("DELETE FROM sessions WHERE hash = :hash", {"hash": session_hash})

    def end_sessions_of(self, member_id: str) -> None:
        self._rows.one("DELETE FROM sessions WHERE member_id = :member", {"member": member_id})

    def forget_ended(self, now: int, lent_until: int) -> None:
        """Drop links and sessions past their time; links made by others, those that expired up to ``lent_until``."""
        self._rows.one(
            "DELETE FROM sign_ins WHERE expires_at <= :now AND (lent_by IS NULL OR expires_at <= :lent_until)",
            {"now": now, "lent_until": lent_until},
        )
        self._rows.one("DELETE FROM sessions WHERE expires_at <= :now", {"now": now})
