"""How much of each window a member has used, what stands in their way, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.invitation import FREE_NOTES, NOTES_WITHIN_MS
from curtsy.domain.member import DAY_MS, Cause, Member, Pause
from curtsy.domain.pace import WEEK_MS, Allowed
from curtsy.domain.reading import COUNTED
from curtsy.domain.task import Kind
from curtsy.service import pauses
from curtsy.service.forecast import Wait, forecast, online
from curtsy.service.pacing import allowed_of, situation
from curtsy.service.teams import named
from curtsy.storage.store import Store
from curtsy.storage.store.queues import Ahead
from curtsy.storage.store.situations import Situation


@dataclass(frozen=True, slots=True)
class Window:
    """A rolling window: ``limit`` None for none; ``resets_at`` is when the oldest that counts leaves it."""

    limit: int | None
    used: int
    resets_at: int | None

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Limits:
    """Everything that bounds a member now.

    ``by_hand``: of the week's invitations, those the member made without us; ``premium``: None while nobody has said.
    ``first``: what an invitation that nothing comes before would wait for. Times are milliseconds since 1970.
    """

    member: Member
    online: bool
    premium: bool | None
    windows: dict[str, Window]
    by_hand: int
    allowed: Allowed
    pauses: list[Pause]
    first: Wait
    waiting: int


def limits(store: Store, now: int, team_id: str, member: str) -> Limits:
    """What bounds a member of the team, by id or email; raises UnknownMember."""
    return limits_of(store, now, named(store, now, team_id, member).id)


def limits_of(store: Store, now: int, member_id: str) -> Limits:
    """What bounds this member."""
    stands = situation(store, now, member_id)
    account = stands.browsers[0].account if stands.browsers else ""
    invited = [at for at, _ in stands.spent(account, Kind.INVITE)]
    taken_back = [at for at, _ in stands.spent(account, Kind.WITHDRAW)]
    premium = stands.browsers[0].premium if stands.browsers else None
    bounds = allowed_of(stands, now)
    windows = {
        "day": _window(bounds.day, [at for at in invited if at > now - DAY_MS], DAY_MS),
        "week": _window(bounds.week, invited, WEEK_MS),
        "withdrawals_day": _window(bounds.day, [at for at in taken_back if at > now - DAY_MS], DAY_MS),
        "withdrawals_week": _window(bounds.week, taken_back, WEEK_MS),
        "notes_month": _window(
            FREE_NOTES if premium is False else None,
            store.attempts.notes(account, now - NOTES_WITHIN_MS),
            NOTES_WITHIN_MS,
        ),
        **_reads(store, now, stands),
    }
    return Limits(
        member=stands.member,
        online=bool(online(stands, now)),
        premium=premium,
        windows=windows,
        by_hand=sum(1 for _at, lease in stands.spent(account, Kind.INVITE) if lease in stands.by_hand),
        allowed=bounds,
        pauses=stands.pauses,
        first=forecast(now, Kind.INVITE, stands).wait(now, lambda _by: Ahead(0)),
        waiting=store.queues.waiting(member_id, Kind.INVITE),
    )


def _reads(store: Store, now: int, stands: Situation) -> dict[str, Window]:
    done = store.attempts.reads(stands.member.id, COUNTED, now - DAY_MS)
    profiles = [at for at, kind in done if kind is Kind.FETCH_PROFILE]
    pages = [at for at, kind in done if kind is Kind.FETCH_CONNECTIONS]
    return {
        "profile_reads_day": _window(stands.member.profile_reads, profiles, DAY_MS),
        "connection_reads_day": _window(stands.member.connection_reads, pages, DAY_MS),
    }


def _window(limit: int | None, history: Sequence[int], width: int) -> Window:
    return Window(limit, len(history), history[0] + width if history else None)


def pause(store: Store, now: int, team_id: str, member: str, until: int | None) -> Limits:
    """Let a member rest, until a time or until they say that they go on; raises UnknownMember."""
    found = named(store, now, team_id, member)
    store.hold_member(found.id)
    pauses.pause(store, now, team_id, found.id, Cause.PAUSED, None if until is None else until - now)
    return limits_of(store, now, found.id)
