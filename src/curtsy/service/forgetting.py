"""Erasing a person who was invited, everywhere, so that all that stays is that nobody invites them again.

What stays of their ids and names are keyed fingerprints (``mark``): whether somebody who is asked for is among the
forgotten can be seen, who they were cannot. The key is in the database, so whoever has all of it can try a guess.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from curtsy.domain.profile import URN_PREFIX, ProfileRef, is_id, profile_id, public_name
from curtsy.domain.task import READS, Kind
from curtsy.service import do_not_contact
from curtsy.service.leaving_alone import FORGET_KEY, entries, mark
from curtsy.storage.store import Store
from curtsy.storage.store.personal import Trace

SLICE = 2_000
"""A slice looks at so many rows."""
FORGOTTEN = "forgotten"
KEPT_OF_EVENT = ("state", "code", "because", "accepted_at", "detected_at")
_KEY_BYTES = 32


@dataclass(slots=True)
class Forgotten:
    """How far the erasing is: what the person is known by, and what was erased."""

    team_id: str
    keys: set[str]
    tasks: set[str] = field(default_factory=set)
    open: int = 0

    @property
    def ids(self) -> list[str]:
        return sorted(key for key in self.keys if is_id(key))

    @property
    def slugs(self) -> list[str]:
        return sorted(key.removeprefix("in/") for key in self.keys if not is_id(key))


def begin(store: Store, now: int, team_id: str, profile: ProfileRef, by: str) -> Forgotten:
    """From now on nobody of the team invites this person; what waits to is ended."""
    if store.house(FORGET_KEY) is None:
        store.set_house(FORGET_KEY, secrets.token_hex(_KEY_BYTES))
    do_not_contact.add(store, now, team_id, profile, FORGOTTEN, by)
    return Forgotten(team_id, {profile.key, *do_not_contact.keys_known(store, now, team_id, profile)})


def gather(store: Store, _now: int, done: Forgotten, after: str) -> str | None:
    """Learn from a slice of tasks what else the person is known by; where to go on, or None at the end."""
    traces = store.personal.traces(after, SLICE)
    for trace in traces:
        if trace.team_id != done.team_id:
            continue
        for keys in (_keys_of(trace), *_keys_on_page(trace.output)):
            if not done.keys.isdisjoint(keys):
                done.keys |= keys
    return traces[-1].id if len(traces) == SLICE else None


def anonymise(store: Store, now: int, done: Forgotten) -> None:
    """Put fingerprints in the place of the names by which the person is on the list and elsewhere."""
    secret = store.house(FORGET_KEY)
    assert secret is not None  # it was made when this began
    marks = {key: mark(secret, key) for key in done.keys}
    store.hold_person(done.team_id, done.keys)
    for entry in sorted(entries(store, done.team_id, [*done.keys, *marks.values()])):
        store.do_not_contact.forget(entry, FORGOTTEN)
        store.do_not_contact.name(done.team_id, entry, marks.values())
    store.personal.forget_names(done.team_id, done.ids, done.slugs)
    store.personal.forget_cooldowns(done.team_id, done.keys)
    for key in done.ids:
        store.personal.forget_by_hand(done.team_id, key, marks[key])
    texts = [*done.slugs, *done.ids, *(URN_PREFIX + key for key in done.ids)]
    store.personal.forget_lifted(done.team_id, texts, FORGOTTEN)


def erase(store: Store, _now: int, done: Forgotten, after: str) -> str | None:
    """Erase the person from a slice of tasks; where to go on, or None at the end. Open tasks are only counted."""
    secret = store.house(FORGET_KEY)
    assert secret is not None  # it was made when this began
    traces = store.personal.traces(after, SLICE)
    for trace in traces:
        if trace.team_id != done.team_id:
            continue
        if not done.keys.isdisjoint(_keys_of(trace)):
            if not trace.ended:
                done.open += 1
                continue
            output = without_person(trace.kind, store.personal.output(trace.id))
            store.personal.erase_task(trace.id, mark(secret, trace.profile_key), output)
            done.tasks.add(trace.id)
        elif trace.output is not None and (left := without_connection(trace.output, done)) is not None:
            store.personal.keep_page(trace.id, left)
    return traces[-1].id if len(traces) == SLICE else None


def erase_events(store: Store, _now: int, tasks: Collection[str], after: int) -> int | None:
    """Keep of a slice of events that they happened; where to go on, or None at the end."""
    events = store.personal.events(after, SLICE)
    for n, task_id, data in events:
        if task_id in tasks:
            said = json.loads(data)
            store.personal.keep_event(n, json.dumps({word: said[word] for word in KEPT_OF_EVENT if word in said}))
    return int(events[-1][0]) if len(events) == SLICE else None


def _keys_of(trace: Trace) -> set[str]:
    """Every key of the person of a task: as asked for, and as any browser read who it is."""
    ids = {profile_id(trace.profile_urn), profile_id(trace.resolved_urn), trace.seen_id}
    slugs = {f"in/{slug}" for slug in (trace.profile_slug, trace.seen_slug) if slug}
    key = {trace.profile_key} if trace.kind in (Kind.INVITE, Kind.WITHDRAW) else set()
    read = {one for text in (trace.person, trace.output) for one in _keys_in(_said(text))}
    return {one for one in (*ids, *slugs, *key, *read) if one}


def _keys_on_page(output: str | None) -> Iterator[set[str]]:
    """The keys of everybody on a page of connections."""
    people = _said(output).get("connections")
    yield from (_keys_in(one) for one in people if isinstance(one, dict)) if isinstance(people, list) else ()


def _keys_in(said: dict[str, Any]) -> set[str]:
    key, slug = profile_id(said.get("profile_urn")), public_name(said.get("profile_slug"))
    return {one for one in (key, slug and f"in/{slug}") if one}


def _said(text: str | None) -> dict[str, Any]:
    said = json.loads(text or "{}")
    return said if isinstance(said, dict) else {}


def without_person(kind: str, output: str | None) -> str | None:
    """What came of a task, without whom it was about."""
    if output is None:
        return None
    if kind in READS:
        return json.dumps({FORGOTTEN: True})
    said = json.loads(output)
    said.pop("invitation_urn", None)
    return json.dumps(said)


def without_connection(output: str, done: Forgotten) -> str | None:
    """A page of connections without this person; None when they are not on it."""
    said = _said(output)
    people = said.get("connections")
    if not isinstance(people, list):
        return None
    left = [one for one in people if not _is_about(one, done)]
    return json.dumps({**said, "connections": left}) if len(left) < len(people) else None


def _is_about(person: object, done: Forgotten) -> bool:
    return isinstance(person, dict) and not done.keys.isdisjoint(_keys_in(person))
