"""One POST that asks for an invitation: read it, check it in LinkedIn's order, answer (wire reference 2 and 9.2)."""

import re
from dataclasses import dataclass, replace
from typing import Any

from curtsy.twin.answers import Reply, action, csrf_failed, generic, inaccessible, refused
from curtsy.twin.clock import DAY_MS
from curtsy.twin.exchange import Answer, Json
from curtsy.twin.faults import CANT_RESEND_YET, RULES, Fault, Rule, fault
from curtsy.twin.ledger import Invitation
from curtsy.twin.people import Person
from curtsy.twin.sessions import Mode, Session, token_cookie
from curtsy.twin.world import Viewer, World

WEEK_MS = 7 * DAY_MS
MONTH_MS = 30 * DAY_MS
STALE_FOR_MS = 2 * DAY_MS
RESULT = "com.linkedin.voyager.dash.relationships.invitation.InvitationCreationResult"

_PROFILE_URN = re.compile(r"urn:li:fsd_profile:([A-Za-z0-9_-]+)")
_DECORATION = re.compile(
    r"com\.linkedin\.voyager\.dash\.deco\.relationships\.InvitationCreationResult(WithInvitee)?-[0-9]+"
)


@dataclass(frozen=True)
class Proposal:
    """What a POST asks for; `profile_id` is None when its body cannot be understood."""

    generation: str
    profile_id: str | None
    message: str | None
    has_message_key: bool


@dataclass(frozen=True)
class Verdict:
    """What a POST gets: a reply or the end of the session, and what it left in the book; one that never `arrived`
    is no attempt."""

    reply: Reply | Answer | Mode
    made: Invitation | None = None
    delay_ms: int = 0
    drops: bool = False
    arrived: bool = True


def read_proposal(action_name: str, body: Any) -> Proposal:
    """Read a body: G3 wants the union and nothing flat, G2 the flat URN and no union; a note is text or absent."""
    generation = "G3" if action_name == "verifyQuotaAndCreateV2" else "G2"
    if not isinstance(body, dict):
        return Proposal(generation, None, None, False)
    note = body.get("customMessage", "")
    has_key = "customMessage" in body
    urn = _named_by_union(body) if generation == "G3" else _named_flat(body)
    matched = _PROFILE_URN.fullmatch(urn) if isinstance(urn, str) and isinstance(note, str) else None
    message = note if isinstance(note, str) and note else None
    return Proposal(generation, matched[1] if matched else None, message, has_key)


def decide(world: World, session: Session, proposal: Proposal, decoration: str | None, *, secure: bool) -> Verdict:
    """Check steps 4 to 13 of the wire reference 9.2; steps 1 to 3 are the gate's."""
    viewer = world.account(session.viewer_id)
    if proposal.profile_id is None or (decoration is not None and not _DECORATION.fullmatch(decoration)):
        return Verdict(generic(400))
    if proposal.profile_id == viewer.id:
        return Verdict(generic(500))
    if world.swallows(session, proposal.profile_id, proposal.message):
        return Verdict(Answer(), drops=True, arrived=False)
    person = world.member(proposal.profile_id)
    if person is None or person.inaccessible or person.profile_id != proposal.profile_id:
        return Verdict(inaccessible())
    said_no = _account_refusal(world, viewer, person, proposal.message)
    if said_no is not None:
        return Verdict(said_no)
    what = world.faults.take(viewer.id) or (fault(person.fault) if person.fault else None)
    if what is not None:
        rule = RULES[what.name]
        skipped = (rule.only_with_note and proposal.message is None) or (
            rule.rotates and person.profile_id in viewer.rotated_for
        )
        if not skipped:
            return _befall(world, session, what, rule, person, proposal.message, decoration, secure=secure)
    made = world.invite(viewer, person, proposal.message)
    return Verdict(created(made, person, decoration), made)


def created(made: Invitation, person: Person, decoration: str | None) -> Reply:
    """Answer a kept invitation; only a decorated call gets the entities, and only `WithInvitee` the invitee."""
    value: Json = {"invitationUrn": made.urn, "$type": RESULT}
    if decoration is None:
        return action(value)
    invitation: Json = {
        "entityUrn": made.urn,
        "$recipeTypes": ["com.linkedin.voyager.dash.deco.relationships.InvitationInfo"],
        "$type": "com.linkedin.voyager.dash.relationships.invitation.Invitation",
    }
    recipe, _, _ = decoration.rpartition("-")
    value = {"invitationUrn": made.urn, "*invitation": made.urn, "$recipeTypes": [recipe], "$type": RESULT}
    if "WithInvitee" not in recipe:
        return action(value, [invitation])
    following = f"urn:li:fsd_followingState:{person.profile_urn}"
    value |= {
        "inviteeUrn": person.profile_urn,
        "*invitee": person.profile_urn,
        "followingStateUrn": following,
        "*followingState": following,
        "followEdgeUpdated": True,
    }
    invitee = {"entityUrn": person.profile_urn, "$type": "com.linkedin.voyager.dash.identity.profile.Profile"}
    return action(value, [invitation, invitee])


def _account_refusal(world: World, viewer: Viewer, person: Person, message: str | None) -> Reply | None:
    """Check steps 7 to 12, in order; a refusal consumes nothing."""
    now, book = world.now(), world.ledger
    if viewer.restricted:
        return generic(403)
    if not viewer.email_confirmed:
        return refused("PRIMARY_HANDLE_NOT_CONFIRMED", 400)
    if book.connected_since(viewer.id, person.profile_id) is not None:
        return refused(CANT_RESEND_YET, world.connected_answer)
    if world.refuse_duplicates and book.pending(viewer.id, person.profile_id):
        return refused(CANT_RESEND_YET, 400)
    if book.locked(viewer.id, person.profile_id, now):
        return refused(CANT_RESEND_YET, 400)
    if len(book.sent_by(viewer.id, now)) >= viewer.pending_max:
        return refused("MAX_INVITATION_SENT", 400)
    if len(book.made_since(viewer.id, now - WEEK_MS)) >= viewer.weekly_max:
        return refused("FUSE_LIMIT_EXCEEDED", 429)
    if message is None:
        return None
    if len(message.encode("utf-16-le", "surrogatepass")) // 2 > viewer.note_max:
        return generic(400)
    with_note = [made for made in book.made_since(viewer.id, now - MONTH_MS) if made.message is not None]
    if not viewer.premium and len(with_note) >= viewer.notes_max:
        return refused("CUSTOM_INVITE_LIMIT_REACHED", 429)
    return None


def _befall(
    world: World,
    session: Session,
    what: Fault,
    rule: Rule,
    person: Person,
    message: str | None,
    decoration: str | None,
    *,
    secure: bool,
) -> Verdict:
    """Let a fault happen: to the book, to the session, to the answer."""
    viewer = world.account(session.viewer_id)
    if rule.mode is not None:
        session.mode = rule.mode
    if rule.rotates:
        viewer.rotated_for.add(person.profile_id)
        world.sessions.rotate(session)
        other = world.viewer(rule.switches_to) if rule.switches_to else None
        session.viewer_id = other.id if other else session.viewer_id
        cookie = token_cookie(session.jsessionid, secure=secure)
        return Verdict(replace(csrf_failed(), headers=(("set-cookie", cookie),)))
    made: Invitation | None = None
    if rule.keeps in ("invitation", "undelivered"):
        made = world.invite(viewer, person, message, delivered=rule.keeps == "invitation")
    elif rule.keeps == "late":
        made = world.invite(viewer, person, message, late_ms=what.ms)
    elif rule.keeps == "stale_pending":
        world.invite_by_hand(viewer.id, person.profile_id, None, world.now() - STALE_FOR_MS)
    drops = rule.drops and not what.hang
    if drops and not rule.mends:
        world.lose_repeats(session, person.profile_id, message)
    reply: Reply | Answer | Mode
    if rule.reply is not None:
        reply = rule.reply()
    elif rule.mode is not None:
        reply = rule.mode
    else:
        reply = created(made, person, decoration) if made else Answer(500)
    return Verdict(reply, made, 0 if drops else what.ms, drops)


def _named_by_union(body: Json) -> Any:
    invitee = body.get("invitee")
    union = invitee.get("inviteeUnion") if isinstance(invitee, dict) else None
    return union.get("memberProfile") if isinstance(union, dict) and len(union) == 1 else None


def _named_flat(body: Json) -> Any:
    return None if "invitee" in body else body.get("inviteeProfileUrn")
