"""What is foretold of a task that waits: when it is due, behind whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from curtsy.domain.hours import parse_hours
from curtsy.service import teams
from tests.harness.agent import Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sky
from tests.service.sights import DAY, HOUR, pauses, tick

SEND = "/linkedin-agent/send-connection-request"


@pytest.fixture
def one_a_day(scene: Scene) -> Scene:
    """A scene whose member sends one invitation a day, and has just sent today's."""
    scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, 1, 7, (0, 0))
    scene.invite("first-of-all")
    assert scene.agent.turn() == "completed"
    scene.agent.ask()
    return scene


def spelled(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


def days_ahead(scene: Scene, said: str) -> float:
    """How far ahead a time of an answer is."""
    return (datetime.fromisoformat(said).timestamp() * 1000 - scene.sky.clock()) / DAY


def ask_for_later(scene: Scene, days: float) -> None:
    scene.invite("may-not-begin-yet", not_before=spelled(scene.sky.clock() + int(days * DAY)))


def test_one_that_may_begin_only_later_is_not_waited_for(one_a_day: Scene) -> None:
    ask_for_later(one_a_day, 10)
    told = one_a_day.post(SEND, {"profile_urn": "the-next-one", "dry_run": True}).body
    assert days_ahead(one_a_day, told["estimated_at"]) == pytest.approx(1, abs=0.01)
    told = one_a_day.status(one_a_day.invite("the-next-one"))
    assert (told["blocked_by"], round(days_ahead(one_a_day, told["estimated_at"]), 2)) == ("day_limit", 1)


def test_one_that_may_begin_before_its_turn_comes_is_waited_for(one_a_day: Scene) -> None:
    ask_for_later(one_a_day, 0.5)
    told = one_a_day.status(one_a_day.invite("the-next-one"))
    assert round(days_ahead(one_a_day, told["estimated_at"]), 2) == 2


def at_any_hour(scene: Scene, _tasks: list[str]) -> None:
    scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, hours=False)


def nearly_always(scene: Scene, _tasks: list[str]) -> None:
    hours = parse_hours("mon-sun 00:01-23:59", "Etc/UTC")
    scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, hours=hours)


def after_a_yes(scene: Scene, tasks: list[str]) -> None:
    assert scene.agent.call("/agent/consent", {"approve_first": True}).status == 200
    for task in tasks[1::2]:
        assert scene.agent.call(f"/agent/approvals/{task}", {"approve": True}).status == 200


@pytest.mark.parametrize("allowed", [at_any_hour, nearly_always, after_a_yes])
def test_of_many_at_once_the_same_is_foretold_as_of_each(
    one_a_day: Scene, allowed: Callable[[Scene, list[str]], None]
) -> None:
    tasks = []
    for number in range(9):
        later = {"not_before": spelled(one_a_day.sky.clock() + number * DAY)} if number % 3 == 1 else {}
        tasks.append(one_a_day.invite(f"one-of-many-{number}", **later))
    allowed(one_a_day, tasks)
    many = {one["id"]: one for one in one_a_day.get("/v1/tasks", status="pending").body["data"]}
    assert set(many) == set(tasks)
    assert many == {task: one_a_day.status(task) for task in tasks}
    assert len({one["estimated_at"] for one in many.values()}) > 3


def slower(_work: Work, _sky: Sky) -> tuple[str, dict[str, int]]:
    return "throttled", {"http_status": 429}


def test_a_pause_that_is_over_is_not_made_longer_by_the_next(scene: Scene) -> None:
    scene.invite("too-fast")
    for hours in (1, 2):
        assert scene.agent.turn(Script(act=slower)) == "queued"
        assert pauses(scene) == {"throttled": hours * HOUR}
        tick(scene, hours * HOUR)
    news = scene.get("/v1/events", types="member.paused,member.resumed").body["data"]
    assert [one["type"] for one in news] == ["member.paused", "member.resumed", "member.paused"]
