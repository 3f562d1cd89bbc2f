"""What finished long ago is let go, and what guards people stays."""

from curtsy.domain.task import TaskState
from curtsy.service.retention import SLICE, Pruned, prune
from curtsy.storage.store import Store
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, events, evidence, jump, spent, tick

DAYS = 30


def pruned(scene: Scene) -> Pruned:
    """Everything that is to go, slice by slice."""
    done = Pruned(more=True)
    while done.more:
        done += scene.server.run(prune, DAYS)
    return done


def sent(scene: Scene, person: str, note: str | None = None) -> str:
    """An invitation that went out."""
    task = scene.invite(person, note=note)
    assert scene.agent.turn() == "completed"
    return task


def gone(scene: Scene, task: str) -> bool:
    return scene.get("/linkedin-agent/get-task-status", api_agent_task_id=task).status == 404


def test_a_sent_invitation_guards_its_person_for_ever(scene: Scene) -> None:
    person = urn_of("kept-person")
    task = sent(scene, person, "Hello")
    urn = scene.status(task)["task_output"]["invitation_urn"]
    jump(scene, 400 * DAY)
    assert pruned(scene).stripped >= 1
    scene.agent.ask()  # the browser is open again
    again = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": person, "note": "Another"})
    assert (again.body["api_agent_task_id"], again.body["deduplicated"]) == (task, True)
    assert "warnings" not in again.body
    shown = scene.status(task)
    assert (shown["status"], shown["task_output"]["invitation_urn"]) == ("completed", urn)
    assert "note" not in shown["task_input"]
    assert (events(scene, task), evidence(scene, task)) == ([], [])


def test_what_holds_nobody_goes_with_all_that_hung_on_it(scene: Scene) -> None:
    task = scene.invite("failing-person")
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.finish(work, "not_found", {"before": "unknown"}).body["state"] == "failed"
    assert evidence(scene, task)
    jump(scene, DAYS * DAY - 1)
    pruned(scene)
    assert scene.status(task)["status"] == "failed"
    tick(scene, 2)
    done = pruned(scene)
    assert (done.tasks, done.attempts, done.events) >= (1, 1, 1)
    assert gone(scene, task)
    assert (events(scene, task), evidence(scene, task)) == ([], [])
    assert scene.server.run(lambda store, _now: store.attempts.get(work.lease)) is None
    scene.agent.ask()
    assert scene.invite("failing-person") != task


def test_what_is_open_stays_whole(scene: Scene) -> None:
    task = scene.invite("doubtful-person", note="Hello")
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work)
    jump(scene, 90 * DAY)
    assert scene.status(task)["status"] == "processing"
    pruned(scene)
    shown = scene.status(task)
    assert (shown["status"], shown["task_input"]["note"]) == ("processing", "Hello")
    assert evidence(scene, task)


def test_a_merged_task_keeps_the_one_it_became_part_of(scene: Scene) -> None:
    first = scene.invite("urn:li:fsd_profile:ACoAAmerged-person")
    second = scene.invite("merged-person")
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.release(work).status == 200
    scene.server.run(_merge, second, first)
    assert scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": first}).status == 200
    tick(scene, DAYS * DAY + 1)
    scene.server.run(prune, DAYS)
    assert not gone(scene, first)
    pruned(scene)
    assert gone(scene, first)
    assert gone(scene, second)


def _merge(store: Store, now: int, task_id: str, other: str) -> None:
    """As the start of one does that meets the other."""
    task = store.tasks.get(task_id)
    assert task is not None
    assert store.tasks.end(task, TaskState.MERGED, now, same_as=other)


def test_acts_of_the_week_count_whatever_is_pruned(scene: Scene) -> None:
    sent(scene, "spending-person")
    before = spent(scene)
    assert before >= 1
    pruned(scene)
    assert spent(scene) == before


def test_a_task_with_very_much_of_it_takes_several_slices(scene: Scene) -> None:
    task = scene.invite("talkative-person")

    def talk(store: Store, now: int) -> None:
        for n in range(2 * SLICE + 1):
            store.attempts.witness(task=task, lease=str(n), now=now, source="act", body="{}")

    scene.server.run(talk)
    assert scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": task}).status == 200
    tick(scene, DAYS * DAY + 1)
    slices = []
    while (one := scene.server.run(prune, DAYS)).more:
        slices.append(one)
    assert [one.evidence for one in slices[:2]] == [SLICE, SLICE]
    assert max(one.evidence for one in slices) == SLICE
    assert gone(scene, task)
