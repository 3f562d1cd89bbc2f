"""Very many events told to an endpoint while the server is killed again and again: what was told, and how often."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler

from standardwebhooks import Webhook

from curtsy.domain.profile import parse_profile
from curtsy.domain.task import Kind
from curtsy.service import intake
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted
from curtsy.service.telling import TAKEN_MS
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.receiver import Receiver, Told, receiving, says
from tests.harness.scene import Scene, set_scene
from tests.harness.served import ServerProcess, server_process
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import Hooks

SLICE = 200
PATIENCE_S = 900.0


@dataclass(slots=True)
class Heard:
    """What an endpoint was told: for each task the ids of its messages; ``calls`` counts every call."""

    secret: str = ""
    calls: int = 0
    ids: dict[str, set[str]] = field(default_factory=dict)
    forged: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, told: Told) -> None:
        with self.lock:
            self.calls += 1
            self.forged += not genuine(self.secret, told)
            self.ids.setdefault(told.json["data"]["task"]["id"], set()).add(told.id)

    def more_than(self, calls: int) -> bool:
        return self.calls > calls


def genuine(secret: str, told: Told) -> bool:
    """Whether the signature is right; how old it is by the clock here says nothing, for the server's is ahead."""
    at = datetime.fromtimestamp(int(told.headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret).sign(msg_id=told.id, timestamp=at, data=told.body.decode())
    return signed in told.headers["webhook-signature"].split(" ")


@dataclass(slots=True)
class Tally:
    """What came of it."""

    events: int
    calls: int
    missing: int
    twice_named: int
    forged: int
    kills: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.events} events, {self.calls} calls ({self.calls - self.events} repeated), {self.kills} kills, "
            f"{self.missing} missing, {self.twice_named} under two ids, {self.forged} that do not verify, "
            f"{self.seconds:.0f} s, {self.calls / self.seconds:.0f} a second"
        )


@contextlib.contextmanager
def hearing() -> Iterator[tuple[Receiver, Heard]]:
    """A receiver that keeps ids only."""
    heard = Heard()

    def answer(line: BaseHTTPRequestHandler, told: Told) -> None:
        heard.hear(told)
        receiver.told.clear()
        says(200)(line, told)

    with receiving() as receiver:
        receiver.answer = answer
        yield receiver, heard


def tell(events: int, kills: int, seed: int) -> Tally:
    """Make so many events, kill the server so often meanwhile, and count when nothing more is to come."""
    chance = random.Random(seed)
    with quick_folder() as folder, server_process(folder) as server, hearing() as (receiver, heard):
        scene = set_scene(server, Sky(MovableClock()), name="Killed")
        heard.secret = Hooks(scene).make(receiver.url, types=["task.created"])["secret"]
        began = time.monotonic()
        tasks: set[str] = set()
        left = kills
        while len(tasks) < events:
            tasks |= ask(server, scene, len(tasks), min(SLICE, events - len(tasks)))
            if left and len(tasks) * (kills + 1) >= events * (kills - left + 1):
                left -= 1
                until(partial(heard.more_than, heard.calls + chance.randint(0, SLICE // 4)), "some of it", PATIENCE_S)
                server.kill()
                server.start()
                server.jump(TAKEN_MS + 1_000)  # what was on its way when the server died is free again
        until(lambda: heard.ids.keys() >= tasks, "everything", PATIENCE_S)
        scene.close()
        return Tally(
            events,
            heard.calls,
            len(tasks - heard.ids.keys()),
            sum(len(ids) > 1 for ids in heard.ids.values()),
            heard.forged,
            kills,
            time.monotonic() - began,
        )


def ask(server: ServerProcess, scene: Scene, after: int, count: int) -> set[str]:
    """So many invitations at once, by the desk that batches use."""
    asks = []
    for number in range(after, after + count):
        profile = parse_profile(f"person-{number}")
        assert profile is not None
        asks.append(Ask(scene.house.team_id, Kind.INVITE, profile, None, None, None))
    made = server.run(intake.accept_many, asks)
    assert all(isinstance(one, Accepted) for one in made)
    return {one.task_id for one in made if isinstance(one, Accepted)}
