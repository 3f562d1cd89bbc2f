"""Stories of what is told: to who waits and who follows, over a real wire, and of browsers that come and go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import requests

from curtsy.domain.member import ONLINE_MS
from curtsy.service import access, pairing, teams
from curtsy.storage.database import open_database
from curtsy.storage.store import Store
from curtsy.web.crowd import Limits
from curtsy.web.postman import MOST_UNDER_WAY
from tests.faults.machine.town import Town
from tests.faults.teeth.words import leased, wait
from tests.harness.follower import following
from tests.harness.receiver import receiving
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import Hooks
from tests.web.line import Line

STATUS = "/linkedin-agent/get-task-status"
PATIENCE_S = [20.0]
"""How long a story listens for what must come; whoever tells one that will break need not listen for long."""


@contextlib.contextmanager
def serving(t: Town, limits: Limits, under_way: int = MOST_UNDER_WAY) -> Iterator[tuple[Scene, Served]]:
    """A server beside the town, where nobody looks by themselves unless the limits say so."""
    server = Served(f"sqlite:{t.folder / 'wire.db'}", t.clock, limits, under_way=under_way)
    server.start()
    scene = set_scene(server, Sky(t.clock))
    try:
        yield scene, server
    finally:
        scene.close()
        server.close()


RUNG = replace(Limits(), look_s=3600)


def waited(scene: Scene, task: str, seconds: int = 55, key: str | None = None) -> requests.Response:
    """A call that waits for the end of a task."""
    headers = {"x-api-key": key or scene.house.key, "prefer": f"wait={seconds}"}
    return requests.get(scene.url + STATUS, params={"api_agent_task_id": task}, headers=headers, timeout=60)


def who_hung_up_is_forgotten(t: Town) -> None:
    with serving(t, RUNG) as (scene, server):
        task = scene.invite("ada")
        with Line(scene.url) as line:
            line.say(f"GET {STATUS}?api_agent_task_id={task}&wait=55 HTTP/1.1\r\nhost: x\r\n")
            line.say(f"x-api-key: {scene.house.key}\r\n\r\n")
            until(server.staying, "a caller that waits")
        until(lambda: not server.staying(), "its end", PATIENCE_S[0])


def a_revoked_key_waits_no_longer(t: Town) -> None:
    with ThreadPoolExecutor() as hands, serving(t, RUNG) as (scene, server):
        key = scene.house.new_key()
        answer = hands.submit(waited, scene, scene.invite("ada"), 55, key.secret)
        until(server.staying, "a caller that waits")
        server.run(access.revoke_key, scene.house.team_id, key.id)
        assert answer.result(PATIENCE_S[0]).status_code == 401


def a_server_that_stops_answers_who_waits(t: Town) -> None:
    with ThreadPoolExecutor() as hands:
        with serving(t, RUNG) as (scene, server):
            answer = hands.submit(waited, scene, scene.invite("ada"))
            until(server.staying, "a caller that waits")
        assert answer.result(PATIENCE_S[0]).status_code == 200


def no_more_wait_than_may(t: Town) -> None:
    with ThreadPoolExecutor() as hands, serving(t, replace(RUNG, waiters=1)) as (scene, server):
        task = scene.invite("ada")
        hands.submit(waited, scene, task)
        until(server.staying, "a caller that waits")
        assert "preference-applied" not in waited(scene, task, 1).headers


def what_is_done_beside_the_server_is_noticed(t: Town) -> None:
    with ThreadPoolExecutor() as hands, serving(t, replace(Limits(), look_s=0.05)) as (scene, server):
        answer = hands.submit(waited, scene, scene.invite("ada"))
        until(server.staying, "a caller that waits")
        with contextlib.closing(open_database(server.address, clock=t.clock)) as beside:
            beside.run_now(teams.leave, scene.house.team_id, scene.house.admin.id, even_last_admin=True)
        assert answer.result(PATIENCE_S[0]).json()["data"]["status"] == "failed"


def a_revoked_key_follows_no_longer(t: Town) -> None:
    with serving(t, RUNG) as (scene, server):
        key = scene.house.new_key()
        with following(scene.url, key.secret) as follower:
            server.run(access.revoke_key, scene.house.team_id, key.id)
            assert follower.ended.wait(PATIENCE_S[0])


def no_more_follow_than_may(t: Town) -> None:
    with serving(t, replace(RUNG, streams=1)) as (scene, _), following(scene.url, scene.house.key):
        headers = {"x-api-key": scene.house.key, "accept": "text/event-stream"}
        with httpx.stream("GET", scene.url + "/v1/events", headers=headers, trust_env=False) as second:
            assert second.status_code == 503


def who_comes_back_before_the_first_event_misses_nothing(t: Town) -> None:
    with serving(t, RUNG) as (scene, _):
        with following(scene.url, scene.house.key) as first:
            pass
        scene.invite("ada")
        with following(scene.url, scene.house.key, last_id=first.last_id) as second:
            until(lambda: second.events, "what came between", PATIENCE_S[0])


def the_first_message_to_each_waits_for_nobody(t: Town) -> None:
    with serving(t, RUNG, under_way=0) as (scene, _), receiving() as receiver:
        Hooks(scene).make(receiver.url)
        scene.invite("ada")
        until(lambda: receiver.told, "the message", PATIENCE_S[0])


# ------------------------------------------------------------------ of tasks and browsers


def every_move_is_told(t: Town) -> None:
    _, browser, _ = leased(t)
    browser.start()


def told(store: Store, _now: int, agent_id: str) -> list[str]:
    rows = store.rows.all("SELECT type FROM events WHERE data LIKE :agent ORDER BY n", {"agent": f"%{agent_id}%"})
    return [row[0].removeprefix("agent.") for row in rows]


def a_browser_that_is_gone_is_told_of_once(t: Town) -> None:
    agent = t.run(pairing.agent_of, t.browsers[0].token)
    wait(t, ONLINE_MS)
    t.run(pairing.unpair, agent.team_id, agent.id)
    assert t.run(told, agent.id) == ["online", "offline"]


def a_browser_that_is_back_is_told_of(t: Town) -> None:
    agent = t.run(pairing.agent_of, t.browsers[0].token)
    wait(t, ONLINE_MS)
    t.browsers[0].lease()
    assert t.run(told, agent.id) == ["online", "offline", "online"]


def who_is_let_go_is_told_of(t: Town) -> None:
    agent = t.run(pairing.agent_of, t.browsers[0].token)
    t.pair(0)
    assert t.run(told, agent.id) == ["online", "offline"]
