"""Among many endpoints none holds up another, and what dies in between is told all the same."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from curtsy.domain.webhook import Address
from curtsy.web.dial import MOST_LOOKED_UP, Names
from curtsy.web.postman import Room
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.receiver import Receiver, Told, receiving, says
from tests.harness.scene import Scene, set_scene
from tests.harness.served import served, server_process
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import Hooks, heard
from tests.web.killed import tell

SLOW = "slow.example"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@contextmanager
def scene_with(**more: Any) -> Iterator[Scene]:
    with quick_folder() as folder, served(folder, **more) as server:
        scene = set_scene(server, Sky(server.clock))
        try:
            yield scene
        finally:
            scene.close()


@contextmanager
def dead(count: int) -> Iterator[list[Receiver]]:
    """Receivers that take every call and never answer."""
    hung = threading.Event()

    def hangs(_line: BaseHTTPRequestHandler, _told: Told) -> None:
        hung.wait(20)

    with ExitStack() as stack:
        stack.callback(hung.set)
        receivers = [stack.enter_context(receiving()) for _ in range(count)]
        for one in receivers:
            one.answer = hangs
        yield receivers


def test_a_dead_endpoint_holds_up_nobody(scene: Scene, receiver: Receiver) -> None:
    hooks = Hooks(scene)
    with dead(1) as [hangs]:
        hooks.make(hangs.url)
        hooks.make(receiver.url, types=["task.created"])
        for number in range(30):
            scene.invite(f"ada-{number}")
        heard(receiver, 30)
        assert len(set(receiver.ids)) == 30
        assert len(hangs.told) == 1  # a single message is on its way to who has taken none in


def test_many_dead_endpoints_leave_room_for_the_living(receiver: Receiver) -> None:
    with scene_with(under_way=4, answers_within_ms=300) as scene, dead(6) as hang:
        hooks = Hooks(scene)
        all_dead = [hooks.make(one.url, types=["task.created"]) for one in hang]
        for number in range(10):
            scene.invite(f"ada-{number}")
        until(lambda: [hooks.state(one) for one in all_dead] == ["failing"] * 6, "all of them to fail")
        hooks.make(receiver.url, types=["task.created"])
        for number in range(10, 20):
            scene.invite(f"ada-{number}")
        heard(receiver, 10)


@contextmanager
def slow(count: int) -> Iterator[tuple[list[Receiver], threading.Event]]:
    """Receivers that answer at once until the event is set, and from then on only when the block ends."""
    slowly, end = threading.Event(), threading.Event()

    def answers(line: BaseHTTPRequestHandler, told: Told) -> None:
        if slowly.is_set():
            end.wait(50)
        says(200)(line, told)

    with ExitStack() as stack:
        stack.callback(end.set)
        receivers = [stack.enter_context(receiving()) for _ in range(count)]
        for one in receivers:
            one.answer = answers
        yield receivers, slowly


def each_told(receivers: list[Receiver], before: int) -> bool:
    return all(len(one.told) > before for one in receivers)


@pytest.mark.parametrize("quick_before", [0, 5])
def test_who_is_slow_holds_up_no_other_team(receiver: Receiver, quick_before: int) -> None:
    with scene_with(under_way=4, answers_within_ms=60_000) as scene, slow(6) as (receivers, slowly):
        hooks, other = Hooks(scene), set_scene(scene.server, scene.sky, name="Other")
        for one in receivers:
            hooks.make(one.url, types=["task.created"])
        for number in range(quick_before):  # each that is taken in makes room for one more
            scene.invite(f"quick-{number}")
            until(partial(each_told, receivers, number), "all to be told")
        slowly.set()
        for number in range(10):
            scene.invite(f"slow-{number}")
        until(partial(each_told, receivers, quick_before), "each to hold an answer back")
        Hooks(other).make(receiver.url, types=["task.created"])
        other.invite("eve-example")
        heard(receiver, 1)
        other.close()


def test_beside_the_first_message_of_each_endpoint_a_team_has_a_quarter_of_the_room() -> None:
    room = Room(8)
    assert [room.take("busy", 15), room.take("busy", 15), room.take("other", 15)] == [2, 0, 2]
    room.give_back("busy", 1)
    assert [room.take("busy", 15), room.take("third", 1), room.take("fourth", 15)] == [1, 1, 2]
    assert [room.take("third", 15), room.take("fifth", 15)] == [1, 0]


def test_a_name_that_nobody_answers_for_holds_up_no_other(receiver: Receiver) -> None:
    silence = threading.Event()

    def ask(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        if host == SLOW:
            silence.wait(20)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    port = receiver.url.rpartition(":")[2]
    with scene_with(resolve=Names(ask), answers_within_ms=300) as scene:
        try:
            hooks = Hooks(scene)
            slow = [hooks.make(f"http://{SLOW}:{port}/{number}", types=["task.created"]) for number in range(12)]
            hooks.make(f"http://quick.example:{port}", types=["task.created"])
            scene.invite("ada-example")
            heard(receiver, 1)
            until(lambda: {hooks.state(one) for one in slow} == {"failing"}, "all of them to fail")
            assert hooks.deliveries(slow[0])[0]["error"] == "no whole answer within 0.3 s"
        finally:
            silence.set()


async def _each(names: Names, hosts: list[str]) -> list[list[Address] | BaseException]:
    return await asyncio.gather(*(names(host, 80) for host in hosts), return_exceptions=True)


def test_no_more_names_than_may_are_looked_up_at_once() -> None:
    everybody = threading.Event()
    asked: list[str] = []
    full: list[Callable[[], object]] = []

    def ask(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        if len(asked) == MOST_LOOKED_UP:
            full[0]()
        everybody.wait(20)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]

    hosts = [f"{number}.example" for number in range(MOST_LOOKED_UP)]

    async def story() -> list[list[Address] | BaseException]:
        names, all_asked = Names(ask), asyncio.Event()
        full.append(partial(asyncio.get_running_loop().call_soon_threadsafe, all_asked.set))
        first = asyncio.gather(_each(names, hosts), _each(names, hosts))
        await all_asked.wait()
        with pytest.raises(OSError, match="too many names are"):
            await names("one-more.example", 80)
        everybody.set()
        both = await first
        return [*both[0], *both[1]]

    found = asyncio.run(story())
    assert [str(one[0]) for one in found if isinstance(one, list)] == ["192.0.2.1"] * (2 * MOST_LOOKED_UP)
    assert sorted(asked) == sorted(hosts)  # those who ask at the same time share an answer


def test_who_sends_is_told_in_parallel_and_waits_for_no_slow_message(scene: Scene, receiver: Receiver) -> None:
    hooks, slow = Hooks(scene), threading.Event()

    def now_and_then(line: BaseHTTPRequestHandler, told: Told) -> None:
        if told.json["data"]["task"]["id"] == late[0]:
            slow.wait(20)
        good(line, told)

    good, late = receiver.answer, [""]
    hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-first")
    heard(receiver, 1)
    receiver.answer = now_and_then
    try:
        scene.invite("ada-second")
        heard(receiver, 2)
        late[0] = scene.invite("ada-late")
        others = {scene.invite(f"ada-{number}") for number in range(40)}
        until(partial(told_of, receiver, others), "all the others")
    finally:
        slow.set()


def told_of(receiver: Receiver, tasks: set[str]) -> bool:
    return tasks <= {one.json["data"]["task"]["id"] for one in receiver.told}


def test_nothing_is_lost_when_the_server_is_killed() -> None:
    tally = tell(300, 3, seed=1)
    assert (tally.missing, tally.twice_named, tally.forged) == (0, 0, 0), tally


def test_a_server_that_stops_waits_for_answers_that_are_near(receiver: Receiver) -> None:
    stops = threading.Event()

    def answers_late(line: BaseHTTPRequestHandler, told: Told) -> None:
        stops.wait(20)
        good(line, told)

    good, receiver.answer = receiver.answer, answers_late
    with quick_folder() as folder, server_process(folder) as server:
        scene = set_scene(server, Sky(MovableClock()), name="Stops")
        made = Hooks(scene).make(receiver.url, types=["task.created"])
        scene.invite("ada-example")
        heard(receiver, 1)
        threading.Timer(0.2, stops.set).start()
        server.stop()
        server.start()
        assert [one["outcome"] for one in Hooks(scene).deliveries(made)] == ["delivered"]
        scene.close()
