"""What finished tasks know of people in words goes at an age of its own; the tasks stay."""

from __future__ import annotations

from curtsy.service.retention import Wiped, wipe
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, jump, tick

DAYS = 90
SEND = "/linkedin-agent/send-connection-request"


def wiped(scene: Scene) -> Wiped:
    done = Wiped(more=True)
    while done.more:
        done += scene.server.run(wipe, DAYS)
    return done


def test_notes_and_what_was_read_go_and_the_task_stays(scene: Scene) -> None:
    task = scene.invite(urn_of("wordy"), note="Hello, you")
    assert scene.agent.turn() == "completed"
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "read-once"}).body["api_agent_task_id"]
    work = scene.agent.lease()
    assert work is not None
    scene.agent.finish(work, "completed", {}, {"name": "Somebody Read"})
    jump(scene, DAYS * DAY - 1)
    wiped(scene)
    assert scene.status(task)["task_input"]["note"] == "Hello, you"
    assert scene.status(read)["task_output"] == {"name": "Somebody Read"}
    tick(scene, 2)
    assert wiped(scene).tasks >= 2
    shown = scene.status(task)
    assert "note" not in shown["task_input"]
    assert (shown["status"], shown["task_output"]["sent"]) == ("completed", True)
    assert scene.status(read)["task_output"] == {"forgotten": True}
    scene.agent.ask()
    again = scene.post(SEND, {"profile_urn": urn_of("wordy"), "note": "Other words"}).body
    assert (again["api_agent_task_id"], "warnings" in again) == (task, False)
    assert wiped(scene) == Wiped()


def test_what_is_open_keeps_its_words(scene: Scene) -> None:
    task = scene.invite("still-open", note="Not yet sent")
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work)
    jump(scene, 2 * DAYS * DAY)
    wiped(scene)
    assert scene.status(task)["task_input"]["note"] == "Not yet sent"
