"""Letting a member's pauses stand and fall."""

from __future__ import annotations

from curtsy.domain.errors import LentSession
from curtsy.domain.member import DAY_MS, LINKEDINS, LONGEST_THROTTLE_MS, PAUSES, Cause, lifted_by
from curtsy.service.events import tell_of_member
from curtsy.storage.store import Store

LONGEST_NAMED_MS = 30 * DAY_MS
"""A time that LinkedIn names is believed up to here: a broken answer must not stop a member for ever."""


SECOND_WITHIN_MS = 30 * DAY_MS
"""A second refusal of further invitations within this time: only the member can say that they go on."""


def pause(
    store: Store, now: int, team_id: str, member_id: str, cause: Cause, retry_after_ms: int | None = None
) -> None:
    """The member may not act for a time LinkedIn named, for the time of the table, or until something is done.

    One of the same cause whose time has just come ends first: it is not this one made longer, and both are told of.
    """
    end_over(store, now, len(PAUSES), member_id)
    lasts = _length(store, now, member_id, cause, retry_after_ms)
    until = None if lasts is None else now + lasts
    if store.teams.pause(store.new_id(), team_id, member_id, cause, now, until, lasts):
        tell_of_member(store, now, team_id, member_id, "member.paused", cause=cause, until=until)


def _length(store: Store, now: int, member_id: str, cause: Cause, retry_after_ms: int | None) -> int | None:
    first = PAUSES[cause].lasts
    if cause is Cause.PAUSED:
        return retry_after_ms
    if first is None:
        return None
    if cause is Cause.INVITATION_LIMIT and store.teams.was_paused(member_id, cause, now - SECOND_WITHIN_MS, now):
        return None
    if retry_after_ms is not None and retry_after_ms > 0:
        return min(retry_after_ms, LONGEST_NAMED_MS)
    if cause is Cause.THROTTLED and (last := store.teams.last_length(member_id, cause, now - 2 * DAY_MS)):
        return max(first, min(2 * last, LONGEST_THROTTLE_MS))
    return first


def end_over(store: Store, now: int, limit: int, member_id: str | None = None) -> int:
    """Pauses of everybody or of one member end whose time has come; how many were found."""
    over = store.teams.pauses_over(now, limit, member_id)
    for pause_id, team_id, whose, cause, since in over:
        if store.teams.lift_over(pause_id, now):
            give_back(store, now, whose, cause, since)
            tell_of_member(store, now, team_id, whose, "member.resumed", cause=cause)
            store.ring(f"member:{whose}")
    return len(over)


def give_back(store: Store, now: int, member_id: str, cause: Cause, since: int) -> None:
    """The time under a pause that LinkedIn caused does not count against the tasks that waited for its end.

    Time under several at once is given back once: what another one covers is left to that one's end.
    """
    if cause not in LINKEDINS:
        return
    other = store.teams.paused_since(member_id, LINKEDINS)
    until = now if other is None else min(now, other)
    if until > since:
        store.tasks.expire_later(member_id, since, until)


def returned(store: Store, now: int, team_id: str, member_id: str) -> None:
    """The right member was seen signed in: what waited for that is over."""
    _lift(store, now, team_id, member_id, "return")


def resume(store: Store, now: int, team_id: str, member_id: str, *, lent: bool = False) -> list[Cause]:
    """The member says they have looked: lifts what only they can lift; returns the causes lifted.

    ``lent``: it is said in a session that somebody else's link opened. Raises LentSession then.
    """
    if lent:
        raise LentSession
    return _lift(store, now, team_id, member_id, "member")


def _lift(store: Store, now: int, team_id: str, member_id: str, by: str) -> list[Cause]:
    store.hold_member(member_id)
    lifted = []
    for standing in store.teams.pauses(member_id, now):
        if lifted_by(standing) == by and store.teams.lift(standing.id, now, by):
            lifted.append(standing.cause)
            give_back(store, now, member_id, standing.cause, standing.since)
    for cause in lifted:
        tell_of_member(store, now, team_id, member_id, "member.resumed", cause=cause)
    if lifted:
        store.ring(f"member:{member_id}")
    return lifted
