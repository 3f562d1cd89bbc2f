"""What stories of what became of invitations have in common: one that was sent, time, looks, and what is told."""

from __future__ import annotations

from typing import Any

from curtsy.domain.acceptance import WHOLE_EVERY_MS
from curtsy.storage.store.invitations import Followed
from tests.harness.agent import Work
from tests.harness.scene import Scene
from tests.harness.served import Served
from tests.service.sights import HOUR, MINUTE, jump, tick

HIDDEN = "check_invitations"


def sent(scene: Scene, person: str = "ada") -> str:
    """The task of an invitation that was sent."""
    task = scene.invite(person)
    assert scene.agent.turn() == "completed"
    return task


def looks(scene: Scene) -> int:
    """How many looks of the team are there."""
    sql, team = "SELECT id FROM tasks WHERE kind = 'check_invitations' AND team_id = :team", scene.house.team_id
    rows = scene.server.run(lambda store, _now: store.rows.all(sql, {"team": team}))
    return len(rows)


def planned(scene: Scene) -> bool:
    """Whether another look will follow."""
    sql, team = "SELECT due_at FROM checks WHERE team_id = :team", scene.house.team_id
    return scene.server.run(lambda store, _now: store.rows.one(sql, {"team": team})) is not None


def look_given(scene: Scene, after: int = HOUR) -> Work:
    """The next look, in the hand of the browser."""
    pass_time(scene, after)
    work = scene.agent.lease()
    assert work is not None
    assert work.kind == HIDDEN
    return work


def followed(scene: Scene, task: str) -> Followed:
    """What is known of the invitation of a task."""
    found = scene.server.run(lambda store, _now: store.invitations.of_task(task))
    assert found is not None
    return found


def early_in_half_a_day(scene: Scene) -> None:
    """Let time pass until an hour after the looks are whole again for the first time."""
    assert isinstance(scene.server, Served)
    tick(scene, WHOLE_EVERY_MS - scene.server.clock() % WHOLE_EVERY_MS + HOUR)
    scene.agent.ask()
    jump(scene, 0)


def pass_time(scene: Scene, ms: int) -> None:
    """Let time pass with the browser open; upkeep that came before its heartbeat looks again ten minutes later."""
    for wait in (ms, 10 * MINUTE):
        tick(scene, wait)
        scene.agent.ask()
        jump(scene, 0)


def look(scene: Scene, after: int = HOUR) -> str | None:
    """Let the next look fall due, and have the browser carry it out."""
    pass_time(scene, after)
    return scene.agent.turn()


def told(scene: Scene, task: str) -> list[dict[str, Any]]:
    """What the feed says of the invitation of a task."""
    feed = scene.get("/v1/events").body["data"]
    return [one for one in feed if one["type"].startswith("invitation.") and one["data"]["task"]["id"] == task]
