"""The extension's worker is stopped at each point of an invitation; what LinkedIn holds is counted."""

from __future__ import annotations

import time

import pytest

from tests.e2e.dying import Stage
from tests.harness.waiting import until

HELD_MS = 3_000


@pytest.mark.parametrize(
    ("call", "answer"),
    [("/agent/lease", True), ("/start", False), ("/start", True)],
    ids=["leased and not told", "before the start", "started and not told"],
)
def test_before_the_act(stage: Stage, call: str, answer: bool) -> None:
    story = stage.story()
    with stage.gate.holding(call, answer=answer) as hold:
        task = story.invite("person-30")
        hold.wait()
        stage.browser.stop_worker()
    stage.browser.nudge()
    story.sent_once(task, "person-30")


@pytest.mark.parametrize("later_ms", [0, 20])
def test_just_after_the_leave_to_act(stage: Stage, later_ms: int) -> None:
    story = stage.story()
    with stage.browser.stopping() as stop:
        with stage.gate.holding("/start", answer=True) as hold:
            task = story.invite("person-34")
            hold.wait()
        # Not a wait for anything: a few moments out of the many at which a worker can stop.
        time.sleep(later_ms / 1000)
        stop()
    stage.browser.nudge()
    story.sent_once(task, "person-34")


def test_between_the_start_and_the_answer_to_the_act(stage: Stage) -> None:
    story = stage.story()
    stage.twin.tell("faults", fault="slow", ms=HELD_MS, viewer=story.viewer)
    task = story.invite("person-31")
    until(lambda: story.held("person-31"), "the invitation in the book")
    stage.browser.stop_worker()
    stage.browser.nudge()
    story.sent_once(task, "person-31")


def test_after_the_act_before_the_server_knows(stage: Stage) -> None:
    story = stage.story()
    with stage.gate.holding("/finish", answer=False) as hold:
        task = story.invite("person-32")
        hold.wait()
        stage.browser.stop_worker()
    stage.browser.nudge()
    story.sent_once(task, "person-32")


def test_after_the_server_knows(stage: Stage) -> None:
    story = stage.story()
    with stage.gate.holding("/finish", answer=True) as hold:
        task = story.invite("person-33")
        hold.wait()
        stage.browser.stop_worker()
    stage.browser.nudge()
    story.sent_once(task, "person-33")


def test_a_stopped_worker_comes_back_with_its_alarm(stage: Stage) -> None:
    story = stage.story()
    with stage.browser.popup() as popup:
        # The alarm of every half minute, moved forward so that the story is short.
        popup.evaluate("chrome.alarms.create('turn', {delayInMinutes: 0.05, periodInMinutes: 0.5})")
    stage.browser.stop_worker()
    story.sent_once(story.invite("person-35"), "person-35")
