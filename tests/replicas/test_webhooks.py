"""Two server processes tell webhooks together: each event once while nobody dies, and none is lost when one does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from curtsy.service.sealing import new_key
from curtsy.service.telling import TAKEN_MS
from curtsy.storage.key_file import make_key
from curtsy.storage.store import Store
from tests.harness.clock import MovableClock
from tests.harness.postgres import postgres
from tests.harness.receiver import Receiver, Told, receiving, says
from tests.harness.scene import Scene, set_scene
from tests.harness.served import ServerProcess
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import Hooks
from tests.web.killed import ask

pytestmark = pytest.mark.postgresql
EVENTS = 400


@contextmanager
def two(folder: Path) -> Iterator[tuple[ServerProcess, ServerProcess, Scene]]:
    """Two processes with one database and one key, and a team."""
    address, key = postgres().fresh(), folder / "key"
    make_key(key, new_key())
    one, other = ServerProcess(address, secret_file=key), ServerProcess(address, secret_file=key)
    scene = set_scene(one, Sky(MovableClock()), name="Two")
    try:
        yield one, other, scene
    finally:
        scene.close()
        one.kill()
        other.kill()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def told_of(receiver: Receiver, tasks: set[str]) -> bool:
    return tasks <= {one.json["data"]["task"]["id"] for one in list(receiver.told)}


def test_each_event_is_told_once_by_two(tmp_path: Path, receiver: Receiver) -> None:
    with two(tmp_path) as (one, other, scene):
        hooks = Hooks(scene)
        made = hooks.make(receiver.url, types=["task.created"])
        theirs = Hooks(Scene(other, scene.house, scene.sky, scene.agent, scene.calls))
        tasks = {task for turn in range(4) for task in ask(one, scene, turn * 100, EVENTS // 4)}
        until(partial(told_of, receiver, tasks), "all of it")
        until(lambda: one.run(in_line) == 0, "all of it to be kept")
        assert len(receiver.told) == len(set(receiver.ids)) == EVENTS
        assert theirs.state(made) == "working"
        message = theirs.post(f"/{made['id']}/test").body["data"]["message_id"]
        until(lambda: message in receiver.ids, "what the other was asked")


def in_line(store: Store, _now: int) -> int:
    row = store.rows.one("SELECT count(*) FROM webhook_messages WHERE due_at IS NOT NULL", {})
    return int(row[0]) if row else 0


def test_what_one_had_in_hand_is_told_by_the_other(tmp_path: Path, receiver: Receiver) -> None:
    def waits(line: BaseHTTPRequestHandler, _told: Told) -> None:
        """No answer comes before the end of whoever asks."""
        line.rfile.read(1)

    with two(tmp_path) as (one, other, scene):
        Hooks(scene).make(receiver.url, types=["task.created"])
        receiver.answer = waits
        task = ask(one, scene, 0, 1)
        until(lambda: receiver.told, "a call")
        one.kill()
        other.kill()
        receiver.answer = says(200)
        other.start()
        first = len(receiver.told)
        other.jump(TAKEN_MS + 1_000)
        until(lambda: len(receiver.told) > first, "it to be told again")
        assert told_of(receiver, task)
        assert len(set(receiver.ids)) == 1
