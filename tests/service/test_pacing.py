"""What bounds a member besides day, week and spacing: notes, reads, hours, a slow beginning, and their own hands."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from curtsy.domain.hours import parse_hours
from curtsy.service import pacing, teams
from curtsy.storage.store import Store
from curtsy.web.members import LimitsTold
from curtsy.web.pages.words import WINDOWS
from tests.harness.agent import Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sent, Sky, urn_of
from tests.service.looks import look
from tests.service.sights import DAY, HOUR, jump, pauses, state, tick

PROFILE = "/linkedin-agent/fetch-profile"
CONNECTIONS = "/linkedin-agent/fetch-connections"


def pace(scene: Scene, *args: Any, **more: Any) -> None:
    scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, *args, **more)


def send(scene: Scene, name: str, **more: Any) -> dict[str, Any]:
    """An invitation, carried out; what came of it."""
    task = scene.invite(name, **more)
    scene.agent.turn()
    return scene.status(task)


def limited(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
    return "invitation_limit_reached", {"http_status": 429, "linkedin_code": "FUSE_LIMIT_EXCEEDED"}


def limits(scene: Scene) -> dict[str, Any]:
    return dict(scene.get(f"/v1/members/{scene.house.admin.id}/limits").body["data"])


def asks(scene: Scene, path: str, **body: Any) -> str:
    return str(scene.post(path, body).body["api_agent_task_id"])


def test_a_free_account_has_five_notes_a_month(scene: Scene) -> None:
    for n in range(5):
        assert send(scene, f"noted-{n}", note="Hello")["status"] == "completed"
        tick(scene, HOUR)
    refused = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "noted-5", "note": "Hello"})
    assert (refused.status, refused.code) == (429, "note_limit_reached")
    assert limits(scene)["windows"]["notes_month"] | {"resets_at": None} == {
        "limit": 5, "used": 5, "remaining": 0, "resets_at": None,
    }  # fmt: skip
    assert pauses(scene)["note_limit"] == 30 * DAY - 5 * HOUR
    assert send(scene, "without")["status"] == "completed"
    dropped = send(scene, "dropped", note="Hello", note_policy="drop_if_unavailable")
    assert dropped["task_output"]["note_dropped"] is True
    jump(scene, 30 * DAY - 5 * HOUR)
    scene.agent.ask()
    assert send(scene, "next-month", note="Hello")["status"] == "completed"


def test_a_note_that_was_not_sent_is_not_spent(scene: Scene) -> None:
    task = scene.invite("not-sent", note="Hello")
    scene.agent.turn(Script(act=lambda _work, _sky: ("not_attempted", {"acted": False})))
    assert state(scene, task) == "queued"
    assert limits(scene)["windows"]["notes_month"]["used"] == 0


@pytest.mark.parametrize(
    "said",
    [
        ("cannot_resend_yet", {"http_status": 400, "linkedin_code": "CANT_RESEND_YET"}),
        ("email_required", {"http_status": 400}),
        ("refused", {"http_status": 400, "linkedin_code": "SOMETHING_NEW"}),
        ("already_pending", {"after": "pending_out", "message_equal": False, "invitation_sent_ms_ago": DAY}),
    ],
    ids=lambda said: said[0],
)
def test_a_note_that_linkedin_refused_is_not_spent(scene: Scene, said: tuple[str, dict[str, Any]]) -> None:
    for n in range(2):
        scene.invite(f"refused-{n}", note="Hello")
        assert scene.agent.turn(Script(act=lambda _work, _sky: said)) == "failed"
    assert limits(scene)["windows"]["notes_month"]["used"] == 0


def in_doubt(scene: Scene) -> None:
    """Five notes, sent yesterday, of which nobody knows whether they arrived."""
    at, name = scene.sky.clock() - DAY, scene.house.team_id

    def spend(store: Store, _now: int) -> None:
        for n in range(5):
            store.attempts.add(
                lease=f"{name} {n}", task=f"gone {n}", member="-", agent="-", account=str(scene.agent.account),
                purpose="act", now=at + n,
            )  # fmt: skip
            store.attempts.start(f"{name} {n}", at + n, noted=True)

    scene.server.run(spend)
    scene.agent.ask()


def test_notes_in_doubt_count_and_every_place_says_the_same_of_them(scene: Scene) -> None:
    in_doubt(scene)
    window = limits(scene)["windows"]["notes_month"]
    assert (window["used"], window["remaining"]) == (5, 0)
    asked = {"profile_urn": "one-note-more", "note": "Hello"}
    told = scene.post("/linkedin-agent/send-connection-request", asked | {"dry_run": True}).body
    assert (told["would"], told["code"]) == ("refuse", "note_limit_reached")
    refused = scene.post("/linkedin-agent/send-connection-request", asked)
    assert (refused.status, refused.code, refused.body["retry_at"]) == (429, "note_limit_reached", window["resets_at"])
    assert scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "without-one"}).status == 200
    dropped = scene.post("/linkedin-agent/send-connection-request", asked | {"note_policy": "drop_if_unavailable"})
    assert dropped.status == 200
    scene.agent.premium = True
    scene.agent.ask()
    assert scene.post("/linkedin-agent/send-connection-request", asked | {"profile_urn": "pays-now"}).status == 200


def test_a_note_that_may_be_dropped_is_dropped_before_anybody_is_asked_in_vain(scene: Scene) -> None:
    in_doubt(scene)
    task = scene.invite("dropped-at-once", note="Hello", note_policy="drop_if_unavailable")
    assert scene.agent.turn() == "completed"
    assert scene.status(task)["task_output"]["note_dropped"] is True
    assert scene.status(task)["attempts"] == 1


def test_an_account_that_begins_to_pay_is_free_of_the_months_notes(scene: Scene) -> None:
    for n in range(5):
        assert send(scene, f"before-paying-{n}", note="Hello")["status"] == "completed"
    assert "note_limit" in pauses(scene)
    other = scene.browser()
    other.premium = True
    other.ask()
    assert pauses(scene) == {}
    told = limits(scene)
    assert (told["premium"], told["windows"]["notes_month"]["limit"]) == (True, None)
    task = scene.invite("after-paying", note="x" * 300, note_policy="drop_if_unavailable")
    scene.agent.premium = True
    assert scene.agent.turn() == "completed"
    assert "note_dropped" not in scene.status(task)["task_output"]
    feed = [one["type"] for one in scene.get("/v1/events").body["data"] if one["type"].startswith("member.")]
    assert feed == ["member.paused", "member.resumed"]


def test_a_note_too_long_for_the_account_is_not_offered_to_linkedin(scene: Scene) -> None:
    failed = send(scene, "long-note", note="x" * 201)
    assert (failed["status"], failed["task_output"]["code"]) == ("failed", "note_unavailable")
    assert limits(scene)["windows"]["day"]["used"] == 0
    task = scene.invite("long-note-dropped", note="x" * 201, note_policy="drop_if_unavailable")
    scene.agent.turn()
    scene.agent.turn()
    assert scene.status(task)["task_output"]["note_dropped"] is True
    assert [one.note for one in scene.sky.sent] == [None]


def test_an_account_that_pays_may_say_more(scene: Scene) -> None:
    scene.agent.premium = True
    for n in range(6):
        assert send(scene, f"paid-{n}", note="x" * 300)["status"] == "completed"
    assert limits(scene)["windows"]["notes_month"]["limit"] is None
    assert limits(scene)["premium"] is True


def test_reads_have_windows_of_their_own(scene: Scene) -> None:
    pace(scene, 50, 200, (60, 60), profile_reads=2)
    first, second, third = (asks(scene, PROFILE, profile_slug=f"read-{n}-{scene.house.team_id[:8]}") for n in range(3))
    scene.agent.turn()
    assert state(scene, first) == "completed"
    waits = scene.agent.ask().body
    assert (waits["reason"], waits["poll_after_ms"]) == ("pacing", 5_000)
    tick(scene, 5_000)
    scene.agent.turn()
    assert state(scene, second) == "completed"
    tick(scene, 5_000)
    waits = scene.agent.ask().body
    assert (waits["task"], waits["reason"]) == (None, "read_limit")
    told = scene.status(third)
    assert told["blocked_by"] == "read_limit"
    connections = asks(scene, CONNECTIONS)
    scene.agent.turn()
    assert state(scene, connections) == "completed"
    jump(scene, DAY - 10_000)
    scene.agent.turn()
    assert state(scene, third) == "completed"


def test_a_profile_read_today_answers_again_until_something_is_done_to_the_person(scene: Scene) -> None:
    name = f"again-{scene.house.team_id[:8]}"
    first = asks(scene, PROFILE, profile_slug=name)
    scene.agent.turn()
    again = scene.post(PROFILE, {"profile_slug": name}).body
    assert (again["api_agent_task_id"], again["deduplicated"]) == (first, True)
    assert send(scene, name)["status"] == "completed"
    later = asks(scene, PROFILE, profile_slug=name)
    assert later != first
    scene.agent.turn()
    jump(scene, DAY)
    assert asks(scene, PROFILE, profile_slug=name) not in (first, later)


def test_what_the_member_does_by_hand_counts(scene: Scene) -> None:
    pace(scene, 2, 3, (0, 0))
    now = scene.sky.clock()
    by_hand = [("ACoAAHand1", now - 2 * DAY), ("ACoAAHand2", now - HOUR)]
    scene.server.run(lambda store, now: store.invitations.keep_hand_made(str(scene.agent.account), by_hand, now))
    assert send(scene, "by-hand-one")["status"] == "completed"
    waits = scene.invite("by-hand-two")
    assert scene.status(waits)["blocked_by"] == "week_limit"
    windows = limits(scene)
    assert (windows["by_hand_week"], windows["windows"]["week"]["used"], windows["windows"]["day"]["used"]) == (2, 3, 2)
    jump(scene, 5 * DAY)
    assert scene.agent.turn() == "completed"


def test_what_the_member_did_by_hand_in_the_week_before_counts_from_the_first_look_on(scene: Scene) -> None:
    now = scene.sky.clock()
    scene.sky.sent += [
        Sent(f"urn:li:fsd_invitation:{n}", urn_of(f"before-{n}"), None, now - 2 * DAY) for n in range(60)
    ]
    scene.sky.sent.append(Sent("urn:li:fsd_invitation:99", urn_of("long-before"), None, now - 8 * DAY))
    assert send(scene, "the-first-of-ours")["status"] == "completed"
    assert limits(scene)["by_hand_week"] == 0
    assert look(scene) == "completed"
    told = limits(scene)
    assert (told["by_hand_week"], told["windows"]["week"]["used"], told["windows"]["day"]["used"]) == (60, 61, 1)


def test_nothing_is_done_outside_working_hours(scene: Scene) -> None:
    there = datetime.fromtimestamp(scene.sky.clock() / 1000, UTC)
    closes = there.hour * 60 + there.minute
    if not 1 < closes < 23 * 60:  # tomorrow, then
        jump(scene, 2 * HOUR)
        there = datetime.fromtimestamp(scene.sky.clock() / 1000, UTC)
        closes = there.hour * 60 + there.minute
    pace(scene, hours=parse_hours(f"mon-sun 00:00-{closes // 60:02}:{closes % 60:02}", "UTC"))
    task = scene.invite("at-night")
    waits = scene.agent.ask().body
    assert (waits["task"], waits["reason"]) == (None, "outside_hours")
    assert scene.status(task)["blocked_by"] == "outside_hours"
    pace(scene, hours=False)
    work = scene.agent.lease()
    assert work is not None
    pace(scene, hours=parse_hours(f"mon-sun 00:00-{closes // 60:02}:{closes % 60:02}", "UTC"))
    refused = scene.agent.start(work)
    assert (refused.status, refused.code, refused.body["blocked_by"]) == (409, "not_now", "outside_hours")
    assert scene.sky.sent == []


def told(scene: Scene) -> tuple[str, str | None]:
    """What the browser is told of why there is nothing to do, and of what ends that."""
    answered = scene.agent.ask().body
    return answered["reason"], answered["ends_by"]


def test_a_new_member_begins_slowly_until_more_is_chosen_for_them(scene: Scene) -> None:
    pace(scene, 20, 80, (0, 0), warm_up=True)
    assert limits(scene)["windows"]["day"]["limit"] == 10
    assert [rise["day"] for rise in limits(scene)["rises"]] == [15, 20]
    pace(scene, 20, 80, (300, 600))
    assert limits(scene)["windows"]["day"]["limit"] == 10, "who is only made slower begins slowly still"
    pace(scene, 16, 60)
    assert limits(scene)["windows"]["day"]["limit"] == 8
    pace(scene, 16, 61)
    assert [limits(scene)["windows"][name]["limit"] for name in ("day", "week")] == [16, 61]
    pace(scene, warm_up=True)
    assert limits(scene)["windows"]["day"]["limit"] == 8
    pace(scene, 17, warm_up=True)
    assert limits(scene)["windows"]["day"]["limit"] == 9
    pace(scene, warm_up=False)
    assert limits(scene)["windows"]["day"]["limit"] == 17


def test_after_a_refusal_half_a_week_and_after_a_second_the_member(scene: Scene) -> None:
    pace(scene, 10, 40, (0, 0))
    task = scene.invite("limit-one")
    scene.agent.turn(Script(act=limited))
    assert pauses(scene) == {"invitation_limit": 7 * DAY}
    assert told(scene) == ("invitation_limit", "time")
    jump(scene, 7 * DAY)
    assert limits(scene)["windows"]["week"]["limit"] == 20
    assert scene.agent.turn(Script(act=limited)) == "queued"
    assert pauses(scene) == {"invitation_limit": None}
    assert told(scene) == ("invitation_limit", "member")
    assert [(one["cause"], one["ends_by"]) for one in limits(scene)["pauses"]] == [("invitation_limit", "member")]
    refused = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "limit-two"})
    assert (refused.status, refused.code, refused.body.get("retry_at")) == (429, "invitation_limit_reached", None)
    jump(scene, 40 * DAY)
    assert pauses(scene) == {"invitation_limit": None}
    assert scene.agent.resume().status == 200
    assert pauses(scene) == {}
    assert limits(scene)["windows"]["week"]["limit"] == 40
    assert state(scene, task) in ("queued", "expired")


def test_the_limits_are_what_the_document_says(scene: Scene) -> None:
    assert send(scene, "documented", note="Hello")["status"] == "completed"
    said = scene.get(f"/v1/members/{scene.house.admin.id}/limits").body
    assert msgspec.json.decode(msgspec.json.encode(msgspec.convert(said, LimitsTold))) == said
    assert set(said["data"]["windows"]) == set(WINDOWS), "each has its words on the member's card"


def test_no_key_ends_the_pause_that_a_key_began(scene: Scene) -> None:
    member = f"/v1/members/{scene.house.admin.id}"
    rests = scene.post(f"{member}/pause", {}).body["data"]["pauses"]
    assert [(one["cause"], one["until"], one["ends_by"]) for one in rests] == [("paused", None, "member")]
    task = scene.invite("resting")
    assert told(scene) == ("paused", "member")
    assert scene.status(task)["blocked_by"] == "paused"
    assert scene.agent.resume().status == 200
    assert scene.agent.turn() == "completed"


def test_whoever_runs_the_server_bounds_everybody(scene: Scene) -> None:
    scene.server.run(pacing.set_ceilings, 1, 2)
    try:
        assert send(scene, "ceiling-one")["status"] == "completed"
        assert scene.status(scene.invite("ceiling-two"))["blocked_by"] == "day_limit"
        assert limits(scene)["windows"]["day"]["limit"] == 1
    finally:
        scene.server.run(pacing.set_ceilings, 50, 200)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"day": 51}, "invalid_pace"),
        ({"week": 0}, "invalid_pace"),
        ({"spacing_s": [9, 3]}, "invalid_pace"),
        ({"profile_reads": 201}, "invalid_pace"),
        ({"connection_reads": 41}, "invalid_pace"),
        ({"hours": {"days": ["mon"], "from": "9", "to": "17:00", "time_zone": "UTC"}}, "invalid_hours"),
        ({"hours": {"days": ["mon"], "from": "09:00", "to": "17:00", "time_zone": "Mars/Base"}}, "invalid_hours"),
        ({"hours": {"days": [], "from": "09:00", "to": "17:00", "time_zone": "UTC"}}, "invalid_field"),
        ({"day": "many"}, "invalid_field"),
    ],
)
def test_a_pace_beyond_reason_is_refused(scene: Scene, wrong: dict[str, Any], code: str) -> None:
    reply = patch(scene, {"pace": wrong})
    assert (reply[0], reply[1]["code"]) == (400, code)


def test_a_program_reads_and_changes_a_members_pace(scene: Scene) -> None:
    hours = {"days": ["mon", "fri"], "from": "09:00", "to": "17:30", "time_zone": "Europe/Berlin"}
    status, body = patch(scene, {"pace": {"day": 12, "hours": hours, "profile_reads": 7}})
    assert status == 200
    changed = body["data"]["pace"]
    assert (changed["day"], changed["week"], changed["hours"], changed["profile_reads"]) == (12, 200, hours, 7)
    assert scene.get(f"/v1/members/{scene.house.admin.email}").body["data"]["pace"] == changed
    assert [one["id"] for one in scene.get("/v1/members").body["data"]] == [scene.house.admin.id]
    assert patch(scene, {"pace": {"hours": None}})[1]["data"]["pace"]["hours"] is None
    assert patch(scene, {"pace": {"day": 3}})[1]["data"]["pace"]["hours"] is None
    assert scene.get("/v1/members/nobody/limits").code == "unknown_member"


def patch(scene: Scene, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    got = scene.calls.patch(
        f"{scene.url}/v1/members/{scene.house.admin.id}", json=body, headers=scene.house.headers, timeout=20
    )
    return got.status_code, got.json()


def test_a_trial_says_that_a_note_is_too_long_for_the_account(scene: Scene) -> None:
    scene.agent.ask()
    asked = {"profile_urn": "trial", "note": "x" * 201, "dry_run": True}
    assert scene.post("/linkedin-agent/send-connection-request", asked).body["warnings"] == [
        "note_too_long_for_account"
    ]
    scene.agent.premium = True
    scene.agent.ask()
    assert scene.post("/linkedin-agent/send-connection-request", asked).body["warnings"] == []
