"""Taking an invitation back: behind every fence, and with a doubt that may end in a second try."""

from __future__ import annotations

from typing import Any

import pytest

from curtsy.service import teams
from curtsy.web.wire import rfc3339
from tests.harness.agent import Reply
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, HOUR, MINUTE, doubtful, events, jump, looked, row, started, state

WITHDRAW = "/linkedin-agent/withdraw-connection-request"
INVITE = "/linkedin-agent/send-connection-request"
SECOND = 1_000
WINDOWS = ("day", "week", "withdrawals_day", "withdrawals_week")
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


def call(scene: Scene, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """A call with a key of the caller's own."""
    headers = {"x-api-key": scene.house.key, "idempotency-key": key}
    return dict(scene.calls.post(scene.url + WITHDRAW, json=body, headers=headers, timeout=20).json())


@pytest.mark.parametrize("by", ["task", "slug", "urn"])
def test_an_invitation_is_taken_back_and_told_on_its_task(scene: Scene, by: str) -> None:
    first = sent(scene)
    body = {"task": {"api_agent_task_id": first}, "slug": {"profile_urn": "ada"}, "urn": {"profile_urn": ADA}}[by]
    task = withdraw(scene, **body)
    assert scene.agent.turn() == "completed"
    assert scene.sky.sent == []
    done = scene.status(task)
    assert done["task_input"]["task_type"] == "agent_withdraw_connection_request"
    assert done["task_output"] == {"withdrawn": True, "can_invite_again_at": rfc3339(scene.sky.clock() + 21 * DAY)}
    assert scene.status(first)["invitation"]["state"] == "withdrawn"
    assert events(scene, first)[-1] == "invitation.withdrawn"
    assert events(scene, task) == ["created", "leased", "started", "completed"]


def test_for_three_weeks_the_person_cannot_be_asked_again(scene: Scene) -> None:
    first = sent(scene)
    withdraw(scene, api_agent_task_id=first)
    assert scene.agent.turn() == "completed"
    said = scene.post(INVITE, {"profile_urn": ADA})
    assert (said.status, said.code) == (409, "cooling_down")
    assert said.body["retry_at"] == rfc3339(scene.sky.clock() + 21 * DAY)
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


@pytest.mark.parametrize("name", ["task", "slug", "urn"])
def test_what_waits_to_be_sent_is_cancelled_and_not_withdrawn(scene: Scene, name: str) -> None:
    waiting = scene.invite("ada" if name != "urn" else ADA)
    body = {"api_agent_task_id": waiting} if name == "task" else {"profile_urn": "ada" if name == "slug" else ADA}
    said = scene.post(WITHDRAW, body)
    assert (said.status, said.code, said.body["api_agent_task_id"]) == (409, "not_sent", waiting)
    scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": waiting})
    assert scene.post(WITHDRAW, {"api_agent_task_id": waiting}).code == "not_sent"


@pytest.mark.parametrize("how", ["started", "unconfirmed", "needs_review"])
def test_what_may_have_been_sent_is_seen_first(scene: Scene, how: str) -> None:
    work = started(scene, "ada") if how == "started" else doubtful(scene, "ada")
    for ms in (166 * SECOND, 31 * SECOND) if how == "needs_review" else ():
        jump(scene, ms)
        looked(scene.agent, "absent")
    assert state(scene, work.id) == how
    for body in ({"api_agent_task_id": work.id}, {"profile_urn": "ada"}, {"profile_urn": ADA}):
        said = scene.post(WITHDRAW, body)
        assert (said.status, said.code, said.body["api_agent_task_id"]) == (409, "not_settled", work.id)


def test_a_task_of_another_kind_has_nothing_to_withdraw(scene: Scene) -> None:
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "ada"}).body["api_agent_task_id"]
    assert scene.post(WITHDRAW, {"api_agent_task_id": read}).code == "not_sent"
    assert scene.post(WITHDRAW, {"api_agent_task_id": "0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f"}).code == "task_not_found"


def test_the_gate_is_asked_before_the_task(scene: Scene) -> None:
    waiting = scene.invite("ada")
    scene.agent.unpair()
    assert scene.post(WITHDRAW, {"api_agent_task_id": waiting}).code == "member_not_active"


def test_an_answer_given_before_is_given_again_whatever_became_of_the_task(scene: Scene) -> None:
    first = sent(scene)
    one, two = (call(scene, "key-7", {"api_agent_task_id": first}) for _ in range(2))
    assert one["api_agent_task_id"] == two["api_agent_task_id"]
    scene.server.run(lambda store, _now: store.rows.one("DELETE FROM tasks WHERE id = :id", {"id": first}))
    assert call(scene, "key-7", {"api_agent_task_id": first})["api_agent_task_id"] == one["api_agent_task_id"]
    assert call(scene, "key-7", {"profile_urn": ADA})["code"] == "idempotency_key_reused"


def test_two_names_of_one_person_become_one_task(scene: Scene) -> None:
    scene.sky.invite(ADA, None)
    by_name, by_id = withdraw(scene, profile_urn="ada"), withdraw(scene, profile_urn=ADA)
    assert scene.agent.turn() == "merged"
    assert scene.agent.turn() == "completed"
    for task in (by_name, by_id):
        assert scene.status(task)["task_output"]["withdrawn"] is True
    assert (scene.sky.sent, row(scene, by_name).acts + row(scene, by_id).acts) == ([], 1)


@pytest.mark.parametrize("body", [{}, {"profile_urn": "?"}, {"api_agent_task_id": 7}, {"profile_urn": None}])
def test_a_wish_without_a_person_is_refused(scene: Scene, body: dict[str, Any]) -> None:
    assert scene.post(WITHDRAW, body).status == 400


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


def test_an_extension_that_cannot_is_given_neither_the_act_nor_a_look(scene: Scene) -> None:
    first = sent(scene)
    withdraw(scene, api_agent_task_id=first)
    kinds, scene.agent.kinds = scene.agent.kinds, None
    assert scene.agent.lease() is None
    scene.agent.kinds = kinds
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work, relation="pending_out")
    assert scene.agent.finish(work, "unknown", {"acted": True}).body["state"] == "unconfirmed"
    scene.agent.kinds = None
    assert scene.agent.lease() is None
    scene.agent.kinds = kinds
    assert scene.agent.turn() == "unconfirmed"


def test_no_read_ends_in_the_words_of_a_withdrawal(scene: Scene) -> None:
    scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "ada"})
    work = scene.agent.lease()
    assert work is not None
    for word in ("withdrawn", "not_pending"):
        assert scene.agent.finish(work, word, {"after": "none"}).code == "invalid_field"


def test_nothing_pending_is_one_of_the_two_sights_that_end_an_invitation(scene: Scene) -> None:
    first = sent(scene)
    scene.sky.vanish(ADA)
    for state_then, ms in (("pending", HOUR), ("gone", 0)):
        withdraw(scene, api_agent_task_id=first)
        assert scene.agent.turn() == "not_connectable"
        assert scene.status(first)["invitation"]["state"] == state_then
        jump(scene, ms)
    assert scene.post(INVITE, {"profile_urn": ADA}).code == "cooling_down"
    jump(scene, 180 * DAY)
    scene.agent.ask()
    assert scene.invite(ADA) != first


def test_what_was_sent_before_anybody_followed_it_is_told_all_the_same(scene: Scene) -> None:
    first = sent(scene)
    scene.server.run(lambda store, _now: store.invitations.forget(f'["{first}"]'))
    withdraw(scene, profile_urn=ADA)
    assert scene.agent.turn() == "completed"
    assert events(scene, first)[-1] == "invitation.withdrawn"
    assert row(scene, first).state == "completed"
    jump(scene, 21 * DAY + MINUTE)
    scene.agent.ask()
    assert scene.invite("ada") != first


def test_a_withdrawal_keeps_the_spacing_and_takes_nothing_from_the_invitations(scene: Scene) -> None:
    for person in ("ben", "cleo"):
        scene.sky.invite(urn_of(person), None)
    member = scene.house.admin
    scene.server.run(teams.set_pace, member.team_id, member.id, 1, 5, (60, 60))
    first = sent(scene)
    for person in ("ben", "cleo"):
        withdraw(scene, profile_urn=person)
    waiting = scene.invite("dan")
    assert (scene.agent.ask().body["reason"], scene.status(waiting)["blocked_by"]) == ("pacing", "day_limit")
    jump(scene, MINUTE)
    assert scene.agent.turn() == "completed"  # ben, though the day of invitations is over
    jump(scene, MINUTE)
    assert scene.agent.ask().body["reason"] == "day_limit"  # a day has as many withdrawals as invitations
    told = scene.get(f"/v1/members/{member.id}/limits").body["data"]["windows"]
    assert [(told[one]["limit"], told[one]["used"], told[one]["remaining"]) for one in WINDOWS] == [
        (1, 1, 0), (5, 1, 4), (1, 1, 0), (5, 1, 4),
    ]  # fmt: skip
    assert told["withdrawals_day"]["resets_at"] > told["day"]["resets_at"]
    assert told["withdrawals_week"]["resets_at"] > told["withdrawals_day"]["resets_at"]
    jump(scene, DAY - 2 * MINUTE)
    assert scene.agent.turn() == "completed"  # dan, whose window opens first
    assert (state(scene, waiting), state(scene, first)) == ("completed", "completed")
    jump(scene, MINUTE)
    assert scene.agent.turn() == "completed"  # cleo
    assert [one.to for one in scene.sky.sent] == [ADA, urn_of("dan")]


def test_the_same_wish_twice_is_one_task(scene: Scene) -> None:
    first = sent(scene)
    one: Reply = scene.post(WITHDRAW, {"api_agent_task_id": first})
    two: Reply = scene.post(WITHDRAW, {"profile_urn": ADA})
    assert (two.body["api_agent_task_id"], two.body["deduplicated"]) == (one.body["api_agent_task_id"], True)
