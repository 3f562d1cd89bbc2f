"""What stands between an ask and its task: who sends, whether a browser is active, what the sender may not do now.

Everything is read for many asks at once, in a constant number of statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from curtsy.domain.member import ACTIVE_MS, DAY_MS, Cause, Member, Pause
from curtsy.domain.profile import ProfileRef
from curtsy.domain.task import ACTS, Kind
from curtsy.service.idempotency import Once
from curtsy.storage.store import Store

KNOWN_SLUG_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller asks for; ``sender`` names a member by id or email, None is the oldest admin."""

    team_id: str
    kind: Kind
    profile: ProfileRef
    note: str | None = None
    sender: str | None = None
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """An ask that may become a task: of this member, for the person known by this key."""

    sender: Member
    key: str


def pass_gate(store: Store, now: int, asks: Sequence[Ask]) -> list[Passed | Refusal]:
    """Let each ask pass or say why not, in the order of the contract: 404, 403, 409, 429."""
    if not asks:
        return []
    senders = _senders(store, now, asks)
    keys = _keys(store, now, asks)
    met = [(sender, key) for sender, key in zip(senders, keys, strict=True) if isinstance(sender, Member)]
    pauses: dict[str, list[Pause]] = {}
    for pause in store.teams.pauses_of(list({sender.id for sender, _ in met}), now):
        pauses.setdefault(pause.member_id, []).append(pause)
    cooling = store.people.cooling([(sender.id, key) for sender, key in met], now)
    answers: list[Passed | Refusal] = []
    for ask, sender, key in zip(asks, senders, keys, strict=True):
        if isinstance(sender, Refusal):
            answers.append(sender)
            continue
        held = _held_back(ask, cooling.get((sender.id, key)), pauses.get(sender.id, ()))
        answers.append(held or Passed(sender, key))
    return answers


def _senders(store: Store, now: int, asks: Sequence[Ask]) -> list[Member | Refusal]:
    """Who sends for each ask, if they can: the one named, or the oldest admin of the team."""
    since = now - ACTIVE_MS
    teams = list({ask.team_id for ask in asks if ask.sender is None})
    admins = store.teams.oldest_admins(teams, since) if teams else {}
    names = [(ask.team_id, name) for ask in asks if ask.sender is not None for name in (ask.sender, ask.sender.lower())]
    named: dict[tuple[str, str], tuple[Member, bool, bool]] = {}
    for found in store.teams.of_names(names, since) if names else ():
        member = found[0]
        named[(member.team_id, member.email)] = named[(member.team_id, member.id)] = found
    return [
        _admin(admins.get(ask.team_id))
        if ask.sender is None
        else _named(named.get((ask.team_id, ask.sender)) or named.get((ask.team_id, ask.sender.lower())))
        for ask in asks
    ]


def _admin(found: tuple[Member, bool] | None) -> Member | Refusal:
    if found is None:
        return NoAdmin()
    member, team_active = found
    return member if team_active else NoActiveAgent()


def _named(found: tuple[Member, bool, bool] | None) -> Member | Refusal:
    if found is None:
        return UnknownMember()
    member, active, team_active = found
    if not active:
        return MemberNotActive()
    return member if team_active else NoActiveAgent()


def _keys(store: Store, now: int, asks: Sequence[Ask]) -> list[str]:
    """What the person of each ask is known by: their id where a name was resolved lately."""
    names = [(ask.team_id, ask.profile.slug) for ask in asks if ask.kind in ACTS and ask.profile.slug]
    ids = store.people.ids_of(names, now - KNOWN_SLUG_MS) if names else {}
    return [
        ids.get((ask.team_id, ask.profile.slug or ""), ask.profile.key) if ask.kind in ACTS else ask.profile.key
        for ask in asks
    ]


def _held_back(ask: Ask, cooling_until: int | None, pauses: Sequence[Pause]) -> Refusal | None:
    """409, then 429: only for what changes something on LinkedIn."""
    if ask.kind not in ACTS:
        return None
    if cooling_until is not None:
        return CoolingDown(retry_at=cooling_until)
    for pause in pauses:
        if pause.cause is Cause.INVITATION_LIMIT:
            return InvitationLimitReached(retry_at=pause.until)
        if pause.cause is Cause.NOTE_LIMIT and ask.note:
            return NoteLimitReached(retry_at=pause.until)
    return None
