"""What an agent reports: every outcome, repeated, late, forged, contradicted."""

from typing import Any

import pytest

from curtsy.domain.outcome import DISPOSITIONS, FOREIGN, Outcome
from curtsy.domain.task import Kind
from curtsy.storage.store import CLOCK_JUMPED
from tests.harness.scene import Scene
from tests.service.sights import (
    DAY,
    HOUR,
    MINUTE,
    doubtful,
    events,
    evidence,
    jump,
    leased,
    looked,
    pauses,
    row,
    spent,
    started,
    state,
)

OF_INVITATIONS = [one for one in Outcome if one not in FOREIGN[Kind.INVITE]]
SEEN = {"invitation_urn": "urn:li:fsd_invitation:1", "after": "pending_out", "http_status": 200, "acted": True}


@pytest.mark.parametrize("outcome", [one for one in OF_INVITATIONS if one is not Outcome.SENT])
def test_an_outcome_after_the_start_moves_the_task_as_the_table_says(scene: Scene, outcome: Outcome) -> None:
    work = started(scene, f"after-{outcome.replace('_', '-')}")
    rule = DISPOSITIONS[outcome]
    reply = scene.agent.finish(work, outcome, {"linkedin_code": "SOME_CODE"})
    assert (reply.status, reply.body["state"]) == (200, rule.state)
    task = row(scene, work.id)
    assert (task.state, task.lease_id) == (rule.state, None)
    expected = {rule.pause} if rule.pause else {"note_limit"} if outcome is Outcome.NOTE_UNAVAILABLE else set()
    assert set(pauses(scene)) == expected
    assert spent(scene) == (0 if outcome is Outcome.NOT_ATTEMPTED else 1)
    if rule.state == "failed":
        output = scene.status(work.id)["task_output"]
        assert (output["sent"], output["code"]) == (False, outcome)
        assert output["error"].startswith(rule.meaning)


@pytest.mark.parametrize("outcome", OF_INVITATIONS)
def test_an_outcome_before_the_start_is_taken_only_where_it_can_be_known(scene: Scene, outcome: Outcome) -> None:
    work = leased(scene, f"before-{outcome.replace('_', '-')}")
    rule = DISPOSITIONS[outcome]
    reply = scene.agent.finish(work, outcome, SEEN if outcome is Outcome.SENT else {})
    if rule.before_act:
        assert (reply.status, reply.body["state"]) == (200, rule.state)
    else:
        assert (reply.status, reply.code, reply.body["state"]) == (409, "not_started", "leased")
    assert spent(scene) == 0


def test_sent_is_completed_and_says_which_invitation(scene: Scene) -> None:
    work = started(scene, "sent-one", note="Hello")
    assert scene.agent.finish(work, "sent", SEEN).body["state"] == "completed"
    shown = scene.status(work.id)
    assert shown["task_output"] == {"sent": True, "invitation_urn": "urn:li:fsd_invitation:1"}
    assert shown["evidence"]["invitation_urn"] == "urn:li:fsd_invitation:1"
    assert shown["error"] is None
    assert events(scene, work.id) == ["created", "leased", "started", "completed"]
    assert scene.invite("sent-one") == work.id


@pytest.mark.parametrize(
    "proof", [{"invitation_urn": "urn:li:fsd_invitation:2"}, {"after": "pending_out"}, {"after": "connected"}]
)
def test_each_sight_of_the_invitation_is_enough(scene: Scene, proof: dict[str, str]) -> None:
    work = started(scene, "sight-" + "-".join(proof.values()).replace(":", "-").replace("_", "-"))
    assert scene.agent.finish(work, "sent", proof).body["state"] == "completed"


@pytest.mark.parametrize(
    "nothing", [{}, {"after": "none"}, {"http_status": 200, "acted": True}, {"invitation_urn": ""}]
)
def test_sent_without_a_sight_of_it_is_unknown(scene: Scene, nothing: dict[str, object]) -> None:
    work = started(scene, f"unseen-{len(str(nothing))}")
    assert scene.agent.finish(work, "sent", nothing).body["state"] == "unconfirmed"
    assert scene.status(work.id)["task_output"] is None


def test_a_repeated_report_gets_the_same_answer_and_changes_nothing(scene: Scene) -> None:
    work = started(scene, "repeated")
    assert scene.agent.finish(work, "sent", SEEN).body["state"] == "completed"
    before = row(scene, work.id)
    for outcome in ("sent", "not_attempted", "refused"):
        assert scene.agent.finish(work, outcome, SEEN).body["state"] == "completed"
    assert row(scene, work.id) == before
    assert events(scene, work.id).count("completed") == 1
    assert [one["source"] for one in evidence(scene, work.id)] == ["start", "act", "late", "late", "late"]


def test_a_repeated_doubt_is_the_same_doubt(scene: Scene) -> None:
    work = doubtful(scene, "doubt-repeated")
    assert scene.agent.finish(work, "unknown").body["state"] == "unconfirmed"
    assert events(scene, work.id).count("unconfirmed") == 1
    assert pauses(scene) == {}


def test_a_forged_report_changes_nothing(scene: Scene) -> None:
    work = started(scene, "forged")
    other = scene.browser()
    assert other.finish(work, "sent", SEEN).code == "lease_lost"
    body = {"lease": "made-up", "boot_id": scene.agent.boot_id, "outcome": "sent", "evidence": SEEN}
    assert scene.agent.call(f"/agent/tasks/{work.id}/finish", body).code == "lease_lost"
    elsewhere = scene.agent.call("/agent/tasks/no-such-task/finish", {**body, "lease": work.lease})
    assert (elsewhere.code, elsewhere.body["state"]) == ("lease_lost", None)
    assert state(scene, work.id) == "started"


def test_a_late_answer_of_the_act_ends_the_doubt(scene: Scene) -> None:
    work = started(scene, "late-sent")
    jump(scene, 150_000)
    assert state(scene, work.id) == "unconfirmed"
    scene.agent.reboot()  # the journal outlives the browser
    assert scene.agent.finish(work, "sent", SEEN).body["state"] == "completed"
    assert scene.agent.finish(work, "sent", SEEN).body["state"] == "completed"


def test_a_late_answer_wins_over_a_look_under_way(scene: Scene) -> None:
    work = started(scene, "late-while-looking")
    jump(scene, 150_000)
    look = scene.agent.lease()
    assert look is not None
    assert look.purpose == "verify"
    assert scene.agent.finish(work, "sent", SEEN).body["state"] == "completed"
    assert scene.agent.finish(work, "sent", SEEN).body["state"] == "completed"
    late_look = scene.agent.finish(look, "absent")
    assert (late_look.code, late_look.body["state"]) == ("lease_lost", "completed")
    assert state(scene, work.id) == "completed"


def test_a_late_answer_still_settles_what_a_person_was_to_look_at(scene: Scene) -> None:
    work = reviewed(scene, "late-review")
    assert scene.status(work)["blocked_by"] == "needs_review"
    act = row(scene, work).act_lease
    body: dict[str, Any] = {"lease": act, "boot_id": scene.agent.boot_id, "outcome": "throttled", "evidence": {}}
    assert scene.agent.call(f"/agent/tasks/{work}/finish", body).body["state"] == "unconfirmed"
    assert state(scene, work) == "needs_review"
    sent = scene.agent.call(f"/agent/tasks/{work}/finish", {**body, "outcome": "sent", "evidence": SEEN})
    assert sent.body["state"] == "completed"


def reviewed(scene: Scene, profile: str) -> str:
    work = doubtful(scene, profile)
    jump(scene, 165_000)
    looked(scene.agent, "absent")
    jump(scene, 30_000)
    assert looked(scene.agent, "absent").body["state"] == "needs_review"
    return work.id


def test_not_attempted_frees_the_act_and_waits_longer_each_time(scene: Scene) -> None:
    task = scene.invite("not-attempted")
    for wait in (5_000, 10_000, 20_000):
        work = scene.agent.lease()
        assert work is not None
        assert scene.agent.start(work).status == 200
        assert scene.agent.finish(work, "not_attempted", {"tab_closed": True}).body["state"] == "queued"
        assert row(scene, task).not_before == scene.sky.clock() + wait
        assert spent(scene) == 0
        jump(scene, wait - 1)
        assert scene.agent.lease() is None
        jump(scene, 1)
    assert scene.agent.turn() == "completed"
    assert row(scene, task).acts == 1


def test_not_attempted_is_believed_of_the_acting_run_only(scene: Scene) -> None:
    work = started(scene, "other-run")
    scene.agent.reboot()
    assert scene.agent.finish(work, "not_attempted").body["state"] == "unconfirmed"
    assert scene.agent.finish(work, "not_attempted").body["state"] == "unconfirmed"
    assert spent(scene) == 1


def test_not_attempted_after_the_lease_ran_out_is_believed_of_the_acting_run(scene: Scene) -> None:
    work = started(scene, "late-not-attempted")
    jump(scene, 150_000)
    assert scene.agent.finish(work, "not_attempted").body["state"] == "queued"
    assert spent(scene) == 0


def test_who_said_that_it_acted_cannot_take_it_back(scene: Scene) -> None:
    work = doubtful(scene, "taken-back")
    assert scene.agent.finish(work, "not_attempted").body["state"] == "unconfirmed"
    assert spent(scene) == 1


def test_not_attempted_with_an_act_in_its_evidence_is_a_doubt(scene: Scene) -> None:
    contradicted = started(scene, "contradicted")
    assert scene.agent.finish(contradicted, "not_attempted", {"acted": True}).body["state"] == "unconfirmed"


def test_an_outcome_outside_the_list_is_refused(scene: Scene) -> None:
    work = started(scene, "no-such-outcome")
    reply = scene.agent.finish(work, "delighted")
    assert (reply.status, reply.code) == (400, "invalid_field")
    assert state(scene, work.id) == "started"


def test_two_unknowns_in_a_row_stop_the_member(scene: Scene) -> None:
    doubtful(scene, "unknown-one")
    assert pauses(scene) == {}
    assert looked(scene.agent, "connected").body["state"] == "completed"
    doubtful(scene, "unknown-two")
    assert pauses(scene) == {"doubt": None}
    assert scene.agent.resume().body["resumed"] == ["doubt"]
    assert pauses(scene) == {}


def test_three_equal_refusals_in_a_row_stop_the_member(scene: Scene) -> None:
    for n, code in enumerate(["A", "B", "B"]):
        scene.agent.finish(started(scene, f"refused-{n}"), "refused", {"linkedin_code": code})
        assert pauses(scene) == {}
        jump(scene, 1)
    last = started(scene, "refused-last")
    scene.agent.finish(last, "refused", {"linkedin_code": "B"})
    assert pauses(scene) == {"doubt": None}
    assert scene.status(last.id)["error"]["message"].endswith("(B)")


def test_a_second_csrf_refusal_in_a_row_means_signed_out(scene: Scene) -> None:
    task = scene.invite("csrf")
    for wait, expected in ((5_000, set[str]()), (0, {"signed_out"})):
        work = scene.agent.lease()
        assert work is not None
        scene.agent.start(work)
        assert scene.agent.finish(work, "not_attempted", {"linkedin_code": "CSRF"}).body["state"] == "queued"
        assert set(pauses(scene)) == expected
        jump(scene, wait)
    assert spent(scene) == 0
    assert scene.status(task)["blocked_by"] == "signed_out"


def test_a_note_that_cannot_be_added_ends_this_and_refuses_the_next_note(scene: Scene) -> None:
    work = started(scene, "note-limit", note="Hello")
    scene.agent.finish(work, "note_unavailable", {"linkedin_code": "CUSTOM_INVITE_LIMIT_REACHED"})
    refused = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "note-two", "note": "Hello"})
    assert (refused.status, refused.code) == (429, "note_limit_reached")
    assert refused.body["error"] == "LinkedIn invitation limit reached"
    assert int(refused.headers["retry-after"]) == 30 * DAY // 1000
    assert scene.invite("note-two")


def test_a_cooldown_refuses_the_person_for_three_weeks(scene: Scene) -> None:
    work = started(scene, "cooldown")
    scene.agent.finish(work, "cannot_resend_yet", {"linkedin_code": "CANT_RESEND_YET"})
    refused = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "cooldown"})
    assert (refused.status, refused.code) == (409, "cooling_down")
    assert refused.body["retry_at"].endswith("Z")
    jump(scene, 21 * DAY)
    scene.agent.ask()
    assert scene.invite("cooldown") != work.id


@pytest.mark.parametrize(
    ("named", "lasts"), [(None, HOUR), (10 * MINUTE, 10 * MINUTE), (0, HOUR), (-5, HOUR), (10**18, 30 * DAY)]
)
def test_a_throttle_lasts_as_long_as_linkedin_says(scene: Scene, named: int | None, lasts: int) -> None:
    work = started(scene, f"throttle-{named}")
    scene.agent.finish(work, "throttled", {"retry_after_ms": named})
    assert pauses(scene) == {"throttled": lasts}
    assert scene.status(work.id)["blocked_by"] == "throttled"


def test_a_throttle_doubles_up_to_a_day(scene: Scene) -> None:
    task = scene.invite("throttle-doubling")
    for lasts in (1, 2, 4, 8, 16, 24, 24):
        work = scene.agent.lease()
        assert work is not None, lasts
        scene.agent.start(work)
        scene.agent.finish(work, "throttled")
        assert pauses(scene) == {"throttled": lasts * HOUR}
        jump(scene, lasts * HOUR)
        assert pauses(scene) == {}
    assert scene.agent.turn() == "completed"
    assert state(scene, task) == "completed"


def test_a_short_named_throttle_does_not_make_the_next_one_shorter(scene: Scene) -> None:
    scene.invite("throttle-short")
    for named, lasts in ((1_000, 1_000), (None, HOUR)):
        work = scene.agent.lease()
        assert work is not None
        scene.agent.start(work)
        scene.agent.finish(work, "throttled", {"retry_after_ms": named})
        assert pauses(scene) == {"throttled": lasts}
        jump(scene, lasts)


def test_what_comes_after_the_end_rewrites_nothing_that_is_shown(scene: Scene) -> None:
    work = started(scene, "late-lies")
    scene.agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:5", "http_status": 200})
    before = scene.status(work.id)["evidence"]
    lies = {"invitation_urn": "urn:li:fsd_invitation:666", "after": "none", "http_status": 500}
    assert scene.agent.finish(work, "unknown", lies).body["state"] == "completed"
    after = scene.status(work.id)["evidence"]
    assert {name: after[name] for name in before} == before


def test_an_invitation_that_is_no_urn_is_no_sight(scene: Scene) -> None:
    work = started(scene, "no-urn-at-all")
    assert scene.agent.finish(work, "sent", {"invitation_urn": "not an urn"}).body["state"] == "unconfirmed"


def test_a_word_that_is_on_no_list_is_refused_and_kept_nowhere(scene: Scene) -> None:
    work = started(scene, "strange-word")
    refused = scene.agent.finish(work, "anything at all", {})
    assert (refused.status, refused.code) == (400, "invalid_field")
    assert row(scene, work.id).state == "started"


SENT_LONG_BEFORE = {"after": "pending_out", "acted": True, "invitation_sent_ms_ago": 360_000}


def doubt_clock(scene: Scene, doubted: bool) -> None:
    """The clock has jumped and nobody has confirmed it, or somebody has."""
    scene.server.run(lambda store, now: store.set_house(CLOCK_JUMPED, str(now) if doubted else None))


@pytest.mark.parametrize(
    ("late_ms", "equal", "becomes"), [(0, True, "unconfirmed"), (150_000, True, "unconfirmed"), (0, False, "failed")]
)
def test_a_wrong_clock_cannot_say_that_an_invitation_in_our_words_is_not_ours(
    scene: Scene, late_ms: int, equal: bool, becomes: str
) -> None:
    work = started(scene, f"refused-wrong-clock-{late_ms}-{equal}".lower())
    doubt_clock(scene, True)
    try:
        jump(scene, late_ms)
        scene.agent.finish(work, "already_pending", {**SENT_LONG_BEFORE, "message_equal": equal})
        assert state(scene, work.id) == becomes
    finally:
        doubt_clock(scene, False)
