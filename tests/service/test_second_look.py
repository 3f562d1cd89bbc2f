"""A second look settles doubt: presence at once, absence only by the rules of the guarantee, and never a second act."""

import pytest

from tests.harness.agent import Agent
from tests.harness.scene import Scene
from tests.service.sights import HOUR, doubtful, events, jump, looked, row, spent, started, state


def looks(agent: Agent) -> bool:
    """Whether there is something to look at now."""
    work = agent.lease()
    return work is not None and work.purpose == "verify"


def test_a_look_is_a_lease_that_changes_no_state(scene: Scene) -> None:
    doubt = doubtful(
        scene,
        "look-lease",
    )
    look = scene.agent.lease()
    assert look is not None
    assert (look.id, look.purpose) == (doubt.id, "verify")
    task = row(scene, doubt.id)
    assert (task.state, task.lease_purpose, task.lease_id) == ("unconfirmed", "verify", look.lease)
    assert scene.agent.release(look).code == "lease_lost"
    again = scene.agent.lease()
    assert again is not None
    assert again.lease == look.lease
    jump(scene, 60_000)
    assert (state(scene, doubt.id), row(scene, doubt.id).lease_id) == ("unconfirmed", None)
    assert scene.agent.finish(look, "pending").code == "lease_lost"


@pytest.mark.parametrize("reboot", [False, True])
def test_connected_is_believed_at_once(scene: Scene, reboot: bool) -> None:
    doubt = doubtful(scene, f"look-connected-{reboot}")
    if reboot:
        scene.agent.reboot()
    assert looked(scene.agent, "connected").body["state"] == "completed"
    assert scene.status(doubt.id)["task_output"]["sent"] is True


def test_presence_is_believed_of_any_browser_of_the_member(scene: Scene) -> None:
    doubt = doubtful(scene, "look-elsewhere")
    other = scene.browser()
    assert looked(other, "pending", invitation_sent_ms_ago=0, message_equal=True).body["state"] == "completed"
    assert state(scene, doubt.id) == "completed"


@pytest.mark.parametrize(
    ("ago", "equal", "becomes"),
    [
        (0, True, "completed"),
        (70_000, True, "completed"),  # ten seconds since the start, sixty for clocks that differ
        (70_001, True, "failed"),
        (0, False, "failed"),
        (24 * HOUR, False, "failed"),
        (None, True, "completed"),
        (0, None, "completed"),
    ],
)
def test_a_pending_invitation_is_ours_by_its_time_and_words(
    scene: Scene, ago: int | None, equal: bool | None, becomes: str
) -> None:
    doubt = doubtful(scene, f"look-ours-{ago}-{equal}".lower())
    jump(scene, 10_000)
    seen = looked(scene.agent, "pending", invitation_sent_ms_ago=ago, message_equal=equal)
    assert seen.body["state"] == becomes
    shown = scene.status(doubt.id)
    assert shown["task_output"]["sent"] == (becomes == "completed")
    if becomes == "failed":
        assert shown["error"]["code"] == "already_pending"
    elif None in (ago, equal):
        assert shown["evidence"]["inferred"] is True


def test_an_absence_counts_from_165_seconds_after_the_start(scene: Scene) -> None:
    doubt = doubtful(scene, "look-early")
    jump(scene, 164_999)
    assert looked(scene.agent, "absent").body["state"] == "unconfirmed"
    assert row(scene, doubt.id).absent_at is None
    assert not looks(scene.agent)
    jump(scene, 1)
    looked(scene.agent, "absent")
    assert row(scene, doubt.id).absent_at == scene.sky.clock()


def test_two_absences_thirty_seconds_apart_call_for_a_person(scene: Scene) -> None:
    doubt = doubtful(scene, "look-apart")
    jump(scene, 165_000)
    assert looked(scene.agent, "absent").body["state"] == "unconfirmed"
    jump(scene, 29_999)
    assert not looks(scene.agent)
    jump(scene, 1)
    assert looked(scene.agent, "absent").body["state"] == "needs_review"
    assert events(scene, doubt.id)[-1] == "needs_review"
    shown = scene.status(doubt.id)
    assert (shown["status"], shown["blocked_by"], shown["task_output"]) == ("processing", "needs_review", None)
    assert shown["error"]["next_action"]
    assert scene.invite("look-apart") == doubt.id  # nobody sends to this person meanwhile
    assert scene.agent.lease() is None
    assert spent(scene) == 1


def test_an_absence_of_another_installation_never_counts(scene: Scene) -> None:
    doubt = doubtful(scene, "look-foreign")
    other = scene.browser()
    jump(scene, 165_000)
    for _ in range(4):
        assert looked(other, "absent").body["state"] == "unconfirmed"
        jump(scene, 15 * 60_000)
    assert row(scene, doubt.id).absent_at is None
    assert looks(scene.agent)


def test_the_acting_browser_need_not_wait_for_the_others_look(scene: Scene) -> None:
    doubtful(scene, "look-own-turn")
    other = scene.browser()
    jump(scene, 165_000)
    looked(other, "absent")
    assert not looks(other)
    assert looks(scene.agent)


def test_in_the_same_run_an_absence_counts_only_once_the_tab_is_closed(scene: Scene) -> None:
    doubt = doubtful(scene, "look-tab")
    jump(scene, 165_000)
    assert looked(scene.agent, "absent", tab_closed=False).body["state"] == "unconfirmed"
    assert row(scene, doubt.id).absent_at is None
    jump(scene, 60_000)
    looked(scene.agent, "absent", tab_closed=True)
    assert row(scene, doubt.id).absent_at == scene.sky.clock()


def test_in_a_later_run_an_absence_counts_whatever_the_tab(scene: Scene) -> None:
    doubt = doubtful(scene, "look-later-run")
    scene.agent.reboot()
    jump(scene, 165_000)
    looked(scene.agent, "absent", tab_closed=False)
    assert row(scene, doubt.id).absent_at == scene.sky.clock()
    jump(scene, 30_000)
    assert looked(scene.agent, "absent", tab_closed=False).body["state"] == "needs_review"


def test_a_page_that_cannot_be_read_settles_nothing(scene: Scene) -> None:
    doubt = doubtful(scene, "look-unreadable")
    jump(scene, 165_000)
    for word in ("unreadable", "unreadable"):
        assert looked(scene.agent, word).body["state"] == "unconfirmed"
        assert not looks(scene.agent)
        jump(scene, 60_000)
    assert row(scene, doubt.id).absent_at is None


def test_a_look_between_two_absences_that_sees_it_wins(scene: Scene) -> None:
    doubtful(scene, "look-lag")
    jump(scene, 165_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    done = looked(scene.agent, "pending", invitation_sent_ms_ago=190_000, message_equal=True)
    assert done.body["state"] == "completed"


def test_a_repeated_report_of_a_look_gets_the_same_answer(scene: Scene) -> None:
    doubtful(scene, "look-repeated")
    look = scene.agent.lease()
    assert look is not None
    for _ in range(2):
        assert scene.agent.finish(look, "connected").body["state"] == "completed"


def test_doubt_is_looked_at_before_anything_new_is_begun(scene: Scene) -> None:
    doubt = doubtful(scene, "look-first")
    scene.invite("look-next")
    work = scene.agent.lease()
    assert work is not None
    assert (work.id, work.purpose) == (doubt.id, "verify")


def test_an_acting_browser_gone_for_three_days_calls_for_a_person(scene: Scene) -> None:
    work = started(scene, "look-gone")
    jump(scene, 150_000)
    assert state(scene, work.id) == "unconfirmed"
    jump(scene, 72 * HOUR - 150_001)
    assert state(scene, work.id) == "unconfirmed"
    jump(scene, 150_001)
    assert state(scene, work.id) == "needs_review"


def test_a_wish_to_cancel_in_doubt_is_kept_and_stops_the_second_act(scene: Scene) -> None:
    work = started(scene, "look-cancel")
    refused = scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": work.id})
    assert (refused.status, refused.code) == (409, "in_flight")
    jump(scene, 150_000)
    again = scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": work.id})
    assert (again.status, again.code) == (409, "in_flight")
    assert scene.agent.finish(work, "not_attempted").body["state"] == "cancelled"
    assert state(scene, work.id) == "cancelled"
