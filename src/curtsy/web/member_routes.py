"""The rows of the route table about members."""

from __future__ import annotations

from curtsy.domain import errors
from curtsy.service.access import Scope
from curtsy.web import members
from curtsy.web.route import Route

_HOME = "/v1/members"
_ONE = _HOME + "/{id}"

ROUTES: tuple[Route, ...] = (
    Route("GET", _HOME, members.list_members, "The members of the team", members.MemberList),
    Route(
        "GET", _ONE, members.get_member, "One member, by id or email", members.MemberTold,
        refusals=(errors.UnknownMember,),
    ),
    Route(
        "PATCH", _ONE, members.change_member, "Change a member's pace", members.MemberTold,
        scope=Scope.MANAGE, request=members.ChangeMember,
        refusals=(errors.UnknownMember, errors.InvalidPace, errors.InvalidHours, errors.TryAgain),
    ),
    Route(
        "GET", _ONE + "/limits", members.member_limits, "What bounds a member now, and until when",
        members.LimitsTold, refusals=(errors.UnknownMember,),
    ),
    Route(
        "POST", _ONE + "/pause", members.pause_member, "Let a member rest", members.LimitsTold,
        scope=Scope.MANAGE, request=members.PauseMember, refusals=(errors.UnknownMember, errors.TryAgain),
    ),
)  # fmt: skip
