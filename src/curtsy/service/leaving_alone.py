"""A no that holds: why a person is not to be invited, by a member or by anybody of the team (docs/decisions/0012).

Everything is read for many people at once, in a constant number of statements.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from curtsy.domain.cooldown import LASTS, OF_THE_TEAM, SENTENCES, UNSEEN_MS, Why
from curtsy.domain.errors import CoolingDown, DoNotContact
from curtsy.domain.profile import is_id, profile_id
from curtsy.domain.task import Task
from curtsy.storage.store import Store
from curtsy.storage.store.senders import Held

FORGET_KEY = "forget_key"
"""A fact of the house: the key of the fingerprints that stay of people who were forgotten."""
EVERYTHING = Held.PAUSED | Held.COOLING | Held.LISTED | Held.COLLEAGUES


class Person(NamedTuple):
    """Somebody whom a member of a team wants to invite, with every key that is known of them."""

    team_id: str
    member_id: str
    keys: tuple[str, ...]


def keys_of(task: Task, resolved: str) -> tuple[str, ...]:
    """Every key of a task's person: as asked, as known, and as LinkedIn has now resolved them."""
    asked = (profile_id(task.profile_urn), f"in/{task.profile_slug}" if task.profile_slug else None)
    return tuple(sorted({resolved, task.profile_key, *(key for key in asked if key)}))


def leave_alone(store: Store, now: int, task: Task, profile_key: str, why: Why) -> None:
    """The person of a task said no, or cannot be asked: from now on, for as long as that lasts."""
    name = task.profile_slug
    if name is None:
        name = next(iter(store.people.names_of(task.team_id, [profile_key]).get(profile_key, ())), None)
    team = task.team_id if why in OF_THE_TEAM else None
    other = f"in/{name}" if name is not None and is_id(profile_key) else None
    store.people.cool_down(task.member_id, profile_key, other, team, reason=why, now=now, until=now + LASTS[why])


def leave_behind(store: Store, now: int, member_id: str) -> None:
    """A member leaves: nobody can see any more what becomes of their invitations, and those are left alone for long."""
    until = now + LASTS[Why.MEMBER_REMOVED]
    store.people.cool_down_behind(member_id, reason=Why.MEMBER_REMOVED, now=now, until=until)
    store.invitations.look_no_more(member_id)


def refusals(
    store: Store, now: int, people: Sequence[Person], held: Held = EVERYTHING
) -> list[DoNotContact | CoolingDown | None]:
    """Why each of these people is not to be invited, or None; ``held`` says what is worth looking for."""
    of_team = sorted({(one.team_id, key) for one in people for key in one.keys})
    listed = set(_listed(store, of_team)) if Held.LISTED in held else set()
    pending: dict[tuple[str, str], set[str]] = {}
    # Who acts is asked first: what was just sent is then found among what waits.
    for team_id, key, member_id in store.tasks.acting_for(of_team) if Held.COLLEAGUES in held else ():
        pending.setdefault((team_id, key), set()).add(member_id)
    cooling: dict[tuple[str, str], tuple[int, str]] = {}
    if held & (Held.COOLING | Held.COLLEAGUES):
        of_members = sorted({(one.member_id, key) for one in people for key in one.keys})
        for no in store.people.cooling(of_members, of_team, now, now - UNSEEN_MS):
            if no.reason == Why.PENDING:
                pending.setdefault((no.team_id or "", no.profile_key), set()).add(no.member_id)
                continue
            for whose in (no.member_id, no.team_id or no.member_id):
                for key in (no.profile_key, no.other_key or no.profile_key):
                    cooling[whose, key] = max(cooling.get((whose, key), (0, "")), (no.until, no.reason))
    return [_refusal(one, listed, cooling, pending) for one in people]


def _refusal(
    person: Person,
    listed: set[tuple[str, str]],
    cooling: dict[tuple[str, str], tuple[int, str]],
    pending: dict[tuple[str, str], set[str]],
) -> DoNotContact | CoolingDown | None:
    team_id, member_id, keys = person
    if any((team_id, key) in listed for key in keys):
        return DoNotContact()
    waits = [cooling[whose, key] for whose in (team_id, member_id) for key in keys if (whose, key) in cooling]
    if waits:
        until, reason = max(waits)
        return CoolingDown(SENTENCES[Why(reason)], retry_at=until, reason=reason)
    if any(pending.get((team_id, key), set()) - {member_id} for key in keys):
        colleague = CoolingDown(SENTENCES[Why.PENDING], reason=Why.PENDING)
        colleague.fields["retry_at"] = None  # nobody can say until when
        return colleague
    return None


def refused_now(store: Store, now: int, task: Task, key: str) -> DoNotContact | CoolingDown | None:
    """Why the person of a task, whose id LinkedIn has just told, is not to be invited; call it holding the person."""
    # A name that was read while its person was being listed may not stand in their entry yet.
    names = (f"in/{name}" for name in store.people.names_of(task.team_id, [key]).get(key, ()))
    keys = tuple(sorted({*keys_of(task, key), *names}))
    (refusal,) = refusals(store, now, [Person(task.team_id, task.member_id, keys)])
    if isinstance(refusal, DoNotContact):
        same_people(store, task.team_id, [keys])
    return refusal


class OnList(NamedTuple):
    """Whether a person is on the list of a team, and whether they are by what stays of one who was forgotten."""

    listed: bool
    forgotten: bool


def same_people(store: Store, team_id: str, people: Sequence[Collection[str]]) -> list[OnList]:
    """All keys of each of these are one person's: who is listed by one of them is listed by all."""
    every = sorted({key for keys in people for key in keys})
    marked = dict(zip(every, marks_of(store, every), strict=False))
    found: dict[str, set[str]] = {}
    for _, name, entry in store.do_not_contact.named([(team_id, name) for name in (*every, *marked.values())]):
        found.setdefault(name, set()).add(entry)
    if not found:
        return [OnList(listed=False, forgotten=False)] * len(people)
    said = []
    for keys in people:
        plain, marks = sorted(keys), [marked[key] for key in sorted(keys) if key in marked]
        here = [{entry for name in as_kept for entry in found.get(name, ())} for as_kept in (plain, marks)]
        for as_kept, its in zip((plain, marks), here, strict=True):
            for entry in sorted(its):
                store.do_not_contact.name(team_id, entry, as_kept)
        said.append(OnList(any(here), bool(here[1])))
    return said


def entries(store: Store, team_id: str, keys: Collection[str]) -> set[str]:
    """The entries of a team's list that have one of these keys, as they are kept."""
    return {entry for _, _, entry in store.do_not_contact.named([(team_id, key) for key in keys])} if keys else set()


# ------------------------------------------------------------------ who was forgotten


def mark(secret: str, key: str) -> str:
    """What stays of a key of somebody who was forgotten."""
    return "forgotten/" + hmac.new(bytes.fromhex(secret), key.encode(), hashlib.sha256).hexdigest()


def marks_of(store: Store, keys: Collection[str]) -> list[str]:
    """What would stay of these keys if their person was forgotten; nothing while nobody ever was."""
    secret = store.house(FORGET_KEY)
    return [] if secret is None else [mark(secret, key) for key in keys]


def forgotten(store: Store, team_id: str, keys: Collection[str]) -> set[str]:
    """Those of the keys whose person was forgotten, so that nothing is kept of them anew."""
    secret = store.house(FORGET_KEY)
    if secret is None or not keys:
        return set()
    marks = {mark(secret, key): key for key in keys}
    return {marks[name] for _, name, _ in store.do_not_contact.named([(team_id, one) for one in marks])}


def _listed(store: Store, asked: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those of the keys of people, beside their teams, that are on the list, as they are or by what stays of them."""
    secret = store.house(FORGET_KEY)
    marks = {} if secret is None else {(team_id, mark(secret, key)): (team_id, key) for team_id, key in asked}
    for team_id, name, _ in store.do_not_contact.named([*asked, *marks]):
        yield marks.get((team_id, name), (team_id, name))
