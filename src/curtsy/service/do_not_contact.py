"""Whom a team never invites: listed by anybody who may, lifted by an admin or the operator with a reason that is kept.

Listing somebody decides alone about them (``Store.hold_person``, as ``start`` does) and then about each member whose
invitation of them has not been started.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from curtsy.domain.errors import DoNotContact, InvalidField, NotListed
from curtsy.domain.profile import ProfileRef, is_id
from curtsy.domain.task import TaskState
from curtsy.service.events import tell
from curtsy.service.gate import KNOWN_SLUG_MS
from curtsy.service.intake import failed_output
from curtsy.service.leaving_alone import entries, marks_of
from curtsy.storage.store import Store
from curtsy.storage.store.do_not_contact import Entry, Lifted
from curtsy.storage.store.people import Cooling

LONGEST_REASON = 500
SHORTEST_REASON = 3
MOST_LIFTED = 100
MOST_COOLING = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the list; ``stood`` when it was there before, ``ended`` the tasks that its being made ended."""

    entry: Entry
    stood: bool
    ended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Everybody whom a team leaves alone for good or for a time, and what was lifted; the newest first."""

    entries: list[Entry]
    older: str | None
    cooling: list[Cooling]
    lifted: list[Lifted]


def add(store: Store, now: int, team_id: str, profile: ProfileRef, reason: str, by: str) -> Listed:
    """From now on nobody of the team invites this person; what waits to is ended. Raises InvalidField.

    ``by`` names who says so: a person, a key, the operator.
    """
    reason = read_reason(reason)
    keys = _held(store, now, team_id, profile)
    standing = _entries(store, team_id, keys)
    entry = standing[0] if standing else Entry(store.new_id(), team_id, profile.text, reason, by, now)
    if not standing:
        store.do_not_contact.add(entry)
    if entry.profile is not None:  # of one who was forgotten nothing is kept anew
        store.do_not_contact.name(team_id, entry.id, keys)
    return Listed(entry, bool(standing), end_what_waits(store, now, team_id, keys))


def lift(store: Store, now: int, team_id: str, profile: ProfileRef, reason: str, by: str) -> list[Lifted]:
    """The person may be invited again; kept for ever who said so and why. Raises InvalidField, NotListed."""
    reason = read_reason(reason)
    keys = _held(store, now, team_id, profile)
    found = _entries(store, team_id, keys)
    if not found:
        raise NotListed
    return [_lift_entry(store, now, entry, reason, by) for entry in found]


def lift_entry(store: Store, now: int, team_id: str, entry_id: str, reason: str, by: str) -> Lifted:
    """The same for one entry of the list; raises InvalidField, NotListed."""
    reason = read_reason(reason)
    entry = store.do_not_contact.get(entry_id)
    if entry is None or entry.team_id != team_id:
        raise NotListed
    return _lift_entry(store, now, entry, reason, by)


def _lift_entry(store: Store, now: int, entry: Entry, reason: str, by: str) -> Lifted:
    store.do_not_contact.remove(entry.id)
    lifted = Lifted(
        store.new_id(), entry.team_id, DoNotContact.code, entry.profile, reason, by, now, entry.reason, entry.added_at
    )
    store.do_not_contact.lift(lifted)
    return lifted


def lift_cooldown(store: Store, now: int, team_id: str, profile: ProfileRef, reason: str, by: str) -> list[Lifted]:
    """The person may be asked again before the time is over; kept for ever who said so and why.

    A pending invitation is not lifted, and LinkedIn's own lock stands whatever is said here. Raises InvalidField,
    NotListed.
    """
    return _end_cooldown(store, now, team_id, _held(store, now, team_id, profile), reason, by)


def lift_cooldown_of_key(store: Store, now: int, team_id: str, key: str, reason: str, by: str) -> list[Lifted]:
    """The same for a person by the key that they are kept under; raises InvalidField, NotListed."""
    store.hold_person(team_id, [key])
    return _end_cooldown(store, now, team_id, (key,), reason, by)


def _end_cooldown(store: Store, now: int, team_id: str, keys: tuple[str, ...], reason: str, by: str) -> list[Lifted]:
    reason = read_reason(reason)
    ended = store.people.cool_no_more(team_id, keys, now)
    if not ended:
        raise NotListed
    lifted = []
    for one in ended:
        profile = (one.other_key or one.profile_key).removeprefix("in/")
        kept = Lifted(store.new_id(), team_id, "cooldown", profile, reason, by, now, one.reason, one.since)
        store.do_not_contact.lift(kept)
        lifted.append(kept)
    return lifted


def listed(store: Store, _now: int, team_id: str, limit: int, before: str | None = None) -> list[Entry]:
    """Whom a team does not contact, the newest first, older than the id ``before``."""
    return store.do_not_contact.of_team(team_id, before=before, limit=limit)


def left_alone(store: Store, now: int, team_id: str, limit: int, before: str | None = None) -> LeftAlone:
    """Everything about whom a team leaves alone; ``older`` goes on behind a full page of entries."""
    found = store.do_not_contact.of_team(team_id, before=before, limit=limit + 1)
    return LeftAlone(
        found[:limit],
        found[limit - 1].id if len(found) > limit else None,
        store.people.cooling_in(team_id, now, MOST_COOLING),
        store.do_not_contact.lifted(team_id, MOST_LIFTED),
    )


def read_reason(reason: str) -> str:
    """A reason as it is kept; raises InvalidField."""
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise InvalidField("Invalid 'reason': say why in 3 to 500 characters")
    return reason


def _held(store: Store, now: int, team_id: str, profile: ProfileRef) -> tuple[str, ...]:
    """Hold a person, then say every key they are known by."""
    store.hold_person(team_id, [profile.key])
    keys = keys_known(store, now, team_id, profile)
    store.hold_person(team_id, [key for key in keys if is_id(key)])
    return keys


def keys_known(store: Store, now: int, team_id: str, profile: ProfileRef) -> tuple[str, ...]:
    """Every key a person is known by: as they were named, the id where a name was resolved, all names of the id."""
    ids = [profile.key]
    if profile.slug is not None:
        ids = [*store.people.ids_of([(team_id, profile.slug)], now - KNOWN_SLUG_MS).values()]
    names = (f"in/{name}" for known in store.people.names_of(team_id, ids).values() for name in known)
    return tuple(dict.fromkeys((profile.key, *ids, *names)))


def _entries(store: Store, team_id: str, keys: tuple[str, ...]) -> list[Entry]:
    found = entries(store, team_id, [*keys, *marks_of(store, keys)])
    return [entry for entry in map(store.do_not_contact.get, sorted(found)) if entry is not None]


def end_what_waits(
    store: Store, now: int, team_id: str, keys: Collection[str], but: str | None = None
) -> tuple[str, ...]:
    """queued or leased -> failed, for everybody of the team; what was started goes on to its end, as does ``but``."""
    for member_id in sorted({task.member_id for task in store.tasks.before_act(team_id, keys)}):
        store.hold_member(member_id)
    ended = []
    for task in store.tasks.before_act(team_id, keys):
        if task.id == but:
            continue
        if (read := store.approvals.of_invitation(task.member_id, task.id)) is not None:
            store.tasks.drop(read)  # nobody asks any more who it is
        code, error = DoNotContact.code, DoNotContact.sentence
        output = failed_output(task.kind, code, error)
        if failed := store.tasks.end(task, TaskState.FAILED, now, code=code, error=error, output=output):
            tell(store, now, failed, "task.failed", code=DoNotContact.code)
            ended.append(failed.id)
    return tuple(ended)
