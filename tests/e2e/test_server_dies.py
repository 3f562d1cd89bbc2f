"""The server is killed in the middle of an invitation and started again on the same database."""

from __future__ import annotations

import pytest

from tests.e2e.dying import Stage


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("/agent/lease", False),
        ("/agent/lease", True),
        ("/start", False),
        ("/start", True),
        ("/finish", False),
        ("/finish", True),
    ],
    ids=["before the lease", "leased", "before the start", "started", "before the finish", "finished"],
)
def test_a_killed_server_neither_loses_nor_doubles_an_invitation(stage: Stage, call: str, answer: bool) -> None:
    story = stage.story()
    with stage.gate.holding(call, answer=answer, lost=True) as hold:
        task = story.invite("person-50", "Hello")
        hold.wait()
        stage.restart_server()
    story.sent_once(task, "person-50")


def test_a_pause_without_a_server_holds_when_it_comes_back(stage: Stage) -> None:
    story = stage.story()
    stage.server.kill()
    with stage.browser.popup() as popup:
        popup.evaluate("document.querySelector('#pause').click()")
        popup.wait("document.querySelector('#state').textContent === 'Paused'", "the pause")
    stage.server.start()
    task = story.invite("person-51")
    assert story.blocked(task, "paused")["status"] == "pending"
    assert story.posts() == 0
    with stage.browser.popup() as popup:
        popup.evaluate("document.querySelector('#pause').click()")
        popup.wait("document.querySelector('#state').textContent !== 'Paused'", "the end of the pause")
    story.sent_once(task, "person-51")
