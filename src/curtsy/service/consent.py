"""What a member allows, in their own word, and what was done in their name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

from curtsy.domain.agent import Agent
from curtsy.domain.consent import loosens
from curtsy.domain.errors import InvalidPace, LentSession, UnknownMember
from curtsy.domain.member import Member
from curtsy.domain.pace import DAY_CEILING, WEEK_CEILING
from curtsy.domain.task import Kind, TaskState
from curtsy.service.approvals import Person, person_of
from curtsy.storage.store import Store

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Act:
    """Something done in the member's name; ``invitation`` is what became of it. Times: milliseconds since 1970."""

    task_id: str
    kind: Kind
    state: TaskState
    code: str | None
    urn: str | None
    slug: str | None
    person: Person
    note: str | None
    at: int
    invitation: str | None


def allowed(store: Store, _now: int, member_id: str) -> Member:
    """A member with what they allow; raises UnknownMember."""
    member = store.teams.member(member_id)
    if member is None:
        raise UnknownMember
    return member


class Allowed(TypedDict, total=False):
    """What a member says of themselves; a ceiling of None is none, what is left out stays as it was."""

    approve_first: bool
    own_day: int | None
    own_week: int | None


def allow(store: Store, now: int, member_id: str, said: Allowed, *, lent: bool = False) -> Member:
    """Keep what a member says of themselves; nobody says it for them.

    ``lent``: it is said in a session that somebody else's link opened. Raises LentSession where that would allow more
    than the member did, InvalidPace above the ceilings.
    """
    store.hold_member(member_id)
    before = allowed(store, now, member_id)
    member = replace(before, **said)
    for own, ceiling in ((member.own_day, DAY_CEILING), (member.own_week, WEEK_CEILING)):
        if own is not None and not 1 <= own <= ceiling:
            raise InvalidPace
    if lent and loosens(before, member):
        raise LentSession
    store.teams.set_consent(member)
    store.ring(f"member:{member_id}")
    return member


def history(store: Store, _now: int, agent: Agent) -> list[Act]:
    """The last acts with the LinkedIn account of a browser, newest first; each task stands in it once."""
    acts: dict[str, Act] = {}
    for row in store.approvals.acts(agent.account, 2 * MOST_SHOWN):
        task_id, kind, state, code, urn, slug, resolved, person, note, at, invitation = row
        acts.setdefault(
            task_id,
            Act(
                task_id, Kind(kind), TaskState(state), code, resolved or urn, slug, person_of(person), note, at,
                invitation,
            ),
        )  # fmt: skip
    return list(acts.values())[:MOST_SHOWN]
