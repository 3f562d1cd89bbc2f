"""Learning who is who: that a public name and an id are one person's, from whatever a browser has read.

A no that stands under the one holds under the other from then on, and who is on the list is waited for no more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from curtsy.domain.outcome import READ_DONE
from curtsy.domain.profile import Identity, identities, is_other
from curtsy.domain.task import ACTS, Kind, Task, TaskState
from curtsy.service.do_not_contact import end_what_waits
from curtsy.service.leaving_alone import entries, forgotten, marks_of, same_people
from curtsy.service.settle import Report
from curtsy.storage.store import Store

FEW = 4
"""So many people are held each; of a page of them none is, and `start` finds whoever is listed at that very moment."""


def told(task: Task, report: Report) -> list[Identity]:
    """What a report says of who is who; nothing where it is about somebody else than was asked for."""
    if task.kind in ACTS and task.state is TaskState.LEASED:
        return identities(report.evidence.profile_urn, [task.profile_slug])
    if report.outcome != READ_DONE:
        return []
    said = _read(report.output)
    if task.kind is Kind.FETCH_CONNECTIONS:
        people = said.get("connections")
        found = (one for one in people if isinstance(one, dict)) if isinstance(people, list) else ()
        return [one for person in found for one in _of(person)]
    if task.kind not in (Kind.FETCH_PROFILE, Kind.READ_PERSON) or is_other(task.profile_urn, said.get("profile_urn")):
        return []
    return identities(said.get("profile_urn"), [task.profile_slug, said.get("profile_slug")])


def _read(output: str | None) -> dict[str, Any]:
    said = json.loads(output or "{}")
    return said if isinstance(said, dict) else {}


def _of(person: dict[str, Any]) -> list[Identity]:
    return identities(person.get("profile_urn"), [person.get("profile_slug")])


def keys_of_all(people: Iterable[Identity]) -> set[str]:
    """The ids and names of these people, as keys."""
    return {key for one in people for key in (one.id, f"in/{one.name}")}


def hold(store: Store, team_id: str, member_id: str, people: Sequence[Identity], also: Collection[str] = ()) -> None:
    """Hold whom a browser tells of, then its member and all whose invitations of them may end with it."""
    keys = keys_of_all(people)
    store.hold_person(team_id, {*also, *keys} if len(people) <= FEW else also)
    waiting = {member_id}
    if keys and entries(store, team_id, [*keys, *marks_of(store, keys)]):
        waiting |= {task.member_id for task in store.tasks.before_act(team_id, keys)}
    for one in sorted(waiting):
        store.hold_member(one)


def learn_of(store: Store, now: int, task: Task, report: Report, about: str | None = None) -> None:
    """Believe what a report says of who is who, and keep it with its task, or the one that it is ``about``."""
    people = told(task, report)
    nobody = learn(store, now, task.team_id, people, but=task.id)
    if task.kind is not Kind.FETCH_CONNECTIONS and people and people[-1].id not in nobody:
        store.tasks.saw(about or task.id, *people[-1])


def learn(store: Store, now: int, team_id: str, people: Sequence[Identity], but: str | None = None) -> set[str]:
    """Believe who is who, and end what waits for those who turn out to be listed; the task ``but`` is left as it is.

    Of those who were forgotten nothing is kept anew; returns their ids.
    """
    if not people:
        return set()
    names: dict[str, list[str]] = {}
    for one in reversed(people):
        names.setdefault(one.id, []).append(one.name)
    before = store.people.names_of(team_id, sorted(names))
    known = [
        (key, {key, *(f"in/{name}" for name in (*said, *before.get(key, ())))}) for key, said in sorted(names.items())
    ]
    nobody = set()
    for (key, keys), on_list in zip(known, same_people(store, team_id, [keys for _, keys in known]), strict=True):
        ended = end_what_waits(store, now, team_id, keys, but) if on_list.listed else ()
        if on_list.forgotten:
            nobody.add(key)
            for task_id in ended:
                leave_nothing(store, task_id)
    store.people.knows(team_id, {one.name: one.id for one in people if one.id not in nobody}, now)
    for key in store.people.unnamed(team_id, sorted(names.keys() - nobody)):
        store.people.cools_as(team_id, key, f"in/{names[key][0]}")
    return nobody


def is_nobody(store: Store, task: Task, people: Sequence[Identity], key: str | None = None) -> bool:
    """Whether the person of a task is among the forgotten, by anything that a browser read of them."""
    keys = {*keys_of_all(people), *([] if key is None else [key])}
    return bool(forgotten(store, task.team_id, keys))


def leave_nothing(store: Store, task_id: str) -> None:
    """Of an invitation that ended keep that it was, and nothing of the person: they were forgotten."""
    task = store.tasks.get(task_id)
    if task is not None and task.ended and task.kind is Kind.INVITE:
        (instead,) = marks_of(store, [task.profile_key])
        store.personal.erase_task(task.id, instead, task.output)
