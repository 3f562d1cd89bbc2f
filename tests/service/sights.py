"""What tests look at behind the doors: a task's row, its events, what was spent, its evidence."""

from __future__ import annotations

import json
from typing import Any

from curtsy.domain.task import Task
from curtsy.storage.store import Store
from tests.harness.agent import Agent, Reply, Work
from tests.harness.scene import Scene
from tests.harness.served import Served

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def jump(scene: Scene, ms: int) -> None:
    """Let time pass, with upkeep done."""
    scene.server.jump(ms)


def tick(scene: Scene, ms: int) -> None:
    """Let time pass without anything being done about it yet."""
    assert isinstance(scene.server, Served)
    scene.server.clock.jump(ms)


def row(scene: Scene, task_id: str) -> Task:
    """The task as the table has it."""
    task = scene.server.run(lambda store, _now: store.tasks.get(task_id))
    assert task is not None
    return task


def state(scene: Scene, task_id: str) -> str:
    """The state in the table's word."""
    return str(row(scene, task_id).state)


def events(scene: Scene, task_id: str) -> list[str]:
    """The types of a task's events, oldest first."""

    def ask(store: Store, _now: int) -> list[str]:
        rows = store.rows.all("SELECT type FROM events WHERE task_id = :id ORDER BY n", {"id": task_id})
        return [found[0].removeprefix("task.") for found in rows]

    return scene.server.run(ask)


def spent(scene: Scene) -> int:
    """How many acts of the scene's account count against its pace."""
    account = str(scene.agent.account)

    def ask(store: Store, now: int) -> int:
        rows = store.rows.all(
            "SELECT lease_id FROM attempts WHERE account = :account AND spent = 1 AND started_at > :since",
            {"account": account, "since": now - 7 * DAY},
        )
        return len(rows)

    return scene.server.run(ask)


def evidence(scene: Scene, task_id: str) -> list[dict[str, Any]]:
    """Everything kept about a task, oldest first, with where it came from."""
    kept = scene.server.run(lambda store, _now: store.attempts.evidence(task_id))
    return [{"source": source, **json.loads(body)} for _, source, body in kept]


def pauses(scene: Scene) -> dict[str, int | None]:
    """The causes that stand against the admin, each with how many milliseconds it has left."""

    def ask(store: Store, now: int) -> dict[str, int | None]:
        standing = store.teams.pauses(scene.house.admin.id, now)
        return {str(one.cause): None if one.until is None else one.until - now for one in standing}

    return scene.server.run(ask)


def leased(scene: Scene, profile: str, agent: Agent | None = None, **more: Any) -> Work:
    """A new task, in the hand of a browser."""
    task = scene.invite(profile, **more)
    work = (agent or scene.agent).lease()
    assert work is not None
    assert work.id == task
    return work


def started(scene: Scene, profile: str, agent: Agent | None = None, **more: Any) -> Work:
    """A new task whose act has been allowed."""
    work = leased(scene, profile, agent, **more)
    reply = (agent or scene.agent).start(work)
    assert reply.status == 200, reply
    return work


def doubtful(scene: Scene, profile: str) -> Work:
    """A new task whose act was allowed and whose answer is lost."""
    work = started(scene, profile)
    reply = scene.agent.finish(work, "unknown", {"acted": True})
    assert reply.body["state"] == "unconfirmed"
    return work


def looked(agent: Agent, seen: str, **more: Any) -> Reply:
    """A verify lease, taken and answered."""
    work = agent.lease()
    assert work is not None, "there was nothing to look at"
    assert work.purpose == "verify"
    return agent.finish(work, seen, {"tab_closed": True, **more})
