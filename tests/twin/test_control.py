"""The control API: faults in line, things that happen elsewhere, the log, the clock, and a fresh start."""

import time

import pytest
import requests

from curtsy.twin.faults import RULES
from curtsy.twin.people import magic_id
from curtsy.twin.remote import Twin, TwinRefused
from curtsy.twin.server import running_twin
from tests.twin.caller import Caller

ADA = magic_id("ada-example")
UNKNOWN = {"429_generic": 429, "500_before_commit": 500, "200_with_error": 200, "401": 401}


@pytest.mark.parametrize("fault", UNKNOWN)
def test_a_fault_happens_once_to_the_next_invitation(sam: Caller, twin: Twin, fault: str) -> None:
    assert twin.tell("faults", fault=fault) == {"waiting": [fault]}
    assert sam.invite(ADA).status_code == UNKNOWN[fault]
    assert twin.invitations() == []
    assert Caller(twin).invite(ADA).status_code == 200
    assert twin.ask("faults")["waiting"] == []


def test_faults_wait_in_line_for_the_viewer_they_are_meant_for(sam: Caller, twin: Twin) -> None:
    twin.tell("faults", fault="500_after_commit", viewer="viewer-1")
    twin.tell("faults", fault="429_fuse", times=2)
    assert [sam.invite(ADA).status_code for _ in range(3)] == [429, 429, 200]
    assert Caller(twin, "viewer-1").invite(ADA).status_code == 500
    assert [kept["viewer"] for kept in twin.invitations("ada-example")] == ["sam-viewer", "viewer-1"]
    twin.tell("faults", fault="999")
    twin.forget_faults()
    assert Caller(twin, "viewer-2").invite(ADA).status_code == 200


def test_every_fault_can_be_asked_for_and_none_that_does_not_exist(twin: Twin) -> None:
    assert twin.ask("faults")["faults"].keys() == RULES.keys()
    for name in RULES:
        twin.tell("faults", fault=name)
    with pytest.raises(TwinRefused):
        twin.tell("faults", fault="no-such-fault")


def test_a_dropped_answer_is_dropped_for_the_browsers_own_repeat_too(sam: Caller, twin: Twin) -> None:
    twin.tell("duplicates", refused=False)
    twin.tell("faults", fault="drop_after")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            sam.invite(ADA)
    assert (len(twin.invitations()), twin.book()["posts"]) == (1, 1)
    twin.tell("clock", advance_ms=1_000)
    assert sam.invite(ADA).status_code == 200
    assert len(twin.invitations()) == 2


def test_a_line_that_mends_at_once_lets_the_repeat_through(sam: Caller, twin: Twin) -> None:
    twin.tell("faults", fault="reset_after")
    with pytest.raises(requests.ConnectionError):
        sam.invite(ADA)
    assert sam.invite(ADA).json()["data"]["code"] == "CANT_RESEND_YET"
    assert len(twin.invitations()) == 1


def test_a_late_commit_can_be_waited_for(sam: Caller, twin: Twin) -> None:
    twin.tell("faults", fault="late_commit", ms=50, hang=True)
    urn = sam.invite(ADA).json()["data"]["value"]["invitationUrn"]
    [kept], [tried] = twin.invitations(), twin.book()["attempts"]
    assert kept["invitation_urn"] == urn
    assert kept["sent_at"] - tried["at"] in range(40, 51)


def test_a_late_commit_is_lost_when_somebody_was_faster(sam: Caller, twin: Twin) -> None:
    twin.tell("faults", fault="late_commit", ms=5_000)
    with pytest.raises(requests.ConnectionError):
        sam.invite(ADA)
    twin.tell("happenings", person="ada-example", what="invited_by_hand", message="From my phone")
    twin.tell("clock", advance_ms=5_000)
    assert [kept["origin"] for kept in twin.invitations()] == ["hand"]


def test_things_happen_elsewhere(sam: Caller, twin: Twin) -> None:
    def state(what: str) -> tuple[str, str]:
        twin.tell("happenings", person="ada-example", what=what)
        return twin.invitations()[0]["state"], sam.standing(ADA)

    sam.invite(ADA)
    assert state("accepts") == ("accepted", "*connection")
    assert state("disconnects") == ("accepted", "noInvitation")
    twin.tell("reset")
    sam = Caller(twin)
    assert state("invited_by_hand") == ("pending", "*invitation")
    assert state("declines") == ("declined", "noInvitation")
    twin.tell("happenings", person="person-1", what="invited_by_hand", ago_ms=60_000)
    twin.tell("happenings", person="person-1", what="vanishes")
    [line] = twin.invitations("person-1")
    assert (line["state"], line["origin"]) == ("vanished", "hand")
    assert line["sent_at"] <= twin.ask("clock")["now_ms"] - 60_000


def test_a_viewers_reads_can_lag(sam: Caller, twin: Twin) -> None:
    twin.tell("viewers", read_lag_ms=30_000)
    sam.invite(ADA)
    sent = "/relationships/sentInvitationViewsV2?count=100&invitationType=CONNECTION&q=invitationType&start=0"
    assert (sam.standing(ADA), len(sam.get(sent).json()["data"]["*elements"])) == ("noInvitation", 1)
    assert len(twin.invitations()) == 1, "the book does not lag"
    twin.tell("clock", advance_ms=30_000)
    assert (sam.standing(ADA), len(sam.get(sent).json()["data"]["*elements"])) == ("*invitation", 2)


def test_viewers_have_worlds_of_their_own(sam: Caller, twin: Twin) -> None:
    other = Caller(twin, "viewer-1")
    sam.invite(ADA)
    assert (sam.standing(ADA), other.standing(ADA)) == ("*invitation", "noInvitation")
    assert other.standing(magic_id("already-connected")) == "*connection"
    assert other.invite(magic_id("sam-viewer"), "Hello Sam").status_code == 200
    assert twin.book("viewer-1")["posts"] == 1
    assert sam.get("/relationships/invitationViews?q=receivedInvitation&start=0&count=9").json()["data"]["*elements"]


def test_people_can_be_made_and_changed(sam: Caller, twin: Twin) -> None:
    made = twin.tell("people", slug="grace-example", first_name="Grace", start="pending_in")
    assert sam.standing(made["id"]) == "*invitation"
    twin.tell("people", slug="person-5", fault="451")
    assert sam.invite("ACoAAAPerson000000000000000000000000005").status_code == 451
    twin.tell("viewers", viewer="grace-example", premium=True)
    assert Caller(twin, "grace-example").get("/me").json()["data"]["premiumSubscriber"] is True


def test_the_log_names_headers_and_keeps_no_secret(sam: Caller, twin: Twin) -> None:
    sam.get("/me")
    text = requests.get(f"{twin.control}/control/requests", timeout=20).text
    [line] = twin.ask("requests")["requests"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/voyager/api/me", 200)
    assert (line["viewer"], line["secure"]) == ("sam-viewer", False)
    assert {"cookie", "csrf-token", "x-li-lang"} <= set(line["header_names"])
    assert twin.ask("requests", since=line["n"])["requests"] == []
    for secret in (sam.cookies["li_at"], sam.headers["csrf-token"]):
        assert secret not in text


def test_the_clock_can_be_set_and_moved(twin: Twin) -> None:
    assert twin.tell("clock", set_ms=1_900_000_000_000)["now_ms"] - 1_900_000_000_000 < 10_000
    assert twin.tell("clock", advance_ms=60_000)["now_ms"] >= 1_900_000_060_000
    twin.tell("clock", set_ms=int(time.time() * 1000))


def test_without_clock_control_nobody_moves_the_clock() -> None:
    with running_twin() as twin:
        assert abs(twin.ask("clock")["now_ms"] - time.time() * 1000) < 10_000
        with pytest.raises(TwinRefused, match="no such control call"):
            twin.tell("clock", advance_ms=1)
    with pytest.raises(ConnectionRefusedError):
        twin.ask("clock")


def test_a_reset_forgets_everything(sam: Caller, twin: Twin) -> None:
    sam.invite(ADA)
    twin.tell("viewers", restricted=True)
    twin.tell("reset")
    assert twin.book() == {"invitations": [], "posts": 0, "attempts": [], "withdrawals": []}
    assert sam.get("/me").status_code == 302
    assert [viewer["restricted"] for viewer in twin.ask("viewers")["viewers"]] == [False]


def test_what_cannot_be_understood_is_said(twin: Twin) -> None:
    for call, body in (
        ("happenings", {"person": "nobody-here", "what": "accepts"}),
        ("modes", {"mode": "odd"}),
        ("sign-in", {"viewer": "ada-example"}),
        ("nothing", {}),
    ):
        with pytest.raises(TwinRefused):
            twin.tell(call, **body)
    answer = requests.post(f"{twin.control}/control/modes", data="[1]", timeout=20)
    assert (answer.status_code, answer.json()) == (400, {"error": "the body is not a JSON object"})
