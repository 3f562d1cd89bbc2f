"""Who gets which task when: one in hand an account, one lease until its end, and a reason when there is none."""

import pytest

from curtsy.domain.task import LEASE_MS
from curtsy.service.dispatch import RELEASED_MS
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.harness.waiting import until
from tests.service.sights import DAY, HOUR, events, jump, leased, pauses, row, started, state, tick


def test_a_second_call_answers_with_the_lease_in_hand(scene: Scene) -> None:
    scene.invite("lease-other")
    work = scene.agent.lease()
    assert work is not None
    jump(scene, 20_000)
    again = scene.agent.lease()
    assert again is not None
    assert (again.id, again.lease, again.expires_in_ms) == (work.id, work.lease, LEASE_MS - 20_000)
    assert row(scene, work.id).attempts == 1


def test_an_account_has_one_task_in_hand_in_all_its_browsers(scene: Scene) -> None:
    work, other = leased(scene, "hand-one"), scene.browser()
    scene.invite("hand-two")
    asked = other.ask().body
    assert (asked["task"], asked["reason"]) == (None, "nothing_due")
    assert asked["poll_after_ms"] <= 30_000
    scene.agent.start(work)
    assert other.ask().body["task"] is None
    scene.agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"})
    given = other.lease()
    assert given is not None
    assert given.id != work.id


def test_a_lease_that_ran_out_gives_the_task_to_the_next(scene: Scene) -> None:
    work, other = leased(scene, "ran-out"), scene.browser()
    tick(scene, LEASE_MS)  # even before upkeep has come by
    again = other.lease()
    assert again is not None
    assert again.id == work.id
    assert again.lease != work.lease
    assert events(scene, work.id) == ["created", "leased", "requeued", "leased"]
    assert scene.agent.finish(work, "throttled").code == "lease_lost"
    assert pauses(scene) == {}


def test_three_fruitless_leases_end_the_task(scene: Scene) -> None:
    task = scene.invite("fruitless")
    for expected in ("queued", "queued", "failed"):
        assert scene.agent.lease() is not None
        jump(scene, LEASE_MS)
        assert state(scene, task) == expected
    shown = scene.status(task)
    assert shown["task_output"]["code"] == shown["error"]["code"] == "no_progress"
    assert scene.invite("fruitless") != task


def test_progress_starts_the_count_of_fruitless_leases_anew(scene: Scene) -> None:
    task = scene.invite("fruitful")
    for _ in range(2):
        assert scene.agent.lease() is not None
        jump(scene, LEASE_MS)
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work)
    scene.agent.finish(work, "not_attempted")
    jump(scene, HOUR)
    assert scene.agent.lease() is not None
    jump(scene, LEASE_MS)
    assert state(scene, task) == "queued"


def test_a_released_task_waits_a_moment_and_counts_for_nothing(scene: Scene) -> None:
    work = leased(scene, "released")
    assert scene.agent.release(work).body["state"] == "queued"
    assert scene.agent.lease() is None
    jump(scene, 5_000)
    again = scene.agent.lease()
    assert again is not None
    assert (again.id, row(scene, work.id).fruitless) == (work.id, 0)
    assert scene.agent.release(work).code == "lease_lost"


def test_a_started_task_is_not_given_back(scene: Scene) -> None:
    work = started(scene, "release-late")
    assert (scene.agent.release(work).status, scene.agent.release(work).code) == (409, "started")
    assert state(scene, work.id) == "started"


def test_a_started_task_whose_lease_runs_out_is_in_doubt(scene: Scene) -> None:
    work = started(scene, "started-lost")
    jump(scene, 149_999)
    assert state(scene, work.id) == "started"
    jump(scene, 1)
    assert state(scene, work.id) == "unconfirmed"
    assert events(scene, work.id)[-1] == "unconfirmed"
    assert scene.status(work.id)["status"] == "processing"


def test_nothing_to_do_says_so(scene: Scene) -> None:
    asked = scene.agent.ask().body
    assert (asked["task"], asked["reason"], asked["poll_after_ms"]) == (None, "nothing_due", 30_000)


def test_a_browser_asks_again_when_a_task_falls_due(scene: Scene) -> None:
    scene.invite("due-soon")
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.release(work).status == 200
    asked = scene.agent.ask().body
    assert (asked["task"], asked["reason"], asked["poll_after_ms"] <= RELEASED_MS) == (None, "nothing_due", True)


def test_a_paused_browser_gets_nothing(scene: Scene) -> None:
    task = scene.invite("paused")
    scene.agent.paused = True
    assert scene.agent.ask().body["reason"] == "paused"
    assert scene.status(task)["blocked_by"] == "paused"
    scene.agent.paused = False
    assert scene.agent.lease() is not None


def test_a_signed_out_member_waits_until_seen_again(scene: Scene) -> None:
    work = leased(scene, "signed-out")
    account, scene.agent.account = scene.agent.account, None
    assert scene.agent.finish(work, "signed_out").body["state"] == "queued"
    assert scene.agent.ask().body["reason"] == "signed_out"
    assert scene.status(work.id)["blocked_by"] == "signed_out"
    assert scene.agent.resume().body["resumed"] == []
    scene.agent.account = account
    again = scene.agent.lease()
    assert again is not None
    assert again.id == work.id
    assert pauses(scene) == {}


def test_a_browser_with_somebody_else_signed_in_gets_nothing(scene: Scene) -> None:
    task = scene.invite("wrong-member")
    account, scene.agent.account = scene.agent.account, urn_of("stranger")
    assert scene.agent.ask().body["reason"] == "wrong_member"
    assert scene.status(task)["blocked_by"] == "wrong_member"
    scene.agent.account = account
    assert scene.agent.lease() is not None


@pytest.mark.parametrize("cause", ["challenge", "restricted"])
def test_what_only_the_member_can_lift_waits_for_the_member(scene: Scene, cause: str) -> None:
    work = leased(scene, f"cause-{cause}")
    scene.agent.finish(work, cause)
    assert scene.agent.ask().body["reason"] == cause
    jump(scene, DAY)
    assert scene.agent.ask().body["reason"] == cause
    assert scene.agent.resume().body["resumed"] == [cause]
    assert scene.agent.lease() is not None


def test_an_invitation_limit_stops_acts_and_not_reads(scene: Scene) -> None:
    work = started(scene, "limit-one")
    scene.agent.finish(work, "invitation_limit_reached", {"linkedin_code": "FUSE_LIMIT_EXCEEDED"})
    assert pauses(scene) == {"invitation_limit": 7 * DAY}
    assert scene.agent.ask().body["reason"] == "invitation_limit"
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "limit-read"})
    assert read.status == 200
    given = scene.agent.lease()
    assert given is not None
    assert given.kind == "fetch_profile"


def test_an_old_extension_gets_no_work(scene: Scene) -> None:
    scene.agent.version = "0.0.9"
    reply = scene.agent.ask()
    assert (reply.status, reply.code) == (426, "version_too_old")


def test_an_unpaired_browser_gets_no_work(scene: Scene) -> None:
    scene.agent.unpair()
    reply = scene.agent.ask()
    assert (reply.status, reply.code) == (401, "agent_revoked")


def last_seen(scene: Scene) -> int:
    agent = scene.server.run(lambda store, _now: store.agents.get(scene.agent.agent_id))
    assert agent is not None
    return agent.last_seen_at


def test_a_heartbeat_is_written_once_a_minute(scene: Scene) -> None:
    scene.agent.ask()
    first = last_seen(scene)
    jump(scene, 59_999)
    scene.agent.ask()
    assert last_seen(scene) == first
    jump(scene, 1)
    scene.agent.ask()
    until(lambda: last_seen(scene) == first + 60_000, "the heartbeat, written with those of others")


def test_who_comes_back_after_a_silence_is_seen_at_once(scene: Scene) -> None:
    scene.agent.ask()
    first = last_seen(scene)
    jump(scene, 120_000)
    assert scene.agent.lease() is None
    assert last_seen(scene) == first + 120_000


def test_the_oldest_task_comes_first_and_a_read_may_overtake_what_must_wait(scene: Scene) -> None:
    scene.server.run(
        lambda store, _now: store.rows.one(
            "UPDATE members SET spacing_from_s = 60, spacing_to_s = 60 WHERE id = :id", {"id": scene.house.admin.id}
        )
    )
    first, second = scene.invite("order-one"), scene.invite("order-two")
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "order-read"}).body["api_agent_task_id"]
    assert [given(scene), given(scene)] == [first, read]
    assert scene.agent.ask().body["reason"] == "pacing"
    assert scene.status(second)["blocked_by"] == "pacing"
    jump(scene, 60_000)
    assert given(scene) == second


def given(scene: Scene) -> str:
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work)
    done = "completed" if work.kind == "fetch_profile" else "sent"
    reply = scene.agent.finish(work, done, {"invitation_urn": "urn:li:fsd_invitation:1"}, {})
    assert reply.body["state"] == "completed"
    return work.id


def test_a_read_that_finds_nothing_three_times_ends(scene: Scene) -> None:
    task = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "read-lost"}).body["api_agent_task_id"]
    for expected in ("queued", "queued", "failed"):
        work = scene.agent.lease()
        assert work is not None
        assert scene.agent.finish(work, "unknown").body["state"] == expected
    assert set(scene.status(task)["task_output"]) == {"code", "error"}


@pytest.mark.parametrize("outcome", ["not_found", "refused"])
def test_a_read_that_fails_says_code_and_error(scene: Scene, outcome: str) -> None:
    task = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": f"read-{outcome}".replace("_", "-")})
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.finish(work, outcome).body["state"] == "failed"
    shown = scene.status(task.body["api_agent_task_id"])
    assert shown["task_output"]["code"] == outcome
    assert "sent" not in shown["task_output"]
