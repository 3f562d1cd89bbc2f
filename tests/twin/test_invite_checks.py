"""The POST for an invitation: what LinkedIn checks, in which order, and what it answers (wire reference 9.2, 9.3)."""

from typing import Any

import pytest

from curtsy.twin.people import magic_id, on_demand_id
from curtsy.twin.remote import Twin
from tests.twin.caller import DECO, NORMALIZED, RELATIONSHIPS, Caller

ADA = magic_id("ada-example")
ADA_URN = f"urn:li:fsd_profile:{ADA}"
DAY_MS = 86_400_000


def generic(status: int) -> dict[str, Any]:
    return {"data": {"status": status}, "included": []}


def refused(code: str, status: int) -> dict[str, Any]:
    return {"data": {"code": code, "status": status}, "included": []}


def union(urn: object, **more: object) -> dict[str, Any]:
    return {"invitee": {"inviteeUnion": {"memberProfile": urn}}, **more}


def person(number: int) -> str:
    return on_demand_id("person", number)


def test_a_kept_invitation_is_answered_like_the_captures(sam: Caller, twin: Twin) -> None:
    answer = sam.invite(ADA, "Hello Ada")
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{NORMALIZED}; charset=UTF-8")
    [kept] = twin.invitations()
    urn = kept["invitation_urn"]
    assert answer.json() == {
        "data": {
            "value": {
                "invitationUrn": urn,
                "*invitation": urn,
                "inviteeUrn": ADA_URN,
                "*invitee": ADA_URN,
                "followingStateUrn": f"urn:li:fsd_followingState:{ADA_URN}",
                "*followingState": f"urn:li:fsd_followingState:{ADA_URN}",
                "followEdgeUpdated": True,
                "$recipeTypes": [f"{DECO}.relationships.InvitationCreationResultWithInvitee"],
                "$type": "com.linkedin.voyager.dash.relationships.invitation.InvitationCreationResult",
            },
            "$type": "com.linkedin.restli.common.ActionResponse",
        },
        "included": [
            {
                "entityUrn": urn,
                "$recipeTypes": [f"{DECO}.relationships.InvitationInfo"],
                "$type": "com.linkedin.voyager.dash.relationships.invitation.Invitation",
            },
            {"entityUrn": ADA_URN, "$type": "com.linkedin.voyager.dash.identity.profile.Profile"},
        ],
    }
    assert len(urn.rpartition(":")[2]) == 19
    assert (kept["slug"], kept["message"], kept["state"], kept["origin"]) == (
        "ada-example",
        "Hello Ada",
        "pending",
        "post",
    )


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_seen_version_of_the_decoration_works(sam: Caller, version: int) -> None:
    deco = f"{DECO}.relationships.InvitationCreationResultWithInvitee-{version}"
    assert "*invitee" in sam.invite(ADA, decoration=deco).json()["data"]["value"]


def test_without_a_decoration_the_answer_is_thin(sam: Caller, twin: Twin) -> None:
    value = sam.invite(ADA, decoration=None).json()["data"]["value"]
    assert value.keys() == {"invitationUrn", "$type"}


def test_the_flat_body_of_the_older_action_still_works(sam: Caller, twin: Twin) -> None:
    answer = sam.invite_with({"inviteeProfileUrn": ADA_URN}, action="verifyQuotaAndCreate", decoration=None)
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {
            "value": {
                "invitationUrn": twin.invitations()[0]["invitation_urn"],
                "$type": "com.linkedin.voyager.dash.relationships.invitation.InvitationCreationResult",
            },
            "$type": "com.linkedin.restli.common.ActionResponse",
        },
        "included": [],
    }


def test_a_client_of_the_plain_form_gets_the_value_at_the_top(twin: Twin) -> None:
    answer = Caller(twin, accept="application/json").invite(ADA)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["value"]["invitationUrn"] == twin.invitations()[0]["invitation_urn"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"inviteeProfileUrn": ADA_URN}, id="flat"),
        pytest.param(union(ADA_URN, customMessage=7), id="note-no-text"),
        pytest.param(union(ADA_URN, customMessage=None), id="note-null"),
        pytest.param(union("urn:li:fs_miniProfile:" + ADA), id="other-urn"),
        pytest.param(union("ada-example"), id="no-urn"),
        pytest.param({"invitee": {"inviteeUnion": {}}}, id="empty-union"),
        pytest.param({"invitee": {"inviteeUnion": {"memberProfile": ADA_URN, "email": "a@example.com"}}}, id="both"),
        pytest.param({"invitee": ADA_URN}, id="no-union"),
        pytest.param([], id="list"),
        pytest.param([[[]]] * 3, id="lists"),
    ],
)
def test_a_body_that_is_not_the_union_is_a_400_that_names_no_field(sam: Caller, twin: Twin, body: object) -> None:
    answer = sam.invite_with(body)
    assert (answer.status_code, answer.json()) == (400, generic(400))
    assert twin.invitations() == []
    assert [tried["status"] for tried in twin.book()["attempts"]] == [400]


def test_unknown_actions_decorations_and_retired_endpoints_are_400(sam: Caller, twin: Twin) -> None:
    for answer in (
        sam.invite(ADA, action="createWithQuota"),
        sam.invite(ADA, decoration="com.linkedin.voyager.dash.deco.Nothing-1"),
        sam.invite_with(union(ADA_URN), action="verifyQuotaAndCreate"),
        sam.post("/growth/normInvitations", {"invitee": {}}),
        sam.post("/relationships/normInvitations", {"invitee": {}}),
        sam.post("/voyagerGrowthNormInvitations", {"invitee": {}}),
        sam.post("/voyagerRelationshipsDashInvitations?action=create", {}),
    ):
        assert (answer.status_code, answer.json()) == (400, generic(400))
    assert twin.invitations() == []


def test_a_body_without_content_type_is_read_all_the_same(sam: Caller, twin: Twin) -> None:
    body = f'{{"invitee":{{"inviteeUnion":{{"memberProfile":"{ADA_URN}"}}}},"customMessage":""}}'
    path = f"/voyager/api{RELATIONSHIPS}?action=verifyQuotaAndCreateV2"
    assert sam.ask("POST", path, data=body.encode()).status_code == 200
    [tried] = twin.book()["attempts"]
    assert (tried["message"], tried["has_message_key"]) == (None, True)


def test_oneself_is_500(sam: Caller) -> None:
    answer = sam.invite(magic_id("sam-viewer"))
    assert (answer.status_code, answer.json()) == (500, generic(500))


@pytest.mark.parametrize("profile_id", ["ACoAANobodyAtAll", "ada-example", magic_id("not-found")])
def test_who_cannot_be_seen_is_403_and_never_404(sam: Caller, twin: Twin, profile_id: str) -> None:
    told = {
        "exceptionClass": "com.linkedin.voyager.common.VoyagerUserVisibleException",
        "message": "This profile can't be accessed",
        "status": 403,
    }
    assert sam.invite(profile_id).json() == {"data": told, "included": []}
    plain = Caller(twin, accept="*/*").invite(profile_id)
    assert (plain.status_code, plain.json()) == (403, told)


def test_the_checks_come_in_the_order_of_the_reference(sam: Caller, twin: Twin) -> None:
    """Everything is wrong at once; mending one thing at a time shows what is checked next."""
    connected, pending = magic_id("already-connected"), magic_id("already-pending")
    twin.tell("viewers", restricted=True, email_confirmed=False, pending_max=0, weekly_max=0, notes_max=0)
    twin.tell("modes", mode="bot_999")
    sam.headers["csrf-token"] = "ajax:0"
    told = []

    def next_check(profile_id: str, note: str | None = "Hello") -> None:
        answer = sam.invite(profile_id, note)
        told.append(
            (
                answer.status_code,
                answer.json()["data"].get("code") if "json" in answer.headers["content-type"] else answer.text,
            )
        )

    next_check(connected)
    twin.tell("modes", mode="ok")
    next_check(connected)
    sam.headers["csrf-token"] = sam.cookies["JSESSIONID"].strip('"')
    next_check(connected)
    twin.tell("viewers", restricted=False)
    next_check(connected)
    twin.tell("viewers", email_confirmed=True)
    next_check(connected)
    next_check(pending)
    next_check(ADA)
    twin.tell("viewers", pending_max=100)
    next_check(ADA)
    twin.tell("viewers", weekly_max=100)
    next_check(ADA, "x" * 201)
    next_check(ADA, "x" * 200)
    twin.tell("viewers", notes_max=1)
    next_check(ADA, "x" * 200)
    assert told == [
        (999, "<html><body>Request denied</body></html>"),
        (403, "CSRF check failed."),
        (403, None),
        (400, "PRIMARY_HANDLE_NOT_CONFIRMED"),
        (400, "CANT_RESEND_YET"),
        (400, "CANT_RESEND_YET"),
        (400, "MAX_INVITATION_SENT"),
        (429, "FUSE_LIMIT_EXCEEDED"),
        (400, None),
        (429, "CUSTOM_INVITE_LIMIT_REACHED"),
        (200, None),
    ]
    assert [kept["slug"] for kept in twin.invitations()] == ["ada-example"]


@pytest.mark.parametrize("status", [400, 406, 409])
def test_the_answer_for_a_connected_person_can_be_chosen(sam: Caller, twin: Twin, status: int) -> None:
    twin.tell("duplicates", refused=True, connected_answer=status)
    answer = sam.invite(magic_id("already-connected"))
    assert (answer.status_code, answer.json()) == (status, refused("CANT_RESEND_YET", status))


def test_the_weekly_limit_rolls_and_withdrawing_gives_nothing_back(sam: Caller, twin: Twin) -> None:
    twin.tell("viewers", weekly_max=2)
    assert [sam.invite(person(n)).status_code for n in range(3)] == [200, 200, 429]
    twin.tell("happenings", person="person-0", what="withdrawn_by_hand")
    assert sam.invite(person(2)).json() == refused("FUSE_LIMIT_EXCEEDED", 429)
    twin.tell("clock", advance_ms=7 * DAY_MS + 1000)
    assert sam.invite(person(2)).status_code == 200


def test_the_allowance_of_notes_rolls_and_premium_has_none(sam: Caller, twin: Twin) -> None:
    assert [sam.invite(person(n), "Hello").status_code for n in range(6)] == [200] * 5 + [429]
    assert sam.invite(person(5)).status_code == 200, "a refusal consumes nothing and a plain invitation still goes"
    twin.tell("clock", advance_ms=30 * DAY_MS + 1000)
    assert sam.invite(person(6), "Hello").status_code == 200
    twin.tell("viewers", premium=True, notes_max=0)
    assert sam.invite(person(7), "x" * 300).status_code == 200
    assert sam.invite(person(8), "x" * 301).status_code == 400


def test_notes_are_measured_in_utf_16_units(sam: Caller) -> None:
    assert sam.invite(person(0), "\N{SMILING FACE WITH SUNGLASSES}" * 101).status_code == 400
    assert sam.invite(person(0), "\N{SMILING FACE WITH SUNGLASSES}" * 100).status_code == 200


def test_a_withdrawn_person_can_be_asked_again_after_three_weeks(sam: Caller, twin: Twin) -> None:
    sam.invite(ADA)
    twin.tell("happenings", person="ada-example", what="withdrawn_by_hand")
    assert sam.standing(ADA) == "noInvitation"
    assert sam.invite(ADA).json() == refused("CANT_RESEND_YET", 400)
    twin.tell("clock", advance_ms=21 * DAY_MS)
    assert sam.invite(ADA).status_code == 200


def test_with_duplicates_allowed_the_book_shows_both(sam: Caller, twin: Twin) -> None:
    twin.tell("duplicates", refused=False)
    assert [sam.invite(ADA).status_code for _ in range(2)] == [200, 200]
    assert len(twin.invitations("ada-example")) == 2
    assert len({kept["invitation_urn"] for kept in twin.invitations("ada-example")}) == 2


def test_inviting_follows_the_person_and_can_be_undone(sam: Caller) -> None:
    sam.invite(ADA)
    path = f"/feed/dash/followingStates/urn%3Ali%3Afsd_followingState%3Aurn%3Ali%3Afsd_profile%3A{ADA}"
    answer = sam.post(path, {"patch": {"$set": {"following": False}}})
    assert (answer.status_code, answer.content) == (200, b"")
    assert sam.post(path, {"patch": {}}).status_code == 400
