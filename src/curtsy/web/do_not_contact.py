"""Whom the team never invites: a key may look and add; lifting is for people (docs/decisions/0012)."""

from __future__ import annotations

from typing import Any

import msgspec

from curtsy.domain import errors
from curtsy.domain.errors import InvalidField, InvalidTaskId
from curtsy.domain.invitation import ask
from curtsy.service import do_not_contact
from curtsy.service.access import Scope
from curtsy.storage.store.do_not_contact import Entry
from curtsy.web.fields import unknown_fields
from curtsy.web.route import Call, Route
from curtsy.web.wire import Answer, answer, is_text, page_limit, rfc3339, task_id, typed

HOME = "/v1/do-not-contact"


class DoNotContact(msgspec.Struct):
    """Whom nobody of the team is to invite, and why."""

    profile_urn: str
    reason: str


class EntryTold(msgspec.Struct, kw_only=True):
    """An entry of the list; ``ended`` names the tasks that its being made has ended."""

    success: bool
    data: dict[str, Any]
    deduplicated: bool = False
    warnings: list[str] = []


class EntryList(msgspec.Struct, kw_only=True):
    """Whom the team does not contact, newest first."""

    success: bool
    data: list[dict[str, Any]]
    has_more: bool
    next_cursor: str | None


async def list_them(call: Call) -> Answer:
    """Whom the team does not contact."""
    limit, before = page_limit(call.asked("limit")), _cursor(call.asked("cursor"))
    found = await call.database.read(do_not_contact.listed, call.caller.team_id, limit + 1, before)
    page, more = found[:limit], len(found) > limit
    body = {
        "success": True,
        "data": [entry_body(one) for one in page],
        "has_more": more,
        "next_cursor": page[-1].id if more else None,
    }
    return answer(200, body)


async def add(call: Call) -> Answer:
    """Put somebody on the list; what waits to invite them is ended."""
    body = call.json()
    profile = ask(body.get("profile_urn")).profile
    said = typed(body, DoNotContact)
    if not is_text(said.reason):
        raise InvalidField("Invalid 'reason': must be a string")
    warnings = unknown_fields(body, DoNotContact)
    by = f"API key {call.caller.key_id}"
    made = await call.database.run(do_not_contact.add, call.caller.team_id, profile, said.reason, by)
    told: dict[str, Any] = {"success": True, "data": {**entry_body(made.entry), "ended": list(made.ended)}}
    if made.stood:
        told["deduplicated"] = True
    if warnings:
        told["warnings"] = warnings
    return answer(200, told)


def entry_body(entry: Entry) -> dict[str, Any]:
    """An entry as lists show it; ``profile_urn`` is null once the person was forgotten."""
    return {
        "id": entry.id,
        "profile_urn": entry.profile,
        "reason": entry.reason,
        "added_by": entry.added_by,
        "added_at": rfc3339(entry.added_at),
    }


def _cursor(given: str | None) -> str | None:
    try:
        return None if given is None else task_id(given)
    except InvalidTaskId:
        raise InvalidField("Invalid 'cursor': must be the next_cursor of the page before") from None


ROUTES: tuple[Route, ...] = (
    Route(
        "GET", HOME, list_them, "Whom the team does not contact, newest first", EntryList,
        query={"limit": "1 to 100, 100 if left out", "cursor": "the next_cursor of the page before"},
    ),
    Route(
        "POST", HOME, add, "Never contact a person; what waits to invite them is ended", EntryTold,
        scope=Scope.MANAGE, request=DoNotContact, refusals=(errors.InvalidProfileUrn, errors.TryAgain),
    ),
)  # fmt: skip
