"""The events of a team as they happen: nothing missed, nothing twice, and an end when it must end."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import httpx
import pytest
import requests

from curtsy.service import access
from curtsy.service.events import LOOKED_THROUGH
from curtsy.web.crowd import Limits
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.follower import Follower, following
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served, server_process
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.line import Line
from tests.web.noise import noise

INVITE = "/linkedin-agent/send-connection-request"
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


def test_who_comes_back_before_the_first_event_misses_nothing_either(scene: Scene) -> None:
    with following(scene.url, scene.house.key) as first:
        until(lambda: first.last_id, "the place where it begins")
    scene.invite("ada-between")
    with following(scene.url, scene.house.key, last_id=first.last_id) as second:
        until(lambda: second.events, "what was missed")
    assert (first.types, second.types) == ([], ["task.created"])


def test_events_of_some_types_are_followed(scene: Scene) -> None:
    with following(scene.url, scene.house.key, types="task.completed, agent.offline") as follower:
        task = scene.invite("ada-types")
        assert scene.agent.turn() == "completed"
        assert scene.agent.unpair().status == 200
        until(lambda: len(follower.events) == 2, "two events")
    assert follower.types == ["task.completed", "agent.offline"]
    assert follower.events[0]["data"]["task"]["id"] == task


def test_one_type_among_very_many_events_is_found(scene: Scene) -> None:
    scene.server.run(noise, scene.house.team_id, 2 * LOOKED_THROUGH + 500)
    task = scene.invite("ada-rare")
    with following(scene.url, scene.house.key, cursor="0-0", types="task.created") as follower:
        until(lambda: follower.events, "the one")
    assert [event["data"]["task"]["id"] for event in follower.events] == [task]


def test_who_has_nothing_to_hear_hears_that_the_line_stands_and_how_far_it_is() -> None:
    with quick_folder() as folder, served(folder, limits=replace(Limits(), alive_s=0.05)) as server:
        scene = set_scene(server, Sky(server.clock), name="Quiet")
        with following(scene.url, scene.house.key, cursor="0-0", types="task.expired") as follower:
            until(lambda: follower.comments > 2, "three comments")
            begun = follower.last_id
            scene.invite("ada-elsewhere")
            until(lambda: follower.last_id != begun, "a place further on")
        assert follower.events == []
        with following(scene.url, scene.house.key, last_id=follower.last_id) as again:
            scene.invite("ada-after")
            until(lambda: again.events, "what came after it")
        assert again.types == ["task.created"]
        scene.close()


def test_a_server_that_stops_brings_its_streams_to_an_end() -> None:
    with quick_folder() as folder, contextlib.ExitStack() as opened:
        with served(folder) as server:
            scene = set_scene(server, Sky(server.clock), name="Stops")
            follower = opened.enter_context(following(scene.url, scene.house.key))
            scene.invite("ada-last")
            until(lambda: follower.events, "an event")
            scene.close()
        assert follower.ended.wait(20), "the stream went on"
    assert follower.whole


def test_a_process_told_to_end_keeps_nobody_and_is_kept_by_nobody() -> None:
    with ThreadPoolExecutor(1) as hands, quick_folder() as folder, server_process(folder) as server:
        scene = set_scene(server, Sky(MovableClock()), name="Told to end")
        answer = hands.submit(
            requests.post, server.url + INVITE, json={"profile_urn": "ada-waits"},
            headers=scene.house.headers | {"prefer": "wait=55"}, timeout=60,
        )  # fmt: skip
        with following(server.url, scene.house.key, cursor="0-0") as follower:
            until(lambda: len(follower.events) == 2, "the task that is waited for")
            server.stop()
            assert follower.ended.wait(20)
        assert follower.whole
        assert answer.result(20).json()["data"]["status"] == "pending"
        scene.close()


def test_the_description_shows_how_to_wait_and_to_follow(scene: Scene) -> None:
    paths = scene.get("/openapi.json").body["paths"]
    feed = paths["/v1/events"]["get"]
    known = {(one["in"], one["name"]) for one in feed["parameters"]}
    assert known == {("query", "limit"), ("query", "cursor"), ("query", "types"), ("header", "Last-Event-ID")}
    assert set(feed["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert "`try_again`" in feed["responses"]["503"]["description"]
    waits = {
        path
        for path, methods in paths.items()
        for call in methods.values()
        if any(one["name"] == "Prefer" for one in call.get("parameters", []))
        and "Preference-Applied" in call["responses"]["200"]["headers"]
    }
    asks = ("send-connection-request", "fetch-profile", "withdraw-connection-request", "fetch-connections")
    about = (*asks, "get-task-status", "cancel-task")
    assert waits == {"/v1/tasks/{id}", *(f"/linkedin-agent/{name}" for name in about)}


def test_who_takes_nothing_is_cut_and_costs_the_others_nothing() -> None:
    with quick_folder() as folder, served(folder, limits=replace(Limits(), unread_s=0.2)) as server:
        scene = set_scene(server, Sky(server.clock), name="Slow")
        with Line(scene.url, holds=4096) as slow, following(scene.url, scene.house.key, cursor="0-0") as follower:
            slow.say(f"GET /v1/events?cursor=0-0 HTTP/1.1\r\nhost: x\r\nx-api-key: {scene.house.key}\r\n")
            slow.say("accept: text/event-stream\r\n\r\n")
            until(lambda: server.staying() == 2, "two who follow")
            server.run(noise, scene.house.team_id, 400, 20_000)
            until(lambda: server.staying() == 1, "the end of the slow one")
            until(slow.broken, "the line to be broken off")
            until(lambda: len(follower.events) == 401, "everything")
        until(lambda: server.staying() == 0, "nobody to follow any more")
        scene.close()


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


def test_of_many_who_come_at_once_no_more_are_let_in_than_may_follow() -> None:
    with quick_folder() as folder, served(folder, limits=replace(Limits(), streams=2)) as server:
        scene = set_scene(server, Sky(server.clock), name="Rush")
        with contextlib.ExitStack() as lines:
            rush = [lines.enter_context(Line(scene.url)) for _ in range(20)]
            for line in rush:
                line.say(f"GET /v1/events HTTP/1.1\r\nhost: x\r\nx-api-key: {scene.house.key}\r\n")
                line.say("accept: text/event-stream\r\n\r\n")
            assert sorted(line.answer().status for line in rush) == [200] * 2 + [503] * 18
        scene.close()


def test_one_follower_too_many_is_told_to_come_back() -> None:
    with quick_folder() as folder, served(folder, limits=replace(Limits(), streams=1)) as server:
        scene = set_scene(server, Sky(server.clock), name="Narrow")
        with following(scene.url, scene.house.key):
            headers = {"x-api-key": scene.house.key, "accept": "text/event-stream"}
            got = httpx.get(scene.url + "/v1/events", headers=headers, trust_env=False)
            assert (got.status_code, got.json()["code"]) == (503, "try_again")
            assert got.headers["retry-after"] == "1"
        scene.close()


def test_nothing_is_missed_when_the_server_is_killed_while_tasks_are_made() -> None:
    with quick_folder() as folder, server_process(folder) as server:
        scene = set_scene(server, Sky(MovableClock()), name="Killed")
        made: list[str] = []
        enough = threading.Event()

        def make() -> None:
            """Ask for one person after another; one that got no answer is asked for again, with the same key."""
            while not enough.is_set():
                body = {"profile_urn": f"ada-{len(made)}"}
                headers = scene.house.headers | {"idempotency-key": body["profile_urn"]}
                with contextlib.suppress(requests.RequestException, KeyError):
                    reply = requests.post(scene.url + INVITE, json=body, headers=headers, timeout=20)
                    made.append(reply.json()["api_agent_task_id"])

        maker = threading.Thread(target=make, daemon=True)
        maker.start()
        parts: list[Follower] = []
        for turn in range(4):
            place = parts[-1].last_id if parts else "0-0"
            with following(server.url, scene.house.key, last_id=place) as follower:
                parts.append(follower)
                until(partial(more_than, follower, 20), "events")
                if turn < 3:
                    server.kill()
                    assert follower.ended.wait(20)
                    assert not follower.whole
                    server.start()
                else:
                    enough.set()
                    maker.join(20)
                    until(lambda: set(made) <= set(tasks_of(*parts)), "the rest")
        seen = [event["id"] for part in parts for event in part.events]
        assert seen == everything(scene)
        assert sorted(tasks_of(*parts)) == sorted(made)
        scene.close()


def more_than(follower: Follower, count: int) -> bool:
    return len(follower.events) > count


def tasks_of(*parts: Follower) -> list[str]:
    """The tasks that somebody has heard of, in one stream after another."""
    told = [event for part in parts for event in part.events]
    return [event["data"]["task"]["id"] for event in told if event["type"] == "task.created"]
