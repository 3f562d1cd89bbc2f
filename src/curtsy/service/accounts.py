"""What belongs to a LinkedIn account, whichever member acts with it: it comes with the account when that is paired."""

from __future__ import annotations

from curtsy.domain.cooldown import Why
from curtsy.domain.member import LINKEDINS, Cause, Member
from curtsy.domain.pace import CAUTION_MS
from curtsy.service.events import tell_of_member
from curtsy.service.pauses import give_back
from curtsy.storage.store import Store

OF_ACCOUNT = LINKEDINS | {Cause.NOTE_LIMIT}
"""Pauses that LinkedIn's dealings with an account caused; the others are about a browser, or a person's wish."""


def bring_along(store: Store, now: int, member: Member, account: str) -> None:
    """A member's browser was paired with this LinkedIn account; call it holding the account and the member.

    What LinkedIn forbids the account, it forbids whoever acts with it next. What it sent for members of the team who
    have left can be looked at again, and is this member's to wait for.
    """
    _pauses(store, now, member, account)
    store.people.cool_down_with(account, member.team_id, member.id, reason=Why.CANNOT_RESEND_YET, now=now)
    waiting = store.invitations.come_back(account, member.team_id, member.id)
    if waiting:
        store.people.cool_no_more_behind(member.team_id, waiting, Why.MEMBER_REMOVED)
        store.invitations.look_by(member.id, member.team_id, now)


def _pauses(store: Store, now: int, member: Member, account: str) -> None:
    """Its pauses, also those of late that are over: a second one of a kind may last longer than the first."""
    for pause, team_id, lasted, lifted in store.teams.pauses_of_account(
        account, member.id, OF_ACCOUNT, now - CAUTION_MS
    ):
        moved = store.teams.hand_over(pause.id, member.team_id, member.id)
        if lifted:
            continue
        if moved:
            tell_of_member(store, now, member.team_id, member.id, "member.paused", cause=pause.cause, until=pause.until)
        else:  # one of its own stands already: whichever ends later
            store.teams.pause(store.new_id(), member.team_id, member.id, pause.cause, now, pause.until, lasted)
            store.teams.lift(pause.id, now, "account")
        tell_of_member(store, now, team_id, pause.member_id, "member.resumed", cause=pause.cause)
        give_back(store, now, pause.member_id, pause.cause, pause.since)
