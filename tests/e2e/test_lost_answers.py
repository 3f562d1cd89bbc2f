"""LinkedIn's answer is lost: the browser looks, and never acts twice; a person is asked when nothing is to be seen."""

from __future__ import annotations

import pytest

from tests.e2e.dying import Stage

LATE_MS = 60_000


@pytest.mark.parametrize("fault", ["drop_after", "500_after_commit", "200_empty"])
def test_what_landed_is_found(stage: Stage, fault: str) -> None:
    story = stage.story()
    stage.twin.tell("faults", fault=fault, viewer=story.viewer)
    story.sent_once(story.invite("person-60", "Hello"), "person-60")


def test_what_lands_late_is_found_late(stage: Stage) -> None:
    story = stage.story()
    stage.twin.tell("faults", fault="late_commit", ms=LATE_MS, viewer=story.viewer)
    task = story.invite("person-61", "Hello")
    story.looked_in_vain(task)
    stage.twin.tell("clock", advance_ms=LATE_MS)
    stage.look_later(story)
    story.sent_once(task, "person-61")


@pytest.mark.parametrize("fault", ["500_before_commit", "drop_before"])
def test_what_never_landed_is_not_sent_again(stage: Stage, fault: str) -> None:
    story = stage.story()
    stage.twin.tell("faults", fault=fault, viewer=story.viewer)
    task = story.invite("person-62", "Hello")
    story.looked_in_vain(task)
    stage.look_twice_later(story)
    assert story.blocked(task, "needs_review")["status"] == "processing"
    story.sent_nothing(posts=1)


def test_chromium_repeats_a_post_and_linkedin_refuses_the_second(stage: Stage) -> None:
    """A line that closes without an answer makes Chromium itself send again; CANT_RESEND_YET is read back as ours."""
    story = stage.story()
    stage.twin.tell("duplicates", refused=True)
    try:
        stage.twin.tell("faults", fault="reset_after", viewer=story.viewer)
        story.sent_once(story.invite("person-63", "Hello"), "person-63", posts=2)
    finally:
        stage.twin.tell("duplicates", refused=False)
