"""The members: who they are, how fast they act, what holds them up, and in which browsers."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response

from curtsy.domain.agent import Agent
from curtsy.domain.errors import InvalidPace, Refusal
from curtsy.domain.member import PAUSES, Member, Pause, Role, lifted_by
from curtsy.domain.pace import DAY_CEILING, SPACING_CEILING_S, WEEK_CEILING
from curtsy.service import access, consent, pairing, pauses, teams
from curtsy.service.access import Lent
from curtsy.service.consent import Allowed
from curtsy.service.limits import Limits, limits_of
from curtsy.service.repeating import most_repeated
from curtsy.storage.store import Store
from curtsy.web.pages.visit import Refused, Visit


@dataclass(frozen=True, slots=True)
class Card:
    """A member with what bounds them, what stands in their way, and the browsers that act for them.

    ``repeated``: to how many people one and the same note of theirs went lately, where that is very many.
    ``lent``: the sign-in links that others made for them lately.
    """

    member: Member
    pauses: list[Pause]
    browsers: list[Agent]
    repeated: int
    limits: Limits
    lent: list[Lent]

    @property
    def online(self) -> bool:
        return self.limits.online

    @property
    def liftable(self) -> bool:
        """Whether a pause stands that the member ends by their word."""
        return any(lifted_by(pause) == "member" for pause in self.pauses)


async def members(visit: Visit) -> Response:
    """Everybody, for an admin; for a member their own card."""
    return await _members(visit)


async def add(visit: Visit) -> Response:
    """Take somebody into the team."""
    form = visit.form
    role = Role.ADMIN if form.get("role") == Role.ADMIN else Role.MEMBER
    try:
        joined = await visit.database.run(
            teams.join, visit.me.team_id, form.get("email", ""), role, form.get("name", "").strip() or None
        )
    except Refusal as refusal:
        return await _members(visit, visit.refuse(refusal, "add"))
    return visit.go(f"/members?done=added#m-{joined.id}")


async def remove(visit: Visit) -> Response:
    """Take a member out of the team."""
    try:
        await visit.database.run(teams.leave, visit.me.team_id, _named(visit))
    except Refusal as refusal:
        return await _members(visit, visit.refuse(refusal, f"remove {_named(visit)}"))
    return visit.go("/members?done=removed")


async def set_pace(visit: Visit) -> Response:
    """Change how fast a member may act."""
    try:
        day, week, spacing_from, spacing_to = (_number(visit, name) for name in ("day", "week", "from", "to"))
        await visit.database.run(teams.set_pace, visit.me.team_id, _named(visit), day, week, (spacing_from, spacing_to))
    except Refusal as refusal:
        return await _members(visit, visit.refuse(refusal, f"pace {_named(visit)}"))
    return visit.go(f"/members?done=pace#m-{_named(visit)}")


async def set_consent(visit: Visit) -> Response:
    """A member says what they allow; nobody says it for them."""
    if _named(visit) != visit.me.id:
        raise HTTPException(403, "Only the member can say what is done in their name.")
    try:
        day, week = (_number(visit, name) if visit.form.get(name, "").strip() else None for name in ("day", "week"))
        said = Allowed(approve_first=visit.form.get("first") == "ask", own_day=day, own_week=week)
        await visit.database.run(consent.allow, visit.me.id, said, lent=visit.lent_by is not None)
    except Refusal as refusal:
        return await _members(visit, visit.refuse(refusal, f"consent {_named(visit)}"))
    return visit.go(f"/members?done=consent#m-{_named(visit)}")


async def sign_in_link(visit: Visit) -> Response:
    """Make a one-time link for a member and show it. The same form again shows the same link."""
    member = await visit.database.run(teams.named, visit.me.team_id, _named(visit))
    secret = visit.secret_of_form(member.id)
    # A lent session makes lent links only: else its first link would be as good as the member's own.
    await visit.database.run(access.sign_in_link, member.id, secret, made_by=visit.lent_by or visit.me.id)
    return await _members(visit, link=(member.id, f"{visit.address}/sign-in/{secret}"))


async def set_absence(visit: Visit) -> Response:
    """Choose what follows when an invitation in doubt was twice not found."""
    requeues = visit.form.get("absence") == "requeue"
    await visit.database.run(teams.set_absence_requeues, visit.me.team_id, requeues)
    return visit.go("/members?done=absence#absence")


async def resume(visit: Visit) -> Response:
    """A member says that they have looked at LinkedIn; nobody says it for them."""
    if _named(visit) != visit.me.id:
        raise HTTPException(403, "Only the member can say that they have looked at LinkedIn.")
    try:
        lifted = await visit.database.run(pauses.resume, visit.me.team_id, visit.me.id, lent=visit.lent_by is not None)
    except Refusal as refusal:
        return await _members(visit, visit.refuse(refusal, f"resume {_named(visit)}"))
    return visit.go(f"/members?done={'resumed' if lifted else 'nothing'}")


async def unpair(visit: Visit) -> Response:
    """End the pairing of a browser, one's own or, for an admin, anybody's."""
    agent_id = visit.request.path_params["id"]
    if not visit.admin and agent_id not in [one.id for one in await visit.database.read(pairing.browsers, visit.me.id)]:
        raise HTTPException(403, "Only an admin of the team may remove somebody else's browser.")
    await visit.database.run(pairing.unpair, visit.me.team_id, agent_id)
    return visit.go("/members?done=unpaired")


def _named(visit: Visit) -> str:
    named: str = visit.request.path_params["id"]
    return named


def _number(visit: Visit, name: str) -> int:
    given = visit.form.get(name, "").strip()
    if not given.isascii() or not given.isdigit() or len(given) > 6:
        raise InvalidPace
    return int(given)


async def _members(visit: Visit, refused: Refused | None = None, link: tuple[str, str] | None = None) -> Response:
    cards = await visit.database.scan(_cards, visit.me)
    return visit.show(
        "members.html",
        refused.status if refused else 200,
        refused=refused,
        gone=refused is not None
        and not any(card.member.id in refused.form for card in cards)
        and refused.form != "add",
        link=link,
        cards=cards,
        requeues=await visit.database.read(teams.absence_requeues, visit.me.team_id),
        ceilings={"day": DAY_CEILING, "week": WEEK_CEILING, "spacing": SPACING_CEILING_S},
    )


def _cards(store: Store, now: int, me: Member) -> list[Card]:
    shown = store.teams.members(me.team_id) if me.role is Role.ADMIN else [me]
    return [_card(store, now, member) for member in shown]


def _card(store: Store, now: int, member: Member) -> Card:
    browsers = pairing.browsers(store, now, member.id)
    standing = sorted(store.teams.pauses(member.id, now), key=lambda pause: list(PAUSES).index(pause.cause))
    return Card(
        member,
        standing,
        browsers,
        most_repeated(store, now, member.id),
        limits_of(store, now, member.id),
        access.lent_links(store, now, member.id),
    )
