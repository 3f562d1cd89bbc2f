"""Whom the team leaves alone, for good and for a time: listed, added to, and lifted with a reason."""

from __future__ import annotations

from starlette.responses import Response

from curtsy.domain.errors import InvalidField, InvalidProfileUrn, NotListed, Refusal
from curtsy.domain.invitation import ask
from curtsy.domain.profile import URN_PREFIX
from curtsy.service import do_not_contact
from curtsy.web.pages.visit import Refused, Visit
from curtsy.web.pages.words import WHY_ALONE

SHOWN = 50
HOME = "/do-not-contact"


def reference(text: str) -> str:
    """A person as somebody named them, without what is the same for everybody."""
    return text.removeprefix(URN_PREFIX).removeprefix("in/")


async def alone(visit: Visit) -> Response:
    """The lists."""
    return await _alone(visit)


async def add(visit: Visit) -> Response:
    """Put somebody on the list of those whom nobody contacts."""
    try:
        profile = ask(visit.form.get("profile", "")).profile
        reason = visit.form.get("reason", "")
        await visit.database.run(do_not_contact.add, visit.me.team_id, profile, reason, _me(visit))
    except InvalidProfileUrn as refusal:
        return await _alone(visit, _refuse(visit, refusal, "add", "profile", "This is no LinkedIn profile"))
    except InvalidField as refusal:
        return await _alone(visit, _refuse(visit, refusal, "add", "reason", "Say why, in 3 to 500 characters"))
    return visit.go(f"{HOME}?done=listed")


async def lift(visit: Visit) -> Response:
    """Take an entry off the list, with a reason that is kept."""
    wanted, reason = visit.request.path_params["id"], visit.form.get("reason", "")
    try:
        await visit.database.run(do_not_contact.lift_entry, visit.me.team_id, wanted, reason, _me(visit))
    except (InvalidField, NotListed) as refusal:
        return await _alone(visit, _refuse(visit, refusal, wanted, "reason"))
    return visit.go(f"{HOME}?done=lifted")


async def lift_cooldown(visit: Visit) -> Response:
    """End somebody's time of being left alone, with a reason that is kept."""
    person, reason = visit.form.get("person", ""), visit.form.get("reason", "")
    try:
        await visit.database.run(do_not_contact.lift_cooldown_of_key, visit.me.team_id, person, reason, _me(visit))
    except (InvalidField, NotListed) as refusal:
        return await _alone(visit, _refuse(visit, refusal, person, "reason"))
    return visit.go(f"{HOME}?done=lifted")


def _me(visit: Visit) -> str:
    return f"{visit.me.name} <{visit.me.email}>"


def _refuse(visit: Visit, refusal: Refusal, form: str, field: str, sentence: str | None = None) -> Refused:
    told = visit.refuse(refusal, form)
    said = sentence or ("Say why, in 3 to 500 characters" if isinstance(refusal, InvalidField) else told.sentence)
    return Refused(told.form, field, said, told.typed, told.status)


async def _alone(visit: Visit, refused: Refused | None = None) -> Response:
    before = visit.asked("before")
    found = await visit.database.read(do_not_contact.left_alone, visit.me.team_id, SHOWN, before)
    forms = {"add", *(one.id for one in found.entries), *(one.profile_key for one in found.cooling)}
    return visit.show(
        "alone.html",
        refused.status if refused else 200,
        refused=refused,
        gone=refused is not None and refused.form not in forms,
        alone=found,
        why=WHY_ALONE,
        reference=reference,
        first=before is None,
    )
