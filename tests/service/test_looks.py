"""How far a look reads, how often, and what it may not say: nothing is skipped, nothing is gone that was not sought."""

from __future__ import annotations

from typing import Any

import pytest

from curtsy.domain.acceptance import MARGIN_MS
from curtsy.domain.member import Role
from curtsy.service.pairing import browsers
from curtsy.service.retention import prune
from curtsy.service.review import confirm_clock
from curtsy.service.teams import join, leave
from curtsy.storage.store import CLOCK_JUMPED
from tests.harness.agent import Work
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.looks import early_in_half_a_day, followed, look, look_given, looks, pass_time, planned, sent, told
from tests.service.sights import DAY, HOUR, MINUTE, doubtful, jump, row
from tests.service.sights import looked as looked_again

ADA = urn_of("ada")
TYPE = "agent_check_invitations"


def at(scene: Scene) -> int:
    return scene.server.run(lambda _store, now: now)


def answer(scene: Scene, work: Work) -> str:
    return str(scene.agent.finish(work, "completed", {}, scene.sky.looked(work.input)).body["state"])


def test_most_looks_read_only_what_is_new(scene: Scene) -> None:
    early_in_half_a_day(scene)
    sent(scene)
    first = look_given(scene)
    assert first.expires_in_ms == 120_000
    back = 70 * MINUTE + MARGIN_MS
    assert first.input == {"connected_ms_ago": back, "pending_ms_ago": 7 * DAY + 10 * MINUTE + MARGIN_MS, "missing": []}
    answer(scene, first)
    looked_at = at(scene)
    second = look_given(scene, 2 * HOUR)
    back = at(scene) - looked_at + MARGIN_MS
    assert second.input == {"connected_ms_ago": back, "pending_ms_ago": back, "missing": []}
    answer(scene, second)
    looked_at = at(scene)
    third = look_given(scene, 12 * HOUR)
    assert third.input["connected_ms_ago"] == at(scene) - looked_at + MARGIN_MS
    assert third.input["pending_ms_ago"] > 15 * HOUR


def test_a_look_that_broke_off_is_made_up_for(scene: Scene) -> None:
    early_in_half_a_day(scene)
    sent(scene)
    assert look(scene) == "completed"
    scene.sky.complete = False
    before = look_given(scene, 2 * HOUR)
    answer(scene, before)
    again = look_given(scene, 2 * HOUR)
    assert again.input["connected_ms_ago"] >= before.input["connected_ms_ago"] + 2 * HOUR


def test_who_accepts_at_once_is_not_passed_by(scene: Scene) -> None:
    task = sent(scene)
    scene.sky.accept(ADA)
    work = look_given(scene)
    looked = scene.sky.looked(work.input)
    assert looked["connected"], "whoever accepted in the moment of the invitation is further back than that moment"
    assert answer(scene, work) == "completed"
    assert scene.status(task)["invitation"]["state"] == "accepted"


def test_what_a_look_did_not_read_back_to_is_not_missed(scene: Scene) -> None:
    early_in_half_a_day(scene)
    task = sent(scene)
    assert look(scene) == "completed"
    pass_time(scene, 3 * HOUR)
    answer(scene, look_given(scene, 0))
    scene.sky.vanish(ADA)
    assert look(scene) == "completed"
    assert followed(scene, task).missed_at is None


@pytest.mark.parametrize(
    ("relation", "becomes"),
    [("none", "gone"), ("pending_in", "gone"), (None, "gone"), ("connected", "accepted"), ("pending_out", "pending"),
     ("unknown", "pending"), ("self", "pending")],
)  # fmt: skip
def test_of_who_is_missing_the_relationship_is_asked(scene: Scene, relation: str | None, becomes: str) -> None:
    task = sent(scene)
    scene.sky.vanish(ADA)
    assert look(scene) == "completed"
    work = look_given(scene, 2 * HOUR)
    ada = ADA.rpartition(":")[2]
    assert work.input["missing"] == [ada]
    output = scene.sky.looked(work.input) | {"relations": [{"profile": ada, "relation": relation}]}
    scene.agent.finish(work, "completed", {}, output)
    assert followed(scene, task).state == becomes
    assert (followed(scene, task).missed_at is None) == (relation == "pending_out")


def test_who_was_not_asked_after_is_not_gone(scene: Scene) -> None:
    tasks = [sent(scene, f"fading-{number}") for number in range(12)]
    scene.sky.sent.clear()
    assert look(scene) == "completed"
    work = look_given(scene, 2 * HOUR)
    assert len(work.input["missing"]) == 10
    answer(scene, work)
    assert sum(followed(scene, task).state == "gone" for task in tasks) == 10
    assert look(scene, 2 * HOUR) == "completed"
    assert {followed(scene, task).state for task in tasks} == {"gone"}


def test_an_acceptance_that_a_look_passed_by_is_found_before_the_person_is_gone(scene: Scene) -> None:
    task = sent(scene)
    assert look(scene) == "completed"
    scene.sky.accept(ADA)
    accepted_at = scene.sky.connected.pop(ADA)  # a list that lags, or a page that moved while it was read
    pass_time(scene, DAY)
    assert scene.agent.turn() == "completed"
    assert followed(scene, task).missed_at is not None
    scene.sky.connected[ADA] = accepted_at
    assert look(scene, DAY) == "completed"
    assert [one["type"] for one in told(scene, task)] == ["invitation.accepted"]
    assert followed(scene, task).accepted_at == accepted_at


def test_another_accounts_lists_say_nothing(scene: Scene) -> None:
    task = sent(scene)
    others = urn_of(f"somebody-else-{scene.house.team_id}")
    other = scene.browser(account=others)
    scene.sky.vanish(ADA)
    scene.agent, former = other, scene.agent
    scene.others.append(former)
    for _ in range(3):
        pass_time(scene, 2 * HOUR)
    assert (looks(scene), planned(scene)) == (0, True)
    new = scene.invite("ben")
    assert scene.agent.turn() == "completed"
    for _ in range(3):
        assert look(scene, 2 * HOUR) == "completed"
    assert told(scene, task) == []
    assert followed(scene, task).missed_at is None
    assert followed(scene, new).account == others


def test_what_is_being_taken_back_is_not_gone(scene: Scene) -> None:
    task = sent(scene, ADA)
    pass_time(scene, HOUR)
    scene.post("/linkedin-agent/withdraw-connection-request", {"api_agent_task_id": task})
    scene.sky.vanish(ADA)
    assert scene.agent.turn() == "completed"
    assert followed(scene, task).missed_at is None


def test_while_the_clock_is_in_doubt_nobody_is_missed(scene: Scene) -> None:
    task, newer = sent(scene), sent(scene, "ben")
    scene.sky.vanish(ADA)
    assert look(scene) == "completed"
    scene.server.run(lambda store, now: store.set_house(CLOCK_JUMPED, str(now)))
    scene.sky.accept(urn_of("ben"))
    assert look(scene, 2 * HOUR) == "completed"
    assert followed(scene, task).state == "pending"
    assert [one["type"] for one in told(scene, newer)] == ["invitation.accepted"]
    scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now + 400 * DAY))
    assert scene.server.run(confirm_clock) is True
    assert followed(scene, task).missed_at is None
    work = look_given(scene, 0)
    assert work.input["pending_ms_ago"] > 3 * HOUR
    answer(scene, work)
    assert followed(scene, task).missed_at is not None


@pytest.mark.parametrize(("outcome", "said"), [("not_attempted", {"http_status": 500}), ("unknown", {})])
def test_a_look_that_comes_to_nothing_is_not_made_again_at_once(scene: Scene, outcome: str, said: Any) -> None:
    sent(scene)
    done = 0
    for _ in range(24):
        pass_time(scene, 0)  # ten minutes
        while (work := scene.agent.lease()) is not None:
            done += 1
            assert scene.agent.finish(work, outcome, said).status == 200
    assert 0 < done <= 3 * 4


def test_who_left_is_not_looked_for_and_their_look_goes(scene: Scene) -> None:
    team = scene.house.team_id
    scene.server.run(join, team, f"second-{team}@example.com", Role.ADMIN)
    sent(scene)
    pass_time(scene, HOUR)
    assert looks(scene) == 1
    scene.server.run(leave, team, scene.house.admin.id)
    assert looks(scene) == 0
    jump(scene, 2 * HOUR)
    assert not planned(scene)
    assert TYPE not in {one["task_input"]["task_type"] for one in scene.get("/v1/tasks").body["data"]}


def test_who_has_pressed_pause_is_not_looked_for(scene: Scene) -> None:
    sent(scene)
    scene.agent.paused = True
    pass_time(scene, HOUR)
    assert looks(scene) == 0
    scene.agent.paused = False
    scene.agent.ask()
    pass_time(scene, 0)
    assert looks(scene) == 1


def test_what_we_may_have_sent_ourselves_was_not_sent_by_hand(scene: Scene) -> None:
    sent(scene)
    pass_time(scene, HOUR)
    work = scene.agent.lease()
    assert work is not None
    scene.agent.release(work)
    doubt = doubtful(scene, "doubted")
    scene.sky.invite(urn_of("doubted"), None)
    assert looked_again(scene.agent, "unreadable").body["state"] == "unconfirmed"
    jump(scene, 20_000)
    assert scene.agent.turn() == "completed"
    assert row(scene, doubt.id).state == "unconfirmed"
    assert by_hand(scene) == {}


def by_hand(scene: Scene) -> dict[str, int]:
    account = str(scene.agent.account)
    return dict(scene.server.run(lambda store, _now: store.invitations.hand_made(account, 0)))


def test_what_was_sent_by_hand_keeps_its_time_and_another_takes_its_place(scene: Scene) -> None:
    sent(scene)
    cleo = urn_of("cleo").rpartition(":")[2]
    first = scene.sky.invite(urn_of("cleo"), None).at
    assert look(scene) == "completed"
    assert by_hand(scene) == {cleo: first}
    work = look_given(scene, 2 * HOUR)
    shifted = scene.sky.looked(work.input | {"pending_ms_ago": DAY})
    for one in shifted["pending"]:
        one["ms_ago"] -= 900
    scene.agent.finish(work, "completed", {}, shifted)
    assert by_hand(scene) == {cleo: first}
    scene.sky.vanish(urn_of("cleo"))
    again = scene.sky.invite(urn_of("cleo"), None).at
    assert look(scene, 2 * HOUR) == "completed"
    assert by_hand(scene) == {cleo: again}
    jump(scene, 31 * DAY)
    assert by_hand(scene) == {}


def test_whom_we_invited_and_who_vanished_may_be_invited_by_hand_meanwhile(scene: Scene) -> None:
    person = row(scene, sent(scene)).resolved_urn
    assert person is not None
    assert look(scene) == "completed"
    assert by_hand(scene) == {}
    jump(scene, 2 * HOUR)
    scene.sky.vanish(person)
    again = scene.sky.invite(person, None).at
    assert look(scene) == "completed"
    assert by_hand(scene) == {person.rpartition(":")[2]: again}


def test_everybody_that_linkedin_lets_wait_fits_into_a_report(scene: Scene) -> None:
    task = sent(scene)
    work = look_given(scene)
    crowd = [{"profile": f"ACoAA{number:034d}", "ms_ago": 90 * DAY + number} for number in range(1_500)]
    output = {"connected": crowd[:400], "pending": [*crowd, *scene.sky.looked(work.input)["pending"]], "complete": True}
    assert scene.agent.finish(work, "completed", {}, output).body["state"] == "completed"
    assert followed(scene, task).checked_at is not None


def test_looks_are_listed_for_who_asks_for_them(scene: Scene) -> None:
    task = sent(scene)
    assert scene.get("/v1/tasks", kind="check_invitations").body["data"] == []
    work = look_given(scene)
    [one] = scene.get("/v1/tasks", kind="check_invitations").body["data"]
    assert (one["id"], one["status"], one["task_input"]) == (work.id, "processing", {"task_type": TYPE})
    assert scene.get("/v1/tasks", kind="check_invitations", status="pending").body["data"] == []
    assert scene.get("/v1/tasks", kind="check_invitations", cursor=task).body["data"] == []
    ben = scene.house.member("ben@example.com")
    for who, found in ((scene.house.admin.email, [work.id]), (ben.email, [])):
        listed = scene.get("/v1/tasks", kind="check_invitations", sender=who).body["data"]
        assert [one["id"] for one in listed] == found
    assert [one["id"] for one in scene.get("/v1/tasks").body["data"]] == [task]
    answer(scene, work)
    assert scene.get("/v1/tasks", kind="check_invitations").body["data"] == []
    assert scene.get("/v1/tasks", kind="fetch_profile").body["data"] == []
    refused = scene.get("/v1/tasks", kind="read_person")
    assert (refused.status, refused.code) == (400, "invalid_field")
    both = scene.get("/v1/tasks", **{"kind": "check_invitations", "metadata.a": "b"})
    assert (both.status, both.code) == (400, "invalid_field")


def test_an_invitation_that_waits_is_followed_however_long(scene: Scene) -> None:
    accepting, fading = sent(scene), sent(scene, "ben")
    assert look(scene) == "completed"
    jump(scene, 40 * DAY)
    while scene.server.run(prune, 30).more:
        pass
    scene.agent.ask()
    scene.sky.accept(ADA)
    scene.sky.vanish(urn_of("ben"))
    for _ in range(2):
        assert look(scene, 2 * DAY) == "completed"
    assert [one["type"] for one in told(scene, accepting)] == ["invitation.accepted"]
    assert [one["type"] for one in told(scene, fading)] == ["invitation.gone"]
    assert scene.status(accepting)["invitation"]["state"] == "accepted"
    while scene.server.run(prune, 30).more:
        pass
    assert scene.get("/linkedin-agent/get-task-status", api_agent_task_id=fading).status == 404
    assert scene.server.run(lambda store, _now: store.invitations.of_task(fading)) is None


def in_doubt_by_name(scene: Scene) -> str:
    """A task that a restore has put in doubt before anybody had said who that is."""
    task = scene.invite("by-name")
    waiting = row(scene, task)
    scene.server.run(lambda store, now: store.leases.doubt_restored(waiting, now))
    return task


def test_whoever_was_asked_for_by_name_is_followed_by_their_id(scene: Scene) -> None:
    task = in_doubt_by_name(scene)
    scene.sky.invite(urn_of("by-name"), None)
    assert looked_again(
        scene.agent, "pending", invitation_sent_ms_ago=0, message_equal=True, profile_urn=urn_of("by-name")
    ).body["state"] == "completed"  # fmt: skip
    assert followed(scene, task).profile_key == urn_of("by-name").rpartition(":")[2]


def test_of_whom_only_the_name_is_known_nobody_says_that_they_are_gone(scene: Scene) -> None:
    task = in_doubt_by_name(scene)
    scene.sky.invite(urn_of("by-name"), None)
    assert (
        looked_again(scene.agent, "pending", invitation_sent_ms_ago=0, message_equal=True).body["state"] == "completed"
    )
    for _ in range(3):
        assert look(scene, 2 * HOUR) == "completed"
    assert (followed(scene, task).missed_at, told(scene, task)) == (None, [])


def test_a_list_that_linkedin_changed_stops_the_looks_of_that_version_and_nothing_else(scene: Scene) -> None:
    sent(scene)
    work = look_given(scene)
    assert scene.agent.finish(work, "client_outdated").body["state"] == "queued"
    assert scene.agent.ask().body["reason"] == "nothing_due"
    task = scene.invite("ben")
    assert scene.status(task)["blocked_by"] is None
    assert scene.agent.turn() == "completed"
    pass_time(scene, 2 * DAY)
    assert (scene.agent.lease(), looks(scene), planned(scene)) == (None, 0, True)
    (browser,) = scene.server.run(browsers, scene.house.admin.id)
    assert not browser.reads_for_us
    scene.agent.version = "0.1.999"
    assert look(scene) == "completed"
