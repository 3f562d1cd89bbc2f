"""Members as programs see them: their pace, what bounds them, and letting them rest."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from curtsy.domain.errors import InvalidField
from curtsy.domain.hours import DAYS, Hours, read_hours
from curtsy.domain.member import Member, Pause, lifted_by
from curtsy.service import teams
from curtsy.service.limits import Limits, Window, limits, pause
from curtsy.web.route import Call
from curtsy.web.wire import Answer, answer, moment, read_time, rfc3339, typed

Days = Annotated[list[Annotated[str, msgspec.Meta(max_length=3)]], msgspec.Meta(min_length=1, max_length=7)]


class WorkingHours(msgspec.Struct):
    """When a member works, by the clocks of a time zone (IANA); ``from`` and ``to`` as in 09:00."""

    days: Days
    from_: str = msgspec.field(name="from")
    to: str
    time_zone: str


class ChangePace(msgspec.Struct):
    """What is to be another of a member's pace; what is left out stays. ``hours``: null for at any hour."""

    day: int | None = None
    week: int | None = None
    spacing_s: tuple[int, int] | None = None
    hours: WorkingHours | msgspec.UnsetType | None = msgspec.UNSET
    warm_up: bool | None = None
    profile_reads: int | None = None
    connection_reads: int | None = None


class ChangeMember(msgspec.Struct):
    """What is to be another of a member."""

    pace: ChangePace


class PauseMember(msgspec.Struct):
    """Until when (RFC 3339); left out: until the member resumes in their browser or on the server's pages."""

    until: str | None = None


class MemberTold(msgspec.Struct, kw_only=True):
    """One member."""

    success: bool
    data: dict[str, Any]


class WindowTold(msgspec.Struct, kw_only=True):
    """A rolling window: ``limit`` and ``remaining`` null for none; ``resets_at`` is when the oldest leaves it."""

    limit: int | None
    used: int
    remaining: int | None
    resets_at: str | None


class WindowsTold(msgspec.Struct, kw_only=True):
    """Every window of a member: invitations, withdrawals, notes, and what was read for callers."""

    day: WindowTold
    week: WindowTold
    withdrawals_day: WindowTold
    withdrawals_week: WindowTold
    notes_month: WindowTold
    profile_reads_day: WindowTold
    connection_reads_day: WindowTold


class LimitsDocument(msgspec.Struct, kw_only=True):
    """Everything that bounds a member now; ``by_hand_week``: of the week's invitations, those made without us."""

    member: dict[str, Any]
    online: bool
    premium: bool | None
    windows: WindowsTold
    by_hand_week: int
    spacing_s: tuple[int, int]
    hours: dict[str, Any] | None
    rises: list[dict[str, Any]]
    waiting: int
    blocked_by: str | None
    next_at: str | None
    pauses: list[dict[str, Any]]


class LimitsTold(msgspec.Struct, kw_only=True):
    """What bounds one member."""

    success: bool
    data: LimitsDocument


class MemberList(msgspec.Struct, kw_only=True):
    """The members of the team, first who joined first."""

    success: bool
    data: list[dict[str, Any]]
    has_more: bool
    next_cursor: str | None


async def list_members(call: Call) -> Answer:
    """Who is in the team, first who joined first."""
    found = await call.database.read(teams.members, call.caller.team_id)
    body = {"success": True, "data": [member_body(one) for one in found], "has_more": False, "next_cursor": None}
    return answer(200, body)


async def get_member(call: Call) -> Answer:
    """One member, by id or email."""
    return _member(await call.database.read(teams.named, call.caller.team_id, call.params["id"]))


async def change_member(call: Call) -> Answer:
    """Change how fast a member may act."""
    said = typed(call.json(), ChangeMember).pace
    hours: Hours | Literal[False] | None = None
    if said.hours is None:
        hours = False
    elif isinstance(said.hours, WorkingHours):
        hours = read_hours(said.hours.days, said.hours.from_, said.hours.to, said.hours.time_zone)
    changed = await call.database.run(
        teams.set_pace,
        call.caller.team_id,
        call.params["id"],
        said.day,
        said.week,
        said.spacing_s,
        hours=hours,
        warm_up=said.warm_up,
        profile_reads=said.profile_reads,
        connection_reads=said.connection_reads,
    )
    return _member(changed)


async def member_limits(call: Call) -> Answer:
    """What bounds a member now, and until when."""
    return _limits(await call.database.read(limits, call.caller.team_id, call.params["id"]))


async def pause_member(call: Call) -> Answer:
    """Let a member rest. No key ends a pause: its time does, or the member."""
    body = call.json() if call.raw else {}
    typed(body, PauseMember)
    until = read_time(body, "until")
    if until is not None and until <= call.database.now():
        raise InvalidField("Invalid 'until': must lie ahead")
    return _limits(await call.database.run(pause, call.caller.team_id, call.params["id"], until))


def _member(member: Member) -> Answer:
    return answer(200, {"success": True, "data": member_body(member)})


def _limits(found: Limits) -> Answer:
    return answer(200, {"success": True, "data": limits_body(found)})


def member_body(member: Member) -> dict[str, Any]:
    """A member as programs see one."""
    return {
        "id": member.id,
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "joined_at": rfc3339(member.joined_at),
        "pace": {
            "day": member.day,
            "week": member.week,
            "spacing_s": [member.spacing_from_s, member.spacing_to_s],
            "hours": hours_body(member.hours),
            "warm_up": bool(member.warm_up),
            "profile_reads": member.profile_reads,
            "connection_reads": member.connection_reads,
        },
        "own": {"day": member.own_day, "week": member.own_week, "approve_first": bool(member.approve_first)},
    }


def hours_body(hours: Hours | None) -> dict[str, Any] | None:
    """Working hours as ``read_hours`` takes them."""
    if hours is None:
        return None
    return {
        "days": [DAYS[day] for day in sorted(hours.days)],
        "from": hours.begins,
        "to": hours.ends,
        "time_zone": hours.zone,
    }


def limits_body(found: Limits) -> dict[str, Any]:
    """Everything that bounds a member now, as programs see it."""
    return {
        "member": {"id": found.member.id, "name": found.member.name},
        "online": found.online,
        "premium": found.premium,
        "windows": {name: _window(window) for name, window in found.windows.items()},
        "by_hand_week": found.by_hand,
        "spacing_s": [found.allowed.spacing_from_s, found.allowed.spacing_to_s],
        "hours": hours_body(found.allowed.hours),
        "rises": [{"at": rfc3339(step.since), "day": step.day, "week": step.week} for step in found.allowed.steps[1:]],
        "waiting": found.waiting,
        "blocked_by": found.first.blocked_by,
        "next_at": moment(found.first.estimated_at),
        "pauses": [_pause(one) for one in found.pauses],
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "limit": window.limit,
        "used": window.used,
        "remaining": window.remaining,
        "resets_at": moment(window.resets_at),
    }


def _pause(standing: Pause) -> dict[str, Any]:
    return {
        "cause": standing.cause,
        "since": rfc3339(standing.since),
        "until": moment(standing.until),
        "ends_by": lifted_by(standing),
    }
