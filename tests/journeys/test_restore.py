"""A backup made under traffic, a server killed after it, and the way back: no second invitation, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from curtsy.service.restoring import begin_again
from curtsy.storage.backup import back_up, put_back
from curtsy.storage.database import open_database
from curtsy.storage.store import Store
from tests.harness.agent import Agent, Work
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import ServerProcess, server_process
from tests.harness.sky import Sky, urn_of

pytestmark = pytest.mark.sqlite


@dataclass(slots=True)
class Story:
    """A server process with its scene, the clock that server runs by, and what the browser remembers."""

    folder: Path
    server: ServerProcess
    clock: MovableClock
    scene: Scene
    journal: list[dict[str, Any]] = field(default_factory=list)

    @property
    def copy(self) -> Path:
        return self.folder / "copy.db"

    @property
    def address(self) -> str:
        return self.server.address

    def jump(self, ms: int) -> None:
        """Let time pass everywhere."""
        self.clock.jump(ms)
        self.server.jump(ms)

    def remember(self, work: Work, phase: str, evidence: dict[str, Any] | None = None) -> None:
        """What the extension writes down."""
        self.journal.insert(0, {"task_id": work.id, "lease": work.lease, "phase": phase, "evidence": evidence})

    def send(self, *, told: bool) -> Work:
        """One invitation sent after the backup; ``told`` when LinkedIn's answer reached the journal."""
        agent = self.scene.agent
        work = agent.lease()
        assert work is not None
        assert agent.start(work).status == 200
        sent = self.scene.sky.invite(agent.sky.resolve(work.urn, work.slug), work.note)
        evidence = {"acted": True, "http_status": 200, "invitation_urn": sent.urn}
        self.remember(work, "answered" if told else "acting", evidence if told else None)
        assert agent.finish(work, "sent", evidence).body["state"] == "completed"
        return work

    def restore(self) -> int:
        """The server is killed, the backup put back, and the server started again."""
        self.server.kill()
        doubtful, kept = put_back(self.copy, self.address, begin_again, clock=self.clock)
        assert kept is not None
        self.server.start()
        return doubtful

    def hand_in(self, agent: Agent) -> None:
        """What every browser meets first after a restore."""
        refused = agent.ask()
        assert (refused.status, refused.code) == (409, "journal_required")
        entries = self.journal if agent is self.scene.agent else []
        taken = agent.call("/agent/journal", {"incarnation": agent.incarnation, "entries": entries})
        assert taken.status == 200
        agent.incarnation = taken.body["incarnation"]

    def work_off(self) -> None:
        """The browser does all there is to do, as time goes by."""
        for _ in range(8):
            while self.scene.agent.turn() is not None:
                pass
            self.jump(170_000)


@pytest.fixture
def story() -> Iterator[Story]:
    with quick_folder() as folder, server_process(folder) as server:
        clock = MovableClock()
        scene = set_scene(server, Sky(clock))
        try:
            yield Story(folder, server, clock, scene)
        finally:
            scene.close()


@contextmanager
def traffic(scene: Scene) -> Iterator[list[str]]:
    """Callers who go on asking while the block runs; the ids they were answered."""
    stop, made = threading.Event(), [scene.invite("traffic-first")]
    caller = set_calls(scene)

    def ask() -> None:
        n = 0
        while not stop.is_set():
            made.append(caller.invite(f"traffic-{n}"))
            n += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield made
    finally:
        stop.set()
        asking.join(20)
        caller.calls.close()


def set_calls(scene: Scene) -> Scene:
    """The same scene with connections of its own."""
    return Scene(scene.server, scene.house, scene.sky, scene.agent)


def test_a_backup_under_traffic_holds_everything_answered_before_it(story: Story) -> None:
    with traffic(story.scene) as made:
        before = list(made)
        back_up(story.address, story.copy)
    copied = open_database(f"sqlite:{story.copy}", clock=story.clock)
    try:
        held = [task for task in made if copied.run_now(_holds, task)]
    finally:
        copied.close()
    assert held[: len(before)] == before
    assert held == made[: len(held)]  # of one moment: no later task without every earlier one
    assert {story.scene.status(task)["status"] for task in made} == {"pending"}  # nobody was held up by it


def _holds(store: Store, _now: int, task: str) -> bool:
    return store.tasks.get(task) is not None


@pytest.mark.parametrize("setting", ["review", "requeue"])
def test_nobody_is_invited_twice_and_nothing_accepted_is_lost(story: Story, setting: str) -> None:
    scene = story.scene
    scene.server.run(lambda store, _now: store.teams.set_absence_requeues(scene.house.team_id, setting == "requeue"))
    names = ("told-to-the-journal", "in-the-journal", "in-no-journal", "never-sent")
    tasks = {name: scene.invite(name, note="Hello") for name in names}
    back_up(story.address, story.copy)
    story.send(told=True)
    story.send(told=False)
    story.send(told=False)
    story.journal.pop(0)  # this one was lost with the browser's profile
    afterwards = scene.invite("asked-afterwards")
    old = scene.agent.lease()
    assert old is not None

    assert story.restore() == 4
    assert scene.agent.start(old).code == "lease_lost"
    assert scene.agent.finish(old, "not_attempted").code == "lease_lost"
    second = scene.browser()
    scene.agent.reboot()
    story.hand_in(scene.agent)
    assert scene.status(tasks["told-to-the-journal"])["status"] == "completed"
    second.incarnation = scene.agent.incarnation
    assert scene.get("/linkedin-agent/get-task-status", api_agent_task_id=afterwards).status == 404
    story.work_off()

    became = {name: scene.status(task) for name, task in tasks.items()}
    for name in names[:3]:
        assert became[name]["task_output"]["sent"] is True
        assert len(scene.sky.to(urn_of(name))) == 1
    if setting == "requeue":
        assert became["never-sent"]["task_output"]["sent"] is True
        assert len(scene.sky.to(urn_of("never-sent"))) == 1
    else:
        assert became["never-sent"]["blocked_by"] == "needs_review"
        assert scene.sky.to(urn_of("never-sent")) == []
        said = {"sent": False, "reason": "Not under Sent invitations."}
        assert scene.post(f"/v1/tasks/{tasks['never-sent']}/settle", said).status == 200
        assert scene.invite("never-sent") != tasks["never-sent"]
        assert scene.agent.turn() == "completed"
    assert len(scene.sky.sent) == 4


@pytest.mark.parametrize("lands", ["before the restore", "two minutes later"])
def test_who_asks_again_at_once_for_what_the_backup_does_not_know_makes_no_second(story: Story, lands: str) -> None:
    scene = story.scene
    scene.invite("kept")
    back_up(story.address, story.copy)
    forgotten = scene.invite("forgotten")
    scene.agent.turn()
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.start(work).status == 200
    if lands == "before the restore":
        scene.sky.invite(urn_of("forgotten"), None)
    story.restore()
    assert scene.get("/linkedin-agent/get-task-status", api_agent_task_id=forgotten).status == 404
    again = scene.invite("forgotten")
    second = scene.browser()
    story.jump(120_000)
    assert second.turn() in (None, "completed")  # it looks for what is known, and is given no act
    if lands != "before the restore":
        scene.sky.invite(urn_of("forgotten"), None)
    story.jump(46_000)
    while second.turn() is not None:
        pass
    assert scene.status(again)["task_output"]["code"] == "already_pending"
    assert len(scene.sky.to(urn_of("forgotten"))) == 1


def test_the_same_backup_twice(story: Story) -> None:
    task = story.scene.invite("a-person")
    back_up(story.address, story.copy)
    assert story.restore() == 1
    story.hand_in(story.scene.agent)
    story.jump(165_000)
    while story.scene.agent.turn() is not None:
        pass
    assert story.restore() == 1
    story.hand_in(story.scene.agent)
    story.work_off()
    assert story.scene.status(task)["blocked_by"] == "needs_review"
    assert story.scene.sky.sent == []


def test_a_server_that_is_killed_in_between_sends_nothing_either(story: Story) -> None:
    story.scene.invite("a-person")
    back_up(story.address, story.copy)
    work = story.send(told=False)
    story.restore()
    story.server.kill()
    story.server.start()
    story.hand_in(story.scene.agent)
    story.server.kill()
    story.server.start()
    story.work_off()
    assert story.scene.status(work.id)["task_output"]["sent"] is True
    assert len(story.scene.sky.sent) == 1


def follow(scene: Scene, cursor: str) -> tuple[list[str], str]:
    """What happened after a cursor, to tasks, and the cursor after it."""
    page = scene.get("/v1/events", cursor=cursor).body
    return [one["data"]["task"]["id"] for one in page["data"] if "task" in one["data"]], str(page["next_cursor"])


def test_who_follows_misses_nothing_that_happens_after_a_restore(story: Story) -> None:
    scene = story.scene
    kept = scene.invite("kept")
    back_up(story.address, story.copy)
    for life in ("first", "second", "third"):
        for number in range(5):
            scene.invite(f"lost-{life}-{number}")
        _, cursor = follow(scene, "0-0")
        story.jump(1_000)
        assert story.restore() == 1
        assert follow(scene, cursor)[0] == [kept]  # it is in doubt
        task = scene.invite(f"new-{life}")
        seen, cursor = follow(scene, cursor)
        assert seen == [kept, task]
        assert follow(scene, cursor) == ([], cursor)


def test_a_cursor_that_was_never_given_is_refused(story: Story) -> None:
    scene = story.scene
    scene.invite("first")
    _, cursor = follow(scene, "0-0")
    beyond = f"{cursor.partition('-')[0]}-{int(cursor.partition('-')[2]) + 1}"
    refused = scene.get("/v1/events", cursor=beyond)
    assert (refused.status, refused.code) == (400, "invalid_field")
    assert "another database" in refused.body["error"]
