"""Letting go of what finished long ago, a slice at a time, so that nobody waits for it.

A completed invitation still keeps its person from a second one, for ever: of that task the row stays, without its note.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from curtsy.domain.member import DAY_MS
from curtsy.storage.store import Store

SLICE = 200
"""A slice drops about so many rows."""
TURN = "prune"
"""One process at a time prunes."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a slice let go of: tasks, tasks stripped to the guard of their person, and what hung on them."""

    tasks: int = 0
    stripped: int = 0
    evidence: int = 0
    attempts: int = 0
    events: int = 0
    more: bool = False

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            self.tasks + other.tasks,
            self.stripped + other.stripped,
            self.evidence + other.evidence,
            self.attempts + other.attempts,
            self.events + other.events,
            other.more,
        )


@dataclass(frozen=True, slots=True)
class Wiped:
    """What a slice dropped: the words of so many tasks; ``more`` when another slice may find something."""

    tasks: int = 0
    more: bool = False

    def __add__(self, other: Wiped) -> Wiped:
        return Wiped(self.tasks + other.tasks, other.more)


def wipe(store: Store, now: int, days: int) -> Wiped:
    """Drop a slice of what finished tasks know of people in words, so many days after they finished."""
    if not store.rows.hold_free([TURN]):
        return Wiped(more=True)
    before = now - days * DAY_MS
    due = store.past.wordy(before, SLICE)
    return Wiped(store.past.wipe(due) if due else 0, len(due) == SLICE)


def prune(store: Store, now: int, days: int) -> Pruned:
    """Drop a slice of what finished more than so many days ago; ``more`` when another slice may find something.

    While another process is at it this one drops nothing.
    """
    if not store.rows.hold_free([TURN]):
        return Pruned(more=True)
    before = now - days * DAY_MS
    events = store.past.drop_events(before, SLICE)
    due = store.past.due(before, SLICE)
    if not due:
        return Pruned(events=events, more=events == SLICE)
    # What hangs on a task goes before it: a task with very much of it takes several slices.
    evidence = store.past.drop_evidence(due, SLICE)
    if evidence == SLICE:
        return Pruned(evidence=evidence, events=events, more=True)
    attempts = store.past.drop_attempts(due, SLICE)
    if attempts == SLICE:
        return Pruned(evidence=evidence, attempts=attempts, events=events, more=True)
    store.past.drop_words(due)
    tasks, stripped = store.past.drop_tasks(due), store.past.strip(due)
    store.invitations.forget(json.dumps(due))
    return Pruned(tasks, stripped, evidence, attempts, events, more=True)
