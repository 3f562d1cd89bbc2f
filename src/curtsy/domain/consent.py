"""What a member has a say in: whether an invitation is made in their name at all."""

from __future__ import annotations

from curtsy.domain.member import Member
from curtsy.domain.task import Kind

AWAITING = "awaiting_approval"
"""What an invitation waits for that its member has not said yes to."""
DECLINED = "declined"
DECLINED_ERROR = "The member said no to this invitation"
READ_AHEAD = 5
"""Of so many people to come, at most, the name is read before the member is asked: LinkedIn is read sparingly."""


def loosens(before: Member, after: Member) -> bool:
    """Whether a change lets more happen in a member's name than they allowed: no asking, a ceiling raised or gone."""
    ceilings = ((before.own_day, after.own_day), (before.own_week, after.own_week))
    raised = any(old is not None and (new is None or new > old) for old, new in ceilings)
    return raised or bool(before.approve_first and not after.approve_first)


def asks_first(member: Member, kind: Kind, approved_at: int | None = None) -> bool:
    """Whether a task of this kind waits for the member's yes."""
    return bool(member.approve_first) and kind is Kind.INVITE and approved_at is None
