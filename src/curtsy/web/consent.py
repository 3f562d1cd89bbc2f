"""The agent protocol, the member's own part of it: yes or no to an invitation, their own rules, what was done."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from curtsy.domain.errors import Refusal
from curtsy.domain.member import Member
from curtsy.domain.task import WIRE_STATUS
from curtsy.service import approvals, consent
from curtsy.service.approvals import Asked
from curtsy.service.consent import Act, Allowed
from curtsy.web.agents import shaped
from curtsy.web.route import Call
from curtsy.web.wire import Answer, answer


class Decide(msgspec.Struct):
    """The member's yes or no."""

    approve: bool


class Allow(msgspec.Struct):
    """What the member says of themselves; what is left out stays, null is no ceiling."""

    approve_first: bool | UnsetType = UNSET
    day: int | UnsetType | None = UNSET
    week: int | UnsetType | None = UNSET


async def list_approvals(call: Call) -> Answer:
    """The next invitations that wait for the member's yes."""
    found, total = await call.database.read(approvals.waiting, call.agent.member_id)
    now = call.database.now()
    return answer(200, {"success": True, "data": [_asked(one, now) for one in found], "waiting": total})


async def decide(call: Call) -> Answer:
    """Take the member's yes or no."""
    said = shaped(call, Decide)
    state = await call.database.run(approvals.decide, call.agent.member_id, call.params["id"], said.approve)
    if isinstance(state, Refusal):
        raise state
    return answer(200, {"success": True, "state": state})


async def get_consent(call: Call) -> Answer:
    """What the member allows."""
    return _allowed(await call.database.read(consent.allowed, call.agent.member_id))


async def set_consent(call: Call) -> Answer:
    """Change what the member allows."""
    said = shaped(call, Allow)
    wish = Allowed()
    if said.approve_first is not UNSET:
        wish["approve_first"] = said.approve_first
    if said.day is not UNSET:
        wish["own_day"] = said.day
    if said.week is not UNSET:
        wish["own_week"] = said.week
    return _allowed(await call.database.run(consent.allow, call.agent.member_id, wish))


async def history(call: Call) -> Answer:
    """What was done last in the member's name."""
    found = await call.database.read(consent.history, call.agent)
    now = call.database.now()
    return answer(200, {"success": True, "data": [_act(one, now) for one in found]})


def _allowed(member: Member) -> Answer:
    pace = member.pace
    return answer(
        200,
        {
            "success": True,
            "approve_first": bool(member.approve_first),
            "day": member.own_day,
            "week": member.own_week,
            "team": {"day": member.day, "week": member.week},
            "in_force": {"day": pace.day, "week": pace.week},
        },
    )


def _asked(one: Asked, now: int) -> dict[str, Any]:
    task, person = one.task, one.person
    return {
        "task_id": task.id,
        "name": person.name,
        "headline": person.headline,
        "profile": {
            "urn": task.resolved_urn or task.profile_urn or person.profile_urn,
            "slug": task.profile_slug or person.profile_slug,
        },
        "note": task.note_to_send,
        "created_ms_ago": max(0, now - task.created_at),
    }


def _act(one: Act, now: int) -> dict[str, Any]:
    return {
        "task_id": one.task_id,
        "kind": one.kind,
        "name": one.person.name,
        "profile": {"urn": one.urn, "slug": one.slug or one.person.profile_slug},
        "note": one.note,
        "status": WIRE_STATUS[one.state],
        "code": one.code,
        "invitation": one.invitation,
        "started_ms_ago": max(0, now - one.at),
    }
