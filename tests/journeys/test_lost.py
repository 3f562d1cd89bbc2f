"""Browsers and servers that die at every point: nothing accepted is lost, nobody is invited twice, no wrong word."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.harness.agent import Died, Script, Work
from tests.harness.clock import MovableClock
from tests.harness.scene import Scene, set_scene
from tests.harness.served import ServerProcess, server_process
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until

ADA = urn_of("ada-lovelace")


def die(_work: Work) -> NoReturn:
    raise Died


def dies(stage: Scene, script: Script) -> str:
    """A browser takes the task and dies where the script says, and comes back in another run."""
    task = stage.invite("ada-lovelace", note="Hello")
    with pytest.raises(Died):
        stage.agent.turn(script)
    stage.agent.reboot()
    return task


def test_a_browser_lost_before_the_start_costs_a_minute_at_most(stage: Scene) -> None:
    task = dies(stage, Script(before_start=die))
    stage.server.jump(60_000)
    assert stage.agent.turn() == "completed"
    assert stage.status(task)["attempts"] == 2
    assert len(stage.sky.to(ADA)) == 1


def test_a_browser_lost_after_the_act_leads_to_a_look_and_not_to_a_second_act(stage: Scene) -> None:
    task = dies(stage, Script(acted=die))
    assert stage.status(task)["status"] == "processing"
    stage.server.jump(150_000)
    assert stage.agent.turn() == "completed"
    assert stage.status(task)["task_output"]["sent"] is True
    assert len(stage.sky.to(ADA)) == 1


def test_a_browser_lost_before_the_act_leads_to_a_person_and_not_to_a_second_act(stage: Scene) -> None:
    task = dies(stage, Script(before_act=die))
    stage.server.jump(165_000)
    assert stage.agent.turn() == "unconfirmed"
    assert stage.agent.turn() is None
    stage.server.jump(30_000)
    assert stage.agent.turn() == "needs_review"
    shown = stage.status(task)
    assert (shown["status"], shown["blocked_by"], shown["task_output"]) == ("processing", "needs_review", None)
    assert stage.invite("ada-lovelace") == task
    assert stage.sky.sent == []


def test_an_invitation_of_the_members_own_hand_is_not_called_ours(stage: Scene) -> None:
    task = dies(stage, Script(before_act=die))
    stage.sky.invite(ADA, "By my own hand")
    stage.server.jump(150_000)
    assert stage.agent.turn() == "failed"
    assert stage.status(task)["task_output"]["code"] == "already_pending"


def test_an_answer_that_was_lost_is_looked_for(stage: Scene) -> None:
    def lost(work: Work, sky: Sky) -> tuple[str, dict[str, Any]]:
        sky.invite(sky.resolve(work.urn, work.slug), work.note)
        return "unknown", {"http_status": 502, "acted": True}

    task = stage.invite("ada-lovelace")
    assert stage.agent.turn(Script(act=lost)) == "unconfirmed"
    assert stage.agent.turn() == "completed"
    assert stage.status(task)["evidence"]["invitation_urn"]
    assert len(stage.sky.to(ADA)) == 1


def test_a_lie_about_success_is_looked_at(stage: Scene) -> None:
    task = stage.invite("ada-lovelace")
    lie = Script(act=lambda _work, _sky: ("sent", {"http_status": 200, "acted": True}))
    assert stage.agent.turn(lie) == "unconfirmed"
    stage.server.jump(165_000)
    assert stage.agent.turn() == "unconfirmed"
    stage.server.jump(30_000)
    assert stage.agent.turn() == "needs_review"
    assert stage.status(task)["task_output"] is None


def test_a_laptop_that_sleeps_past_the_deadline_does_not_act(stage: Scene) -> None:
    def sleep(work: Work) -> None:
        stage.server.jump(16_000)
        assert stage.agent.start(work).body["act_within_ms"] == 0
        raise Died

    stage.invite("ada-lovelace")
    with pytest.raises(Died):
        stage.agent.turn(Script(before_act=sleep))
    work = stage.agent.lease()
    assert work is not None
    assert stage.agent.finish(work, "not_attempted").body["state"] == "queued"
    stage.server.jump(5_000)
    assert stage.agent.turn() == "completed"
    assert len(stage.sky.to(ADA)) == 1


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ServerProcess]:
    with server_process(tmp_path) as process:
        yield process


@pytest.fixture
def apart(process: ServerProcess) -> Iterator[Scene]:
    stage = set_scene(process, Sky(MovableClock()))
    try:
        yield stage
    finally:
        stage.close()


@pytest.mark.parametrize("gently", [True, False], ids=["stopped", "killed"])
def test_a_server_restarted_in_the_middle_forgets_nothing(apart: Scene, process: ServerProcess, gently: bool) -> None:
    def restart(_work: Work) -> None:
        process.stop() if gently else process.kill()
        process.start()

    task = apart.invite("ada-lovelace", note="Hello")
    everywhere = Script(leased=restart, before_act=restart, acted=restart)
    assert apart.agent.turn(everywhere) == "completed"
    assert apart.status(task)["task_output"]["sent"] is True
    assert len(apart.sky.to(ADA)) == 1
    assert apart.invite("ada-lovelace") == task


def test_a_server_that_was_away_while_a_lease_ran_out_knows_it_when_it_is_back(
    apart: Scene, process: ServerProcess
) -> None:
    task = apart.invite("ada-lovelace")
    with pytest.raises(Died):
        apart.agent.turn(Script(acted=die))
    process.kill()
    process.ahead += 150_000
    process.start()
    apart.agent.reboot()
    assert until(apart.agent.turn, "the second look") == "completed"
    assert apart.status(task)["task_output"]["sent"] is True
    assert len(apart.sky.to(ADA)) == 1


def test_what_was_answered_is_there_after_a_kill(apart: Scene, process: ServerProcess) -> None:
    tasks = [apart.invite(f"person-{n}") for n in range(10)]
    process.kill()
    process.start()
    assert {apart.status(task)["status"] for task in tasks} == {"pending"}
    with apart.agent.at_work():
        assert {apart.ended(task)["status"] for task in tasks} == {"completed"}
    assert len(apart.sky.sent) == 10
