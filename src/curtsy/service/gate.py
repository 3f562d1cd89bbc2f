"""What stands between an ask and its task: who sends, whether a browser is active, what the sender may not do now.

Everything is read for many asks at once, in a constant number of statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from curtsy.domain.errors import (
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
from curtsy.service.leaving_alone import Person, refusals
from curtsy.service.pacing import notes_back_at
from curtsy.storage.store import Store
from curtsy.storage.store.senders import Held, Sender

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
    held = [
        (n, one) for n, one in enumerate(chosen) if isinstance(one, Sender) and one.held and asks[n].kind is Kind.INVITE
    ]
    barriers = _barriers(store, now, asks, keys, held) if held else None
    answers: list[Passed | Refusal] = []
    for n, (ask, sender, key) in enumerate(zip(asks, chosen, keys, strict=True)):
        if isinstance(sender, Refusal):
            answers.append(sender)
        elif barriers is not None and (refusal := barriers.before(n, ask, sender.id)):
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
    """What some senders may not do now; ``nos`` by the place of their asks, ``notes``: who may send none until when."""

    pauses: dict[str, list[Pause]]
    notes: dict[str, int]
    nos: dict[int, Refusal | None]

    def before(self, n: int, ask: Ask, member_id: str) -> Refusal | None:
        """409, then 429: only for what changes something on LinkedIn."""
        if ask.kind is not Kind.INVITE:
            return None
        if (refusal := self.nos.get(n)) is not None:
            return refusal
        for pause in self.pauses.get(member_id, ()):
            if pause.cause is Cause.INVITATION_LIMIT:
                return InvitationLimitReached(retry_at=pause.until)
            if pause.cause is Cause.NOTE_LIMIT and ask.note and ask.note_wish is NoteWish.REQUIRE:
                return NoteLimitReached(retry_at=pause.until)
        if ask.note and ask.note_wish is NoteWish.REQUIRE and member_id in self.notes:
            return NoteLimitReached(retry_at=self.notes[member_id])
        return None


def _barriers(
    store: Store, now: int, asks: Sequence[Ask], keys: Sequence[str], held: Sequence[tuple[int, Sender]]
) -> _Barriers:
    """Only what is worth looking for is looked for, so that whom nothing holds pays nothing."""
    pauses: dict[str, list[Pause]] = {}
    paused = {sender.id for _, sender in held if sender.held & Held.PAUSED}
    for pause in store.teams.pauses_of(list(paused), now) if paused else ():
        pauses.setdefault(pause.member_id, []).append(pause)
    noted = {sender.id for n, sender in held if sender.held & Held.NOTED and asks[n].note}
    notes = {member: back for member in noted if (back := notes_back_at(store, now, member)) is not None}
    worth = Held(0)
    for _, sender in held:
        worth |= Held(sender.held)
    people = [Person(sender.team_id, sender.id, (keys[n], asks[n].profile.key)) for n, sender in held]
    refused = refusals(store, now, people, worth)
    return _Barriers(pauses, notes, {n: refusal for (n, _), refusal in zip(held, refused, strict=True)})
