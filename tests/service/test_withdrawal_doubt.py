"""A withdrawal whose answer is lost: gone is believed at once, and what still waits is withdrawn once more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.agent import Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sky
from tests.service.sights import doubtful, events, jump, looked, row, state
from tests.service.test_withdrawing import ADA, SECOND, sent, withdraw


def lost(work: Work, sky: Sky) -> tuple[str, dict[str, Any]]:
    """It is withdrawn, and the answer is lost."""
    sky.vanish(sky.resolve(work.urn, work.slug))
    return "unknown", {"acted": True}


def never_sent(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
    """Nothing reached LinkedIn, and nobody can say so."""
    return "unknown", {"acted": True}


def test_a_lost_answer_is_looked_at_and_gone_is_believed_at_once(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn(Script(act=lost)) == "unconfirmed"
    assert scene.agent.turn() == "completed"
    output = scene.status(task)["task_output"]
    assert (output["withdrawn"], output["inferred"]) == (True, True)
    assert scene.status(first)["invitation"]["state"] == "withdrawn"


def test_what_still_waits_is_withdrawn_once_more_and_not_too_soon(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn(Script(act=never_sent)) == "unconfirmed"
    assert scene.agent.turn() == "unconfirmed"  # too soon: the first may still be on its way
    jump(scene, 166 * SECOND)
    assert scene.agent.turn() == "queued"
    assert scene.agent.turn() == "completed"
    assert (scene.sky.sent, row(scene, task).acts) == ([], 2)


@pytest.mark.parametrize("is_gone", [True, False])
def test_after_two_acts_a_person_is_asked(scene: Scene, is_gone: bool) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    for expected in ("queued", "needs_review"):
        assert scene.agent.turn(Script(act=never_sent)) == "unconfirmed"
        scene.agent.resume()  # two lost answers in a row pause the member
        jump(scene, 166 * SECOND)
        assert scene.agent.turn() == expected
    shown = scene.status(task)
    assert (shown["blocked_by"], shown["error"]["code"]) == ("needs_review", "needs_review")
    assert "withdraw" in shown["error"]["next_action"]
    said = {"sent": is_gone, "reason": "It is gone from the list" if is_gone else "It is still in the list"}
    output = scene.post(f"/v1/tasks/{task}/settle", said).body["data"]["task_output"]
    assert output["withdrawn"] is is_gone
    assert output.get("code") == (None if is_gone else "settled_not_withdrawn")
    assert scene.status(first)["invitation"]["state"] == ("withdrawn" if is_gone else "pending")
    assert events(scene, task)[-2:] == ["needs_review", "completed" if is_gone else "failed"]


def test_who_accepted_meanwhile_is_no_withdrawal(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)

    def accepted(work: Work, sky: Sky) -> tuple[str, dict[str, Any]]:
        sky.accept(sky.resolve(work.urn, work.slug))
        return "unknown", {"acted": True}

    assert scene.agent.turn(Script(act=accepted)) == "unconfirmed"
    assert scene.agent.turn() == "failed"
    output = scene.status(task)["task_output"]
    assert (output["withdrawn"], output["code"]) == (False, "already_connected")


@pytest.mark.parametrize("after", ["pending_out", "unknown", None])
def test_withdrawn_is_not_believed_before_it_is_seen(scene: Scene, after: str | None) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)

    def claims(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
        return "withdrawn", {"acted": True, "http_status": 200, "after": after}

    assert scene.agent.turn(Script(act=claims)) == "unconfirmed"
    assert state(scene, task) == "unconfirmed"


@pytest.mark.parametrize("told", ["at the start", "without a start"])
def test_what_is_gone_at_the_second_try_was_withdrawn(scene: Scene, told: str) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn(Script(act=never_sent)) == "unconfirmed"
    jump(scene, 166 * SECOND)
    assert scene.agent.turn() == "queued"
    scene.sky.vanish(ADA)
    work = scene.agent.lease()
    assert work is not None
    if told == "at the start":
        said = scene.agent.start(work, relation="none")
        assert (said.code, said.body["outcome"]) == ("not_connectable", "withdrawn")
    else:
        assert scene.agent.finish(work, "not_pending", {"before": "none"}).body["state"] == "completed"
    output = scene.status(task)["task_output"]
    assert (output["withdrawn"], output["inferred"]) == (True, True)
    assert scene.status(task)["evidence"]["inferred"] is True
    assert (row(scene, task).acts, scene.status(first)["invitation"]["state"]) == (1, "withdrawn")


@pytest.mark.parametrize("told", ["pending_out", "none", "without a start"])
def test_an_invitation_in_doubt_under_another_name_is_seen_first(scene: Scene, told: str) -> None:
    """What is pending may be the only sight of the doubtful act, and what is absent may be on its way."""
    doubt = doubtful(scene, ADA)
    task = withdraw(scene, profile_urn="ada")  # nobody knows yet who that is
    looked(scene.agent, "unreadable")
    work = scene.agent.lease()
    assert work is not None
    assert work.id == task
    if told == "without a start":
        assert scene.agent.finish(work, "not_pending", {"before": "none", "profile_urn": ADA}).body["state"] == "queued"
    else:
        said = scene.agent.start(work, relation=told)
        assert (said.code, said.body["blocked_by"]) == ("not_now", "pacing")
    assert (state(scene, task), state(scene, doubt.id)) == ("queued", "unconfirmed")
    scene.sky.invite(ADA, None)
    jump(scene, 6 * 60 * SECOND)
    assert scene.agent.turn() == "completed"  # it is seen, and settled
    assert state(scene, doubt.id) == "completed"
    assert scene.agent.turn() == "completed"
    assert (scene.status(task)["task_output"]["withdrawn"], scene.sky.sent) == (True, [])


def test_a_wish_to_cancel_stops_the_second_try(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn(Script(act=never_sent)) == "unconfirmed"
    assert scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": task}).code == "in_flight"
    jump(scene, 166 * SECOND)
    assert scene.agent.turn() == "cancelled"
    assert len(scene.sky.sent) == 1


def test_any_browser_of_the_member_may_see_that_it_is_gone(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn(Script(act=lost)) == "unconfirmed"
    assert looked(scene.browser(), "absent").body["state"] == "completed"
    assert state(scene, task) == "completed"


def test_a_late_word_of_the_act_ends_the_doubt(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work, relation="pending_out")
    jump(scene, 151 * SECOND)
    assert state(scene, task) == "unconfirmed"
    assert scene.agent.finish(work, "withdrawn", {"acted": True, "after": "none"}).body["state"] == "completed"
    assert events(scene, first)[-1] == "invitation.withdrawn"
