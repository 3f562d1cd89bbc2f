"""Telling what happened: one event for each change, in its transaction, with a ring; and reading it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from curtsy.domain.errors import InvalidField
from curtsy.domain.task import UNTOLD, Task, TaskState
from curtsy.storage.rows import Value
from curtsy.storage.store import Store
from curtsy.storage.store.events import Event
from curtsy.storage.store.invitations import Followed

_CURSOR = re.compile(r"(0|[1-9][0-9]{0,18})-(0|[1-9][0-9]{0,18})")
_MOST = 2**63 - 1
LOOKED_THROUGH = 1_000
"""For events of some types, this many of all are looked through at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, oldest first; ``cursor`` goes on after the last one, and is None before the very first."""

    events: list[Event]
    more: bool
    cursor: str | None


def tell(store: Store, now: int, task: Task, event: str, **data: object) -> None:
    """Record that ``event`` happened to a task, and wake those who wait for it."""
    if task.kind in UNTOLD:
        return
    record(
        store,
        [
            {
                "id": store.new_id(),
                "team_id": task.team_id,
                "type": event,
                "task_id": task.id,
                "member_id": task.member_id,
                "at": now,
                "data": json.dumps({"state": task.state, **_words(task), **data}),
            }
        ],
    )
    store.ring(f"task:{task.id}")


def _words(task: Task | None) -> dict[str, object]:
    """The caller's own words about a task, where there are any."""
    return {} if task is None or task.metadata is None else {"metadata": json.loads(task.metadata)}


def tell_of_task(store: Store, now: int, followed: Followed, event: str, **data: object) -> None:
    """Record that ``event`` happened to the invitation of a task that has ended."""
    store.tasks.touch(followed.task_id, now)
    task = store.tasks.get(followed.task_id)
    record(
        store,
        [
            {
                "id": store.new_id(),
                "team_id": followed.team_id,
                "type": event,
                "task_id": followed.task_id,
                "member_id": followed.member_id,
                "at": now,
                "data": json.dumps({"state": TaskState.COMPLETED, **_words(task), **data}),
            }
        ],
    )
    store.ring(f"task:{followed.task_id}")


def tell_of_member(store: Store, now: int, team_id: str, member_id: str, event: str, **data: object) -> None:
    """Record that ``event`` happened to a member."""
    record(
        store,
        [
            {
                "id": store.new_id(),
                "team_id": team_id,
                "type": event,
                "task_id": None,
                "member_id": member_id,
                "at": now,
                "data": json.dumps(data),
            }
        ],
    )


def tell_of_team(store: Store, now: int, team_id: str, event: str, **data: object) -> None:
    """Record that ``event`` happened in a team, to none of its members."""
    record(
        store,
        [
            {
                "id": store.new_id(),
                "team_id": team_id,
                "type": event,
                "task_id": None,
                "member_id": None,
                "at": now,
                "data": json.dumps(data),
            }
        ],
    )


def record(store: Store, events: list[dict[str, Value]]) -> None:
    """Append events, and wake those who follow their teams."""
    store.events.add_many(events)
    for team_id in {event["team_id"] for event in events}:
        store.ring(f"events:{team_id}")


def end(store: Store, _now: int, team_id: str) -> str:
    """The cursor after everything that happened in a team until now."""
    return cursor_of(*store.events.last(team_id))


def read(store: Store, _now: int, team_id: str, cursor: str | None, limit: int, types: Collection[str] = ()) -> Page:
    """The team's events after a cursor, each exactly once for a reader who goes on; raises InvalidField.

    ``types``: these only, all if empty. Then a page may hold fewer, or none, while there is more.
    """
    place = place_of(store, cursor)
    if types:
        found = store.events.chosen_after(team_id, place, limit + 1, types, LOOKED_THROUGH)
    else:
        found = store.events.after(team_id, place, limit + 1)
    page = found[:limit]
    if len(found) > limit:
        return Page(page, True, cursor_of(page[-1].txid, page[-1].n))
    further = store.events.place_after(team_id, place, LOOKED_THROUGH) if types else None
    if further is not None:
        return Page(page, True, cursor_of(*further))
    reached = store.events.last(team_id) if types else (page[-1].txid, page[-1].n) if page else place
    return Page(page, False, cursor_of(*reached) if reached > place else cursor)


def read_on(
    store: Store, now: int, team_id: str, cursor: str | None, limit: int, types: Collection[str] = ()
) -> tuple[Page, bool]:
    """The same for who follows, and whether more has happened that only a transaction still open keeps back."""
    page = read(store, now, team_id, cursor, limit, types)
    return page, not page.more and store.events.hidden(team_id)


def cursor_of(txid: int, n: int) -> str:
    """What callers go on from."""
    return f"{txid}-{n}"


def place_of(store: Store, cursor: str | None) -> tuple[int, int]:
    """The place among the events that a cursor names, their very beginning without one; raises InvalidField.

    A cursor of a life that a restore has ended names the end of what the backup knew: nothing that is new is skipped.
    """
    if cursor is None:
        return 0, 0
    parts = _CURSOR.fullmatch(cursor)
    found = (int(parts[1]), int(parts[2])) if parts else (_MOST + 1, 0)
    if max(found) > _MOST:
        raise InvalidField("Invalid 'cursor': must be the next_cursor of the page before")
    oldest_open, last, lives = store.events.bounds()
    txid, n = found
    for first, began in lives:
        if n < first:
            txid = min(txid, began)
    if txid >= oldest_open or n > last:
        raise InvalidField("Invalid 'cursor': it is of another database: begin anew, without one")
    return txid, n
