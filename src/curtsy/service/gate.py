"""What stands between an ask and its task: who sends, whether a browser is active, what the sender may not do now.

Everything is read for many asks at once, in a constant number of statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from curtsy.domain.errors import (
    CoolingDown,
    InvitationLimitReached,
    MemberNotActive,
    NoActiveAgent,
    NoAdmin,
    NoteLimitReached,
    Refusal,
    UnknownMember,
)
from curtsy.domain.member import ACTIVE_MS, DAY_MS, Cause, Pause
from curtsy.domain.profile import ProfileRef
from curtsy.domain.task import ACTS, EXPIRES_MS, Kind
from curtsy.domain.wishes import NoteWish
from curtsy.service.idempotency import Once
from curtsy.storage.store import Store
from curtsy.storage.store.senders import Sender

KNOWN_SLUG_MS = 30 * DAY_MS


class Ask(msgspec.Struct, frozen=True):
    """What a caller asks for; ``sender`` names a member by id or email, None is the oldest admin.

    Times are milliseconds since 1970; ``metadata`` and ``question``, which a read is asked for, are JSON.
    """

    team_id: str
    kind: Kind
    profile: ProfileRef
    note: str | None = None
    sender: str | None = None
    once: Once | None = None
    not_before: int | None = None
    expires_at: int | None = None
    metadata: str | None = None
    note_wish: NoteWish = NoteWish.REQUIRE
    question: str | None = None

    def ends(self, now: int) -> int:
        """When its task expires, if it is made now."""
        return self.expires_at or max(now, self.not_before or 0) + EXPIRES_MS


class Passed(msgspec.Struct, frozen=True, gc=False):
    """An ask that may become a task: of this member, for the person known by this key."""

    member_id: str
    key: str


def pass_gate(store: Store, now: int, asks: Sequence[Ask]) -> list[Passed | Refusal]:
    """Let each ask pass or say why not, in the order of the contract: 404, 403, 409, 429."""
    if not asks:
        return []
    chosen, keys = senders(store, now, asks), _keys(store, now, asks)
    held = [(one.id, key) for one, key in zip(chosen, keys, strict=True) if isinstance(one, Sender) and one.held]
    barriers = _barriers(store, now, held) if held else None
    answers: list[Passed | Refusal] = []
    for ask, sender, key in zip(asks, chosen, keys, strict=True):
        if isinstance(sender, Refusal):
            answers.append(sender)
        elif barriers is not None and (refusal := barriers.before(ask, sender.id, key)):
            answers.append(refusal)
        else:
            answers.append(Passed(sender.id, key))
    return answers


def senders(store: Store, now: int, asks: Sequence[Ask]) -> list[Sender | Refusal]:
    """Who sends for each ask, if they can: the one named, or the oldest admin of the team."""
    since = now - ACTIVE_MS
    teams = {ask.team_id for ask in asks if ask.sender is None}
    admins = store.senders.oldest_admins(list(teams), now, since) if teams else {}
    names = [(ask.team_id, name) for ask in asks if ask.sender is not None for name in (ask.sender, ask.sender.lower())]
    named = store.senders.of_names(names, now, since) if names else {}
    # An ask without a sender passes or not with all others of its team.
    by_team = {team: _admin(admins.get(team)) for team in teams}
    return [
        by_team[ask.team_id]
        if ask.sender is None
        else _named(named.get((ask.team_id, ask.sender)) or named.get((ask.team_id, ask.sender.lower())))
        for ask in asks
    ]


def _admin(found: Sender | None) -> Sender | Refusal:
    if found is None:
        return NoAdmin()
    return found if found.team_active else NoActiveAgent()


def _named(found: Sender | None) -> Sender | Refusal:
    if found is None:
        return UnknownMember()
    if not found.active:
        return MemberNotActive()
    return found if found.team_active else NoActiveAgent()


def _keys(store: Store, now: int, asks: Sequence[Ask]) -> list[str]:
    """What the person of each ask is known by: their id where a name was resolved lately."""
    names = [(ask.team_id, ask.profile.slug) for ask in asks if ask.kind in ACTS and ask.profile.slug]
    ids = store.people.ids_of(names, now - KNOWN_SLUG_MS) if names else {}
    return [
        ids.get((ask.team_id, ask.profile.slug or ""), ask.profile.key)
        if ask.kind in ACTS
        else ask.question or ask.profile.key
        for ask in asks
    ]


@dataclass(frozen=True, slots=True)
class _Barriers:
    """What some senders may not do now."""

    pauses: dict[str, list[Pause]]
    cooling: dict[tuple[str, str], int]

    def before(self, ask: Ask, member_id: str, key: str) -> Refusal | None:
        """409, then 429: only for what changes something on LinkedIn."""
        if ask.kind is not Kind.INVITE:
            return None
        if (until := self.cooling.get((member_id, key))) is not None:
            return CoolingDown(retry_at=until)
        for pause in self.pauses.get(member_id, ()):
            if pause.cause is Cause.INVITATION_LIMIT:
                return InvitationLimitReached(retry_at=pause.until)
            if pause.cause is Cause.NOTE_LIMIT and ask.note and ask.note_wish is NoteWish.REQUIRE:
                return NoteLimitReached(retry_at=pause.until)
        return None


def _barriers(store: Store, now: int, held: Sequence[tuple[str, str]]) -> _Barriers:
    pauses: dict[str, list[Pause]] = {}
    for pause in store.teams.pauses_of(list({member_id for member_id, _ in held}), now):
        pauses.setdefault(pause.member_id, []).append(pause)
    return _Barriers(pauses, store.people.cooling(held, now))
