"""Who may do what: API keys, sign-in links, sessions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from curtsy.domain.errors import InvalidApiKey, SignInRequired, UnknownKey
from curtsy.domain.member import Member
from curtsy.service.credentials import hashed, is_key, new_key, new_secret
from curtsy.service.rehearsal import team_for
from curtsy.storage.store import Store
from curtsy.storage.store.access import Key

SIGN_IN_MS = 24 * 3_600_000
SESSION_MS = 14 * 86_400_000
LENT_SHOWN_MS = 30 * 86_400_000
"""A member sees for so long, after it has expired, that somebody else made a sign-in link for them."""


class Scope(StrEnum):
    """What a key may do; each includes the one before it."""

    READ = "read"
    INVITE = "invite"
    MANAGE = "manage"

    def covers(self, wanted: Scope) -> bool:
        return _REACH[self] >= _REACH[wanted]


_REACH = {Scope.READ: 0, Scope.INVITE: 1, Scope.MANAGE: 2}


@dataclass(frozen=True, slots=True)
class Caller:
    """The team a key speaks for, how far, and which key it is."""

    team_id: str
    scope: Scope
    key_id: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; ``secret`` is shown this once."""

    id: str
    secret: str
    scope: Scope


def create_key(store: Store, now: int, team_id: str, scope: Scope = Scope.INVITE, *, test: bool = False) -> NewKey:
    """Make a key of a team, or of the team that rehearses for it."""
    made = create_key_once(store, now, team_id, scope, store.new_id(), test=test)
    assert made is not None  # the id is new
    return made


def create_key_once(
    store: Store, now: int, team_id: str, scope: Scope, key_id: str, *, test: bool = False
) -> NewKey | None:
    """Make a key under an id that its form carried; None when this form has made its key before."""
    secret = new_key(test=test)
    team_id = team_for(store, now, team_id) if test else team_id
    made = store.access.add_key(Key(key_id, team_id, secret[:12], scope, now, None), hashed(secret))
    return NewKey(key_id, secret, scope) if made else None


def caller(store: Store, _now: int, secret: str) -> Caller:
    """Who calls with this key; raises InvalidApiKey."""
    key = store.access.key(hashed(secret)) if is_key(secret) else None
    if key is None or key.revoked_at is not None:
        raise InvalidApiKey
    return Caller(key.team_id, Scope(key.scope), key.id)


def standing(store: Store, _now: int, key_ids: Collection[str]) -> set[str]:
    """Those of the keys that have not been revoked."""
    return store.access.standing(key_ids)


def keys(store: Store, _now: int, team_id: str) -> list[Key]:
    """The keys of a team, without their secrets."""
    return store.access.keys(team_id)


def revoke_key(store: Store, now: int, team_id: str, key_id: str) -> None:
    """End a key; raises UnknownKey."""
    if not store.access.revoke_key(team_id, key_id, now):
        raise UnknownKey


# ------------------------------------------------------------------ people


@dataclass(frozen=True, slots=True)
class Visitor:
    """The member behind a session, None before there is a team.

    ``lent_by``: the other member whose link opened it. Such a session says nothing that only the member may say.
    """

    member: Member | None
    lent_by: str | None


@dataclass(frozen=True, slots=True)
class Lent:
    """A sign-in link that another member made: their name, and when it was made and used (ms since 1970)."""

    name: str
    made_at: int
    used_at: int | None


def sign_in_link(
    store: Store, now: int, member_id: str | None, secret: str | None = None, *, made_by: str | None = None
) -> str:
    """The secret of a one-time link that signs a member in, good for a day; the same ``secret`` twice is one link.

    ``made_by`` is the member who makes it, None for whoever runs the server.
    """
    secret = secret or new_secret()
    lent_by = made_by if made_by != member_id else None
    store.access.add_sign_in(hashed(secret), member_id, now + SIGN_IN_MS, lent_by=lent_by)
    return secret


def lent_links(store: Store, now: int, member_id: str) -> list[Lent]:
    """The sign-in links that others made for a member lately, newest first."""
    found = store.access.lent_links(member_id, now - LENT_SHOWN_MS)
    return [Lent(link.name, link.expires_at - SIGN_IN_MS, link.used_at) for link in found]


def sign_in(store: Store, now: int, link: str) -> str:
    """Swap a link for a session, once; returns the session's secret, raises SignInRequired."""
    used = store.access.use_sign_in(hashed(link), now)
    if used is None:
        raise SignInRequired("This sign-in link has been used or is too old: ask whoever runs the server for another")
    secret = new_secret()
    store.access.add_session(hashed(secret), used, now + SESSION_MS)
    return secret


def visitor(store: Store, now: int, session: str) -> Visitor:
    """Who visits with a session; raises SignInRequired."""
    found = store.access.session(hashed(session), now)
    if found is None:
        raise SignInRequired
    if found.member_id is None:
        return Visitor(None, None)
    member = store.teams.member(found.member_id)
    if member is None or member.removed_at is not None:
        raise SignInRequired
    return Visitor(member, found.lent_by)


def sign_out(store: Store, _now: int, session: str) -> None:
    """End a session."""
    store.access.end_session(hashed(session))
