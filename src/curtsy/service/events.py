"""Telling what happened: one event for each change, in its transaction, and a ring for whoever waits."""

from __future__ import annotations

import json

from curtsy.domain.task import Task
from curtsy.storage.store import Store


def tell(store: Store, now: int, task: Task, event: str, **data: object) -> None:
    """Record that ``event`` happened to a task, and wake those who wait for it."""
    store.events.add_many(
        [
            {
                "id": store.new_id(),
                "team_id": task.team_id,
                "type": event,
                "task_id": task.id,
                "member_id": task.member_id,
                "at": now,
                "data": json.dumps({"state": task.state, **data}),
            }
        ]
    )
    store.ring(f"task:{task.id}")


def tell_of_member(store: Store, now: int, team_id: str, member_id: str, event: str, **data: object) -> None:
    """Record that ``event`` happened to a member."""
    store.events.add_many(
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
        ]
    )
