"""What belongs to a LinkedIn account, whichever member acts with it: it comes with the account when that is paired."""

from __future__ import annotations

from curtsy.domain.cooldown import Why
from curtsy.domain.member import Member
from curtsy.storage.store import Store


def bring_along(store: Store, now: int, member: Member, account: str) -> None:
    """A member's browser was paired with this LinkedIn account; call it holding the account and the member.

    What it sent for members of the team who have left can be looked at again, and is this member's to wait for.
    """
    waiting = store.invitations.come_back(account, member.team_id, member.id)
    if waiting:
        store.people.cool_no_more_behind(member.team_id, waiting, Why.MEMBER_REMOVED)
        store.invitations.look_by(member.id, member.team_id, now)
