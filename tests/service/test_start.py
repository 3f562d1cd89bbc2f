"""`start` guards the act: each reason not to act, one by one, and where the task goes for it."""

import pytest

from curtsy.domain.member import Cause
from curtsy.service.pauses import pause
from curtsy.storage.store import Store
from tests.harness.agent import Work
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, HOUR, doubtful, events, jump, leased, pauses, row, spent, started, state, tick


def test_a_clear_yes_lets_the_agent_act_once(scene: Scene) -> None:
    work = leased(scene, "ada")
    reply = scene.agent.start(work, urn=urn_of("ada-byron"))
    assert (reply.status, reply.body["act_within_ms"]) == (200, 15_000)
    task = row(scene, work.id)
    assert (task.state, task.acts, task.profile_key) == ("started", 1, "ACoAAada-byron")
    assert (task.act_lease, task.act_boot, task.act_agent) == (work.lease, scene.agent.boot_id, scene.agent.agent_id)
    assert task.lease_until == scene.sky.clock() + 150_000
    assert events(scene, work.id) == ["created", "leased", "started"]
    assert spent(scene) == 1


def test_asked_again_it_answers_what_is_left(scene: Scene) -> None:
    work = started(scene, "ada-left")
    jump(scene, 4_000)
    assert scene.agent.start(work).body["act_within_ms"] == 11_000
    jump(scene, 11_000)
    assert scene.agent.start(work).body["act_within_ms"] == 0
    jump(scene, 1_000)
    assert scene.agent.start(work).body["act_within_ms"] == 0
    assert row(scene, work.id).acts == 1


def test_another_run_of_the_browser_has_nothing_left(scene: Scene) -> None:
    work = started(scene, "ada-rebooted")
    scene.agent.reboot()
    assert scene.agent.start(work).body["act_within_ms"] == 0


def test_a_lease_that_ran_out_allows_nothing(scene: Scene) -> None:
    work = leased(scene, "ada-late")
    tick(scene, 60_000)  # at this very millisecond it has ended, whether upkeep has come by or not
    reply = scene.agent.start(work)
    assert (reply.status, reply.code) == (409, "lease_lost")


def test_a_lease_of_somebody_else_allows_nothing(scene: Scene) -> None:
    work = leased(scene, "ada-stolen")
    other = scene.browser()
    for thief, lease in ((other, work.lease), (scene.agent, "no-lease")):
        stolen = thief.call(f"/agent/tasks/{work.id}/start", start_body(scene, lease, thief.boot_id))
        assert (stolen.status, stolen.code) == (409, "lease_lost")
    assert state(scene, work.id) == "leased"
    assert spent(scene) == 0


def start_body(scene: Scene, lease: str, boot: str) -> dict[str, object]:
    before = {"relation": "none", "read_ms_ago": 1}
    person = {"linkedin_urn": scene.agent.account, "profile_urn": urn_of("x")}
    return {"lease": lease, "boot_id": boot, **person, "before": before}


def test_a_task_that_is_not_there_allows_nothing(scene: Scene) -> None:
    reply = scene.agent.call("/agent/tasks/unheard-of/start", start_body(scene, "l", "b"))
    assert (reply.status, reply.code) == (409, "lease_lost")


def test_a_cancelled_task_is_not_started(scene: Scene) -> None:
    work = leased(scene, "ada-cancelled")
    assert scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": work.id}).status == 200
    reply = scene.agent.start(work)
    assert (reply.status, reply.code) == (409, "cancelled")
    assert state(scene, work.id) == "cancelled"


def test_somebody_else_signed_in_stops_the_act_and_the_member(scene: Scene) -> None:
    work = leased(scene, "ada-wrong")
    reply = scene.agent.start(work, account=urn_of("somebody-else"))
    assert (reply.status, reply.code) == (409, "wrong_member")
    assert state(scene, work.id) == "queued"
    assert pauses(scene) == {"wrong_member": None}
    assert scene.status(work.id)["blocked_by"] == "wrong_member"
    assert spent(scene) == 0


@pytest.mark.parametrize(
    ("relation", "outcome", "becomes"),
    [
        ("pending_out", "already_pending", "failed"),
        ("pending_in", "incoming_pending", "failed"),
        ("connected", "already_connected", "failed"),
        ("self", "own_profile", "failed"),
        ("unknown", "client_outdated", "queued"),
    ],
)
def test_only_a_person_without_relation_is_invited(scene: Scene, relation: str, outcome: str, becomes: str) -> None:
    work = leased(scene, f"ada-{relation.replace('_', '-')}-{outcome.replace('_', '-')}")
    reply = scene.agent.start(work, relation=relation)
    assert (reply.status, reply.code, reply.body["outcome"]) == (409, "not_connectable", outcome)
    task = row(scene, work.id)
    assert (task.state, task.acts, task.lease_id) == (becomes, 0, None)
    assert spent(scene) == 0
    if becomes == "failed":
        assert task.code == outcome
        assert scene.status(work.id)["task_output"]["code"] == outcome


def test_an_unreadable_relation_stops_this_version(scene: Scene) -> None:
    work = leased(scene, "ada-unreadable")
    scene.agent.start(work, relation="unknown")
    assert scene.agent.ask().body["reason"] == "update_required"
    assert scene.status(work.id)["blocked_by"] == "update_required"
    scene.agent.version = "0.2.0"
    again = scene.agent.lease()
    assert again is not None
    assert again.id == work.id


def test_a_person_already_invited_under_another_name_is_merged(scene: Scene) -> None:
    first = started(scene, "ada-first")
    scene.agent.finish(first, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"})
    second = leased(scene, "ada-second")
    reply = scene.agent.start(second, urn=urn_of("ada-first"))
    assert (reply.status, reply.code, reply.body["same_as"]) == (409, "merged", first.id)
    assert state(scene, second.id) == "merged"
    shown = scene.status(second.id)
    assert (shown["id"], shown["same_as"], shown["status"]) == (second.id, first.id, "completed")
    assert shown["task_output"]["sent"] is True
    assert scene.agent.start(second).code == "merged"
    assert spent(scene) == 1
    assert scene.invite("ada-second") == first.id  # the name is known now, so the next ask finds the standing task


def test_a_name_once_resolved_is_merged_at_intake_for_thirty_days(scene: Scene) -> None:
    work = started(scene, "ada-known")
    assert scene.invite(urn_of("ada-known")) == scene.invite("ada-known") == work.id
    scene.agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"})
    jump(scene, 29 * DAY)
    scene.agent.ask()
    assert scene.invite("ada-known") == work.id


def test_the_pace_is_checked_again_at_the_start(scene: Scene) -> None:
    first, second = scene.invite("ada-pace-one"), scene.invite("ada-pace-two")
    assert scene.agent.turn() == "completed"
    work = scene.agent.lease()
    assert work is not None
    assert {first, second} >= {work.id}
    scene.server.run(
        lambda store, _now: store.rows.one(
            "UPDATE members SET spacing_from_s = 60, spacing_to_s = 60 WHERE id = :id", {"id": scene.house.admin.id}
        )
    )
    reply = scene.agent.start(work)
    assert (reply.status, reply.code) == (409, "not_now")
    assert (reply.body["blocked_by"], reply.body["retry_in_ms"]) == ("pacing", 60_000)
    assert state(scene, work.id) == "queued"
    assert spent(scene) == 1


def test_a_pause_that_came_meanwhile_stops_the_start(scene: Scene) -> None:
    other = scene.invite("ada-pause-two")
    work = leased_first(scene, other)
    scene.server.run(stop_for_challenge, scene.house.team_id, scene.house.admin.id)
    reply = scene.agent.start(work)
    assert (reply.status, reply.code, reply.body["blocked_by"]) == (409, "not_now", "challenge")
    assert state(scene, work.id) == "queued"


def stop_for_challenge(store: Store, now: int, team_id: str, member_id: str) -> None:
    pause(store, now, team_id, member_id, Cause.CHALLENGE)


def leased_first(scene: Scene, task: str) -> Work:
    work = scene.agent.lease()
    assert work is not None
    assert work.id == task
    return work


def test_a_person_under_cooldown_is_not_invited_by_another_name(scene: Scene) -> None:
    first = started(scene, "ada-cooling")
    scene.agent.finish(first, "cannot_resend_yet", {"linkedin_code": "CANT_RESEND_YET", "after": "none"})
    second = leased(scene, "ada-cooling-too")
    reply = scene.agent.start(second, urn=urn_of("ada-cooling"))
    assert (reply.code, reply.body["outcome"]) == ("not_connectable", "cooling_down")
    assert state(scene, second.id) == "failed"


def test_an_unpaired_browser_starts_nothing(scene: Scene) -> None:
    work = leased(scene, "ada-unpaired")
    assert scene.agent.unpair().status == 200
    assert (scene.agent.start(work).status, scene.agent.start(work).code) == (401, "agent_revoked")
    assert state(scene, work.id) == "leased"


def test_a_read_needs_no_start_and_gets_none(scene: Scene) -> None:
    task = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "ada-read"}).body["api_agent_task_id"]
    work = scene.agent.lease()
    assert work is not None
    assert (work.id, work.kind) == (task, "fetch_profile")
    assert scene.agent.start(work).code == "lease_lost"
    assert scene.agent.finish(work, "completed", {}, {"name": "Ada"}).body["state"] == "completed"
    assert scene.status(task)["task_output"] == {"name": "Ada"}


def test_a_look_is_never_started(scene: Scene) -> None:
    doubtful(scene, "ada-looked")
    look = scene.agent.lease()
    assert look is not None
    assert look.purpose == "verify"
    assert scene.agent.start(look).code == "lease_lost"
    assert row(scene, look.id).acts == 1


def test_a_profile_must_be_named_by_its_urn(scene: Scene) -> None:
    work = leased(scene, "ada-urn")
    reply = scene.agent.start(work, urn="ada-urn")
    assert (reply.status, reply.code) == (400, "invalid_field")
    assert state(scene, work.id) == "leased"


def test_an_idle_day_makes_room_again(scene: Scene) -> None:
    scene.server.run(
        lambda store, _now: store.rows.one("UPDATE members SET day = 1 WHERE id = :id", {"id": scene.house.admin.id})
    )
    scene.invite("ada-day-one")
    late = scene.invite("ada-day-two")
    assert scene.agent.turn() == "completed"
    asked = scene.agent.ask()
    assert (asked.body["task"], asked.body["reason"]) == (None, "day_limit")
    assert scene.status(late)["blocked_by"] == "day_limit"
    jump(scene, 23 * HOUR)
    assert scene.agent.lease() is None
    jump(scene, HOUR)
    assert scene.agent.turn() == "completed"


def test_an_act_on_another_person_than_asked_for_is_refused(scene: Scene) -> None:
    scene.invite("urn:li:fsd_profile:ACoAAAskedFor")
    work = scene.agent.lease()
    assert work is not None
    refused = scene.agent.start(work, urn="urn:li:fsd_profile:ACoAASomebodyElse")
    assert (refused.status, refused.code) == (400, "invalid_field")
    assert scene.agent.start(work).status == 200
    assert scene.status(work.id)["task_input"]["profile_urn"] == "urn:li:fsd_profile:ACoAAAskedFor"


def test_what_the_caller_asked_for_stays_what_was_asked(scene: Scene) -> None:
    task = scene.invite("asked-by-name")
    work = scene.agent.lease()
    assert work is not None
    scene.agent.start(work)
    assert scene.status(task)["task_input"]["profile_urn"] == "asked-by-name"


def test_a_relationship_read_long_ago_is_read_again(scene: Scene) -> None:
    task = scene.invite("stale-read")
    work = scene.agent.lease()
    assert work is not None
    said = {
        "lease": work.lease,
        "boot_id": scene.agent.boot_id,
        "linkedin_urn": scene.agent.account,
        "profile_urn": urn_of("stale-read"),
        "before": {"relation": "none", "read_ms_ago": 60_001},
    }
    refused = scene.agent.call(f"/agent/tasks/{task}/start", said)
    assert (refused.status, refused.code) == (409, "not_now")
    assert row(scene, task).state == "queued"
