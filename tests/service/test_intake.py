"""What is asked for becomes one task, durably, or a refusal in the order of the contract."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from curtsy.domain.errors import LastAdmin
from curtsy.domain.member import Role
from curtsy.service import teams
from tests.harness.house import found
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, HOUR, doubtful, events, jump, leased, row, started, state

INVITE = "/linkedin-agent/send-connection-request"
SEEN = {"invitation_urn": "urn:li:fsd_invitation:1"}


def test_an_answered_ask_is_a_task_of_the_oldest_admin(scene: Scene) -> None:
    scene.house.member("b@example.com", Role.ADMIN)
    task = scene.invite("intake-one", note="  Hello  ")
    shown = scene.status(task)
    assert shown["sender"]["id"] == scene.house.admin.id
    assert shown["task_input"] == {
        "task_type": "agent_send_connection_request", "profile_urn": "intake-one", "note": "Hello",
    }  # fmt: skip
    assert (shown["status"], shown["task_output"]) == ("pending", None)
    assert events(scene, task) == ["created"]


def test_sixty_four_equal_asks_at_once_are_one_task(scene: Scene) -> None:
    with ThreadPoolExecutor(64) as crowd:
        forms = ["intake-crowd", "https://www.linkedin.com/in/Intake-Crowd/"] * 32
        replies = list(crowd.map(lambda form: scene.post(INVITE, {"profile_urn": form}), forms))
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body["api_agent_task_id"] for reply in replies}) == 1
    assert sum(not reply.body.get("deduplicated", False) for reply in replies) == 1


def test_a_second_ask_names_the_task_that_stands(scene: Scene) -> None:
    first = scene.post(INVITE, {"profile_urn": "intake-twice", "note": "One"}).body
    second = scene.post(INVITE, {"profile_urn": "intake-twice", "note": "Two"}).body
    assert second["api_agent_task_id"] == first["api_agent_task_id"]
    assert (second["deduplicated"], len(second["warnings"])) == (True, 1)
    assert "deduplicated" not in first
    same = scene.post(INVITE, {"profile_urn": "intake-twice", "note": "One"}).body
    assert "warnings" not in same


@pytest.mark.parametrize("stage", ["leased", "started", "unconfirmed", "completed"])
def test_every_open_or_sent_task_stands(scene: Scene, stage: str) -> None:
    profile = f"intake-{stage}"
    work = doubtful(scene, profile) if stage == "unconfirmed" else leased(scene, profile)
    if stage in ("started", "completed"):
        scene.agent.start(work)
    if stage == "completed":
        scene.agent.finish(work, "sent", SEEN)
    assert state(scene, work.id) == stage
    assert scene.invite(profile) == work.id


@pytest.mark.parametrize("end", ["failed", "cancelled", "expired"])
def test_after_an_end_without_an_invitation_there_is_a_new_task(scene: Scene, end: str) -> None:
    profile = f"intake-{end}"
    task = scene.invite(profile)
    if end == "failed":
        work = scene.agent.lease()
        assert work is not None
        scene.agent.finish(work, "not_found")
    elif end == "cancelled":
        scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": task})
    else:
        jump(scene, 30 * DAY)
        scene.agent.ask()
    assert state(scene, task) == end
    assert scene.invite(profile) != task


def test_what_nobody_could_carry_out_expires(scene: Scene) -> None:
    task = scene.invite("intake-expiry")
    jump(scene, 30 * DAY - 1)
    assert state(scene, task) == "queued"
    jump(scene, 1)
    shown = scene.status(task)
    assert (shown["status"], shown["task_output"]["code"]) == ("failed", "expired")
    assert shown["error"]["retryable"] is True


def test_a_team_without_an_admin_cannot_send(scene: Scene) -> None:
    scene.server.run(
        lambda store, _now: store.rows.one(
            "UPDATE members SET role = 'member' WHERE id = :id", {"id": scene.house.admin.id}
        )
    )
    refused = scene.post(INVITE, {"profile_urn": "intake-admin"})
    assert (refused.status, refused.body["error"]) == (404, "No admin user found in the team")


def test_a_team_without_a_browser_is_asked_to_install_it(scene: Scene) -> None:
    house = found(scene.server, "Bare")
    refused = scene.post(INVITE, {"profile_urn": "intake-bare"}, key=house.key)
    assert (refused.status, refused.code) == (403, "no_active_agent")


def test_a_browser_counts_for_forty_eight_hours(scene: Scene) -> None:
    jump(scene, 48 * HOUR)
    assert scene.post(INVITE, {"profile_urn": "intake-48"}).status == 200
    jump(scene, 1)
    refused = scene.post(INVITE, {"profile_urn": "intake-49"})
    assert (refused.status, refused.code) == (403, "no_active_agent")
    assert scene.post(INVITE, {"profile_urn": ""}).status == 400
    scene.agent.ask()
    assert scene.post(INVITE, {"profile_urn": "intake-49"}).status == 200


def test_a_named_sender_is_never_swapped(scene: Scene) -> None:
    ben = scene.house.member("ben@example.com")
    unknown = scene.post(INVITE, {"profile_urn": "intake-sender", "sender": "nobody@example.com"})
    assert (unknown.status, unknown.code) == (404, "unknown_member")
    asleep = scene.post(INVITE, {"profile_urn": "intake-sender", "sender": "ben@example.com"})
    assert (asleep.status, asleep.code) == (403, "member_not_active")
    browser = scene.browser(scene.house.code(ben), urn_of(f"ben-{scene.house.team_id}"))
    task = scene.invite("intake-sender", sender="BEN@example.com")
    assert scene.status(task)["sender"]["id"] == ben.id
    assert scene.agent.lease() is None
    assert browser.turn() == "completed"


def test_a_limit_refuses_with_the_time_it_ends_and_then_lets_go(scene: Scene) -> None:
    work = started(scene, "intake-limit")
    scene.agent.finish(work, "invitation_limit_reached", {"retry_after_ms": 90_500})
    refused = scene.post(INVITE, {"profile_urn": "intake-after"})
    assert (refused.status, refused.body["error"]) == (429, "LinkedIn invitation limit reached")
    assert refused.headers["retry-after"] == "91"
    assert refused.body["retry_at"].endswith("Z")
    jump(scene, 90_500)
    assert scene.post(INVITE, {"profile_urn": "intake-after"}).status == 200


def test_a_preview_stores_nothing_and_says_what_would_be_said(scene: Scene) -> None:
    dry = {"profile_urn": "intake-dry", "dry_run": True, "note": "Hi"}
    said = scene.post(INVITE, dry).body
    assert (said["would"], said["code"], said["note_units"]) == ("accept", None, 2)
    assert scene.get("/v1/tasks").body["data"] == []
    scene.invite("intake-dry")
    assert scene.post(INVITE, dry).body["would"] == "deduplicate"
    refused = scene.post(INVITE, {**dry, "sender": "x@example.com"}).body
    assert (refused["would"], refused["code"]) == ("refuse", "unknown_member")


def test_a_task_is_cancelled_until_it_is_started(scene: Scene) -> None:
    cancel = "/linkedin-agent/cancel-task"
    queued = scene.invite("cancel-queued")
    assert scene.post(cancel, {"api_agent_task_id": queued}).body["data"]["status"] == "cancelled"
    assert scene.post(cancel, {"api_agent_task_id": queued}).status == 200
    work = started(scene, "cancel-started")
    assert scene.post(cancel, {"api_agent_task_id": work.id}).code == "in_flight"
    scene.agent.finish(work, "throttled", {"retry_after_ms": 1000})
    assert state(scene, work.id) == "cancelled"  # the wish was kept: no second act
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "cancel-read"}).body["api_agent_task_id"]
    assert set(scene.post(cancel, {"api_agent_task_id": read}).body["data"]["task_output"]) == {"code", "error"}


def test_what_has_ended_is_not_cancelled(scene: Scene) -> None:
    work = started(scene, "cancel-sent")
    scene.agent.finish(work, "sent", SEEN)
    refused = scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": work.id})
    assert (refused.status, refused.code) == (409, "task_ended")
    assert scene.status(work.id)["task_output"]["sent"] is True


def test_a_member_who_leaves_takes_what_waited_along(scene: Scene) -> None:
    with pytest.raises(LastAdmin):
        scene.server.run(teams.leave, scene.house.team_id, scene.house.admin.id)
    scene.house.member("next@example.com", Role.ADMIN)
    queued, work = scene.invite("leave-queued"), None
    work = scene.agent.lease()
    assert work is not None
    scene.server.run(teams.leave, scene.house.team_id, scene.house.admin.id)
    for task in (queued, work.id):
        assert row(scene, task).code == "member_removed"
    assert scene.agent.ask().code == "agent_revoked"


def test_another_team_sees_none_of_it(scene: Scene) -> None:
    task = scene.invite("intake-secret")
    other = found(scene.server, "Other")
    for path, params in (
        ("/linkedin-agent/get-task-status", {"api_agent_task_id": task}),
        (f"/v1/tasks/{task}", {}),
    ):
        refused = scene.get(path, key=other.key, **params)
        assert (refused.status, refused.body["error"]) == (404, "Agent task not found")
    assert scene.get("/v1/tasks", key=other.key).body["data"] == []
    cancel = scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": task}, key=other.key)
    assert cancel.status == 404
    assert state(scene, task) == "queued"
