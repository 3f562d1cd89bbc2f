"""The events of a team as they happen: nothing missed, nothing twice, and an end when it must end."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import httpx
import pytest

from curtsy.service import access
from curtsy.web.crowd import Limits
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.follower import following
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served, server_process
from tests.harness.sky import Sky
from tests.harness.waiting import until

LIFE = ["task.created", "task.leased", "task.started", "task.completed"]


def everything(scene: Scene) -> list[str]:
    """The ids of all events of the team, by the pages of the feed."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        reply = scene.get("/v1/events", **({"cursor": cursor} if cursor else {}))
        found += [event["id"] for event in reply.body["data"]]
        cursor = reply.body["next_cursor"]
        if not reply.body["has_more"]:
            return found


def test_what_happens_is_told_as_it_happens(scene: Scene) -> None:
    with following(scene.url, scene.house.key) as follower:
        task = scene.invite("ada-example")
        assert scene.agent.turn() == "completed"
        until(lambda: len(follower.events) == 4, "four events")
    assert follower.types == LIFE
    assert {event["data"]["task"]["id"] for event in follower.events} == {task}
    pages = scene.get("/v1/events").body["data"]
    assert follower.events == pages[-4:]


def test_who_comes_back_goes_on_from_the_last_id(scene: Scene) -> None:
    with following(scene.url, scene.house.key) as first:
        scene.invite("ada-one")
        until(lambda: first.events, "the first event")
    assert scene.agent.turn() == "completed"
    scene.invite("ada-two")
    with following(scene.url, scene.house.key, last_id=first.last_id) as second:
        until(lambda: len(second.events) == 4, "what was missed")
    assert second.types == [*LIFE[1:], "task.created"]


def test_a_cursor_of_the_pages_is_a_place_in_the_stream(scene: Scene) -> None:
    scene.invite("ada-one")
    until(lambda: len(everything(scene)) == 2, "two events")
    with following(scene.url, scene.house.key, cursor="0-0") as follower:
        until(lambda: len(follower.events) == 2, "everything from the beginning")
    assert follower.types == ["agent.online", "task.created"]
    page = scene.get("/v1/events", cursor=follower.ids[0]).body
    assert [event["type"] for event in page["data"]] == ["task.created"]


def test_many_at_once_come_in_one_order(scene: Scene) -> None:
    with following(scene.url, scene.house.key, cursor="0-0") as follower:
        for number in range(250):
            scene.invite(f"ada-{number}")
        until(lambda: len(follower.events) >= 251, "everything")
    assert [event["id"] for event in follower.events] == everything(scene)


def test_nobody_hears_of_another_team(scene: Scene) -> None:
    other = set_scene(scene.server, scene.sky, name=f"Other {scene.house.team_id[-8:]}")
    try:
        with following(scene.url, scene.house.key) as follower:
            other.invite("ada-example")
            scene.invite("ben-example")
            until(lambda: follower.events, "an event of ours")
        assert [event["data"]["sender"]["id"] for event in follower.events] == [scene.house.admin.id]
    finally:
        other.close()


@pytest.mark.parametrize("last", ["junk", "1", "5-"])
def test_a_last_id_nobody_gave_is_refused(scene: Scene, last: str) -> None:
    headers = {"x-api-key": scene.house.key, "accept": "text/event-stream", "last-event-id": last}
    got = httpx.get(scene.url + "/v1/events", headers=headers, trust_env=False)
    assert (got.status_code, got.json()["code"]) == (400, "invalid_field")


def test_a_head_of_a_stream_has_an_end(scene: Scene) -> None:
    headers = {"x-api-key": scene.house.key, "accept": "text/event-stream"}
    got = httpx.head(scene.url + "/v1/events", headers=headers, trust_env=False)
    assert (got.status_code, got.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_a_revoked_key_ends_its_streams(scene: Scene) -> None:
    house = scene.house
    key = scene.server.run(access.create_key, house.team_id)
    with following(scene.url, key.secret) as follower, following(scene.url, house.key) as stays:
        scene.server.run(access.revoke_key, house.team_id, key.id)
        assert follower.ended.wait(20), "the stream went on"
        scene.invite("ada-example")
        until(lambda: stays.events, "the other stream to go on")
    assert follower.events == []


def test_who_hangs_up_is_followed_by_nobody(scene: Scene) -> None:
    topic = f"events:{scene.house.team_id}"
    assert isinstance(scene.server, Served)
    doorbell = scene.server.database.doorbell
    with following(scene.url, scene.house.key):
        until(lambda: doorbell._listeners.get(topic), "the follower")
    until(lambda: not doorbell._listeners.get(topic), "nobody to follow any more")


def test_one_follower_too_many_is_told_to_come_back() -> None:
    with quick_folder() as folder, served(folder, limits=replace(Limits(), streams=1)) as server:
        scene = set_scene(server, Sky(server.clock), name="Narrow")
        with following(scene.url, scene.house.key):
            headers = {"x-api-key": scene.house.key, "accept": "text/event-stream"}
            got = httpx.get(scene.url + "/v1/events", headers=headers, trust_env=False)
            assert (got.status_code, got.json()["code"]) == (503, "try_again")
            assert got.headers["retry-after"] == "1"
        scene.close()


def test_nothing_is_missed_when_the_server_is_killed() -> None:
    with quick_folder() as folder, server_process(folder) as server:
        scene = set_scene(server, Sky(MovableClock()), name="Killed")
        seen: list[str] = []
        last: str | None = None
        for turn in range(3):
            with following(server.url, scene.house.key, last_id=last, cursor="0-0") as follower:
                for number in range(20):
                    scene.invite(f"ada-{turn}-{number}")
                until(partial(bool, follower.events), "an event")
                server.kill()
                assert follower.ended.wait(20)
                seen += [event["id"] for event in follower.events]
                last = follower.last_id
            server.start()
        with following(server.url, scene.house.key, last_id=last) as rest:
            until(lambda: len(seen) + len(rest.events) >= 61, "the rest")
            seen += [event["id"] for event in rest.events]
        assert seen == everything(scene)
        scene.close()
