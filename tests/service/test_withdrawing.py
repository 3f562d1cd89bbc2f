"""Taking an invitation back: behind every fence, and with a doubt that may end in a second try."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.agent import Reply, Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sky, urn_of
from tests.service.sights import DAY, MINUTE, events, jump, row, state

WITHDRAW = "/linkedin-agent/withdraw-connection-request"
INVITE = "/linkedin-agent/send-connection-request"
SECOND = 1_000
ADA = urn_of("ada")


def sent(scene: Scene) -> str:
    task = scene.invite("ada", note="Hello.")
    assert scene.agent.turn() == "completed"
    return task


def withdraw(scene: Scene, **body: Any) -> str:
    made = scene.post(WITHDRAW, body)
    assert made.status == 200, made
    assert made.body["message"] == "Withdraw connection request task created successfully"
    return str(made.body["api_agent_task_id"])


def lost(work: Work, sky: Sky) -> tuple[str, dict[str, Any]]:
    """It is withdrawn, and the answer is lost."""
    sky.vanish(sky.resolve(work.urn, work.slug))
    return "unknown", {"acted": True}


def never_sent(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
    """Nothing reached LinkedIn, and nobody can say so."""
    return "unknown", {"acted": True}


@pytest.mark.parametrize("by", ["task", "slug", "urn"])
def test_an_invitation_is_taken_back_and_told_on_its_task(scene: Scene, by: str) -> None:
    first = sent(scene)
    body = {"task": {"api_agent_task_id": first}, "slug": {"profile_urn": "ada"}, "urn": {"profile_urn": ADA}}[by]
    task = withdraw(scene, **body)
    assert scene.agent.turn() == "completed"
    assert scene.sky.sent == []
    done = scene.status(task)
    assert (done["task_input"]["task_type"], done["task_output"]) == (
        "agent_withdraw_connection_request", {"withdrawn": True},
    )  # fmt: skip
    assert scene.status(first)["invitation"]["state"] == "withdrawn"
    assert events(scene, first)[-1] == "invitation.withdrawn"
    assert events(scene, task) == ["created", "leased", "started", "completed"]


def test_for_three_weeks_the_person_cannot_be_asked_again(scene: Scene) -> None:
    first = sent(scene)
    withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn() == "completed"
    said = scene.post(INVITE, {"profile_urn": ADA})
    assert (said.status, said.code) == (409, "cooling_down")
    assert said.body["retry_at"]
    jump(scene, 21 * DAY + MINUTE)
    scene.agent.ask()
    assert scene.post(INVITE, {"profile_urn": ADA}).body["api_agent_task_id"] != first


@pytest.mark.parametrize(
    ("relation", "code"), [("none", "not_pending"), ("pending_in", "not_pending"), ("connected", "already_connected")]
)
def test_where_nothing_is_pending_there_is_no_act(scene: Scene, relation: str, code: str) -> None:
    scene.sky.relations[urn_of("ben")] = relation
    task = withdraw(scene, profile_urn="ben")
    work = scene.agent.lease()
    assert work is not None
    said = scene.agent.start(work, relation=relation)
    assert (said.status, said.code) == (409, "not_connectable")
    output = scene.status(task)["task_output"]
    assert (output["withdrawn"], output["code"]) == (False, code)
    assert row(scene, task).acts == 0


def test_a_task_that_sent_nothing_has_nothing_to_withdraw(scene: Scene) -> None:
    waiting = scene.invite("ada")
    said = scene.post(WITHDRAW, {"api_agent_task_id": waiting})
    assert (said.status, said.code) == (409, "not_sent")
    assert scene.post(WITHDRAW, {"api_agent_task_id": "0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f"}).code == "task_not_found"


@pytest.mark.parametrize("body", [{}, {"profile_urn": "?"}, {"api_agent_task_id": 7}, {"profile_urn": None}])
def test_a_wish_without_a_person_is_refused(scene: Scene, body: dict[str, Any]) -> None:
    assert scene.post(WITHDRAW, body).status == 400


def test_a_lost_answer_is_looked_at_and_gone_is_believed_at_once(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn(Script(act=lost)) == "unconfirmed"
    assert scene.agent.turn() == "completed"
    assert scene.status(task)["task_output"] == {"withdrawn": True, "inferred": True}
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


def test_after_two_acts_a_person_is_asked(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    for expected in ("queued", "needs_review"):
        assert scene.agent.turn(Script(act=never_sent)) == "unconfirmed"
        scene.agent.resume()  # two lost answers in a row pause the member
        jump(scene, 166 * SECOND)
        assert scene.agent.turn() == expected
    settled = scene.post(f"/v1/tasks/{task}/settle", {"sent": True, "reason": "It is gone from the list"})
    assert settled.body["data"]["task_output"]["withdrawn"] is True
    assert scene.status(first)["invitation"]["state"] == "withdrawn"


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


def test_withdrawn_is_not_believed_while_the_relationship_says_otherwise(scene: Scene) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)

    def claims(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
        return "withdrawn", {"acted": True, "http_status": 200, "after": "pending_out"}

    assert scene.agent.turn(Script(act=claims)) == "unconfirmed"
    assert state(scene, task) == "unconfirmed"


@pytest.mark.parametrize("word", ["sent", "already_pending"])
def test_words_of_an_invitation_are_none_of_a_withdrawal(scene: Scene, word: str) -> None:
    first = sent(scene)
    task = withdraw(scene, api_agent_task_id=first)
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work, relation="pending_out")
    said = scene.agent.finish(work, word, {"after": "pending_out", "acted": True})
    assert (said.status, said.code) == (400, "invalid_field")
    assert row(scene, task).output is None


@pytest.mark.parametrize("word", ["withdrawn", "not_pending"])
def test_words_of_a_withdrawal_are_none_of_an_invitation(scene: Scene, word: str) -> None:
    task = scene.invite("ada")
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work)
    said = scene.agent.finish(work, word, {"after": "none", "acted": True})
    assert (said.status, said.code) == (400, "invalid_field")
    assert row(scene, task).output is None


def test_an_extension_that_cannot_is_not_given_it(scene: Scene) -> None:
    first = sent(scene)
    withdraw(scene, api_agent_task_id=first)
    scene.agent.kinds = None
    assert scene.agent.lease() is None


def test_the_same_wish_twice_is_one_task(scene: Scene) -> None:
    first = sent(scene)
    one: Reply = scene.post(WITHDRAW, {"api_agent_task_id": first})
    two: Reply = scene.post(WITHDRAW, {"profile_urn": ADA})
    assert (two.body["api_agent_task_id"], two.body["deduplicated"]) == (one.body["api_agent_task_id"], True)


def test_in_test_mode_what_waits_is_withdrawn(scene: Scene) -> None:
    from tests.service.test_rehearsal import Rehearsal

    caller = Rehearsal(scene)
    task = caller.invite("somebody")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    taken = caller.post({"api_agent_task_id": task}, WITHDRAW).body["api_agent_task_id"]
    nothing = caller.post({"profile_urn": "nobody-invited"}, WITHDRAW).body["api_agent_task_id"]
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert caller.status(taken)["task_output"] == {"withdrawn": True}
    assert caller.status(nothing)["task_output"]["code"] == "not_pending"
    assert caller.status(task)["invitation"]["state"] == "withdrawn"
