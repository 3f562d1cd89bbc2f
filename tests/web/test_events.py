"""The feed of events: every one once, in one order, however a caller pages through it."""

from __future__ import annotations

from typing import Any

import pytest

from curtsy.domain.member import Cause
from curtsy.service import pauses
from curtsy.service.events import LOOKED_THROUGH
from tests.harness.scene import Scene, set_scene
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.noise import noise


def feed(scene: Scene, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    """A page of it."""
    asked = {"limit": str(limit)} if cursor is None else {"limit": str(limit), "cursor": cursor}
    reply = scene.get("/v1/events", **asked)
    assert reply.status == 200, reply
    return reply.body


def everything(scene: Scene, limit: int, count: int) -> list[dict[str, Any]]:
    """Page through it until so many have come."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None

    def enough() -> bool:
        nonlocal cursor
        page = feed(scene, cursor, limit)
        found.extend(page["data"])
        cursor = page["next_cursor"]
        return len(found) >= count

    until(enough, f"{count} events")
    return found


def test_a_task_is_followed_from_the_ask_to_its_end(scene: Scene) -> None:
    task = scene.invite("ada-example")
    assert scene.agent.turn() == "completed"
    events = everything(scene, 100, 5)
    assert [one["type"] for one in events] == [
        "agent.online", "task.created", "task.leased", "task.started", "task.completed",
    ]  # fmt: skip
    told = events[1:]
    assert [one["data"]["task"] for one in told] == [
        {"id": task, "status": status} for status in ("pending", "processing", "processing", "completed")
    ]
    assert {one["data"]["sender"]["id"] for one in events} == {scene.house.admin.id}
    assert len({one["id"] for one in events}) == 5
    assert all(one["timestamp"].endswith("Z") for one in events)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_any_size_show_the_same(scene: Scene, limit: int) -> None:
    for person in ("ada-one", "ada-two", "ada-three"):
        scene.invite(person)
    events = everything(scene, limit, 4)
    assert [one["type"] for one in events] == ["agent.online", *["task.created"] * 3]
    assert len({one["id"] for one in events}) == 4


def test_a_cursor_at_the_end_stays_good(scene: Scene) -> None:
    everything(scene, 100, 1)
    at = feed(scene)["next_cursor"]
    assert feed(scene, at) == {"success": True, "data": [], "has_more": False, "next_cursor": at}
    scene.invite("ada-example")
    later = until(lambda: feed(scene, at)["data"], "the new event")
    assert [one["type"] for one in later] == ["task.created"]


def test_a_time_in_an_event_is_written_as_every_time(scene: Scene) -> None:
    everything(scene, 100, 1)
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.THROTTLED, 90_000)
    told = everything(scene, 100, 2)[-1]
    assert (told["type"], told["data"]["cause"]) == ("member.paused", "throttled")
    assert told["data"]["until"].endswith("Z")


def test_another_team_sees_nothing_of_it(scene: Scene) -> None:
    everything(scene, 100, 1)
    other = set_scene(
        scene.server, Sky(scene.server.run(lambda _store, now: lambda: now)), name=f"{scene.house.team_id[-8:]}"
    )
    try:
        scene.invite("ada-example")
        mine, theirs = everything(scene, 100, 2), everything(other, 100, 1)
        assert {one["id"] for one in mine}.isdisjoint(one["id"] for one in theirs)
        assert len(theirs) == 1
    finally:
        other.close()


@pytest.mark.parametrize(
    "cursor",
    ["junk", "", "1", "-1-2", "1-2-3", "01-2", "1-", "\u0661-2", "9223372036854775808-1", "1-9223372036854775808"],
)
def test_a_cursor_that_was_never_given_is_refused(scene: Scene, cursor: str) -> None:
    said = scene.get("/v1/events", cursor=cursor)
    assert (said.status, said.code) == (400, "invalid_field")
    assert said.body["error"] == "Invalid 'cursor': must be the next_cursor of the page before"


def test_a_page_has_at_most_a_hundred(scene: Scene) -> None:
    assert scene.get("/v1/events", limit="101").status == 400


def test_a_cursor_of_another_database_is_not_read_on_for_ever(scene: Scene) -> None:
    scene.invite("after-a-move")
    said = scene.get("/v1/events", cursor=f"{10**15}-1")
    assert (said.status, said.code) == (400, "invalid_field")
    assert "begin anew" in said.body["error"]


def test_events_of_some_types_come_by_themselves(scene: Scene) -> None:
    everything(scene, 100, 1)
    task = scene.invite("ada-types")
    assert scene.agent.turn() == "completed"
    everything(scene, 100, 5)
    for types in ("task.completed", "task.completed,task.failed", " task.failed , task.completed "):
        page = scene.get("/v1/events", types=types).body
        assert [(one["type"], one["data"]["task"]["id"]) for one in page["data"]] == [("task.completed", task)]
        assert page["next_cursor"] == feed(scene)["next_cursor"]
        assert page["has_more"] is False
    created = scene.get("/v1/events", types="task.created,task.completed", limit="1").body
    assert ([one["type"] for one in created["data"]], created["has_more"]) == (["task.created"], True)
    rest = scene.get("/v1/events", types="task.created,task.completed", cursor=created["next_cursor"]).body
    assert [one["type"] for one in rest["data"]] == ["task.completed"]


def test_a_page_of_few_among_many_may_be_empty_and_still_lead_on(scene: Scene) -> None:
    everything(scene, 100, 1)
    scene.server.run(noise, scene.house.team_id, LOOKED_THROUGH + 10)
    task = scene.invite("ada-rare")
    cursor = {"cursor": feed(scene, limit=1)["next_cursor"]}
    first = scene.get("/v1/events", types="task.created", **cursor).body
    assert (first["data"], first["has_more"]) == ([], True)
    second = scene.get("/v1/events", types="task.created", cursor=first["next_cursor"]).body
    assert ([one["data"]["task"]["id"] for one in second["data"]], second["has_more"]) == ([task], False)


@pytest.mark.parametrize("types", ["", "task", "task.created,", "task.created,webhook.test", "*"])
def test_a_type_that_nothing_has_is_refused(scene: Scene, types: str) -> None:
    said = scene.get("/v1/events", types=types)
    assert (said.status, said.code) == (400, "invalid_field")
    assert said.body["error"].startswith("Invalid 'types': there is no event ")
