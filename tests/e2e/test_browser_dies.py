"""The browser is killed at each point of an invitation, and opened again; what LinkedIn holds is counted."""

from __future__ import annotations

import pytest

from tests.e2e.dying import Stage
from tests.e2e.story import Story
from tests.harness.waiting import until

HELD_MS = 3_000


@pytest.fixture
def story(stage: Stage) -> Story:
    """A story whose browser has its cookies on disk, as one that was closed before."""
    told = stage.story()
    stage.browser.quit()
    stage.browser.start()
    return told


def crash(stage: Stage) -> None:
    """The power fails, and comes back."""
    stage.browser.kill()
    stage.browser.start()


@pytest.mark.parametrize(
    ("call", "answer"),
    [("/agent/lease", True), ("/finish", False), ("/finish", True)],
    ids=["leased and not told", "acted and not told", "the server knows"],
)
def test_what_was_begun_is_carried_out_once(stage: Stage, story: Story, call: str, answer: bool) -> None:
    with stage.gate.holding(call, answer=answer, lost=True) as hold:
        task = story.invite("person-40")
        hold.wait()
        stage.browser.kill()
    stage.browser.start()
    story.sent_once(task, "person-40")


def test_after_the_act_before_its_answer(stage: Stage, story: Story) -> None:
    stage.twin.tell("faults", fault="slow", ms=HELD_MS, viewer=story.viewer)
    task = story.invite("person-41", "Hello")
    until(lambda: story.held("person-41"), "the invitation in the book")
    crash(stage)
    story.sent_once(task, "person-41")


def test_between_the_start_and_the_act(stage: Stage, story: Story) -> None:
    """Nobody can know what the dead browser did: it is looked at twice, late enough, and then a person is asked."""
    with stage.gate.holding("/start", answer=True, lost=True) as hold:
        task = story.invite("person-42")
        hold.wait()
        stage.browser.kill()
    stage.browser.start()
    story.looked_in_vain(task)
    stage.look_twice_later(story)
    assert story.blocked(task, "needs_review")["status"] == "processing"
    story.sent_nothing()
