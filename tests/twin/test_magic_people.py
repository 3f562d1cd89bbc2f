"""Every magic person does what the table says, and the table in the docs is the twin's own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from curtsy.twin.magic import MAGIC, table, withdrawals
from curtsy.twin.remote import Twin
from tests.twin.caller import Caller

DOCS = Path(__file__).parents[2] / "docs"
IDS = {magic.person.slug: magic.person.profile_id for magic in MAGIC}
CODE = dict[str, Any]


def code(name: str, status: int) -> CODE:
    return {"data": {"code": name, "status": status}, "included": []}


def bare(status: int) -> CODE:
    return {"data": {"status": status}, "included": []}


@dataclass(frozen=True)
class Story:
    """What is read before, what a POST with a note gets (None: no answer), what the book and a read say after."""

    status: int | None
    body: Any = None
    kept: int = 0
    before: str = "noInvitation"
    after: str = "noInvitation"
    headers: dict[str, str] = field(default_factory=dict)


SENT = Story(200, kept=1, after="*invitation")
LOGIN = "/uas/login?session_redirect=%2Fvoyager%2Fapi%2F"
TEXT = "CSRF check failed."
RESEND = code("CANT_RESEND_YET", 400)
STORIES = {
    "ada-example": SENT,
    "williamhgates": SENT,
    "casey-example": SENT,
    "sam-viewer": Story(500, bare(500), before="self", after="self"),
    "missing-distance": SENT,
    "out-of-network": SENT,
    "email-hint": SENT,
    "renamed-before": SENT,
    "read-lag": Story(200, kept=1),
    "slow": SENT,
    "silent-success": SENT,
    "csrf-once": Story(403, TEXT),
    "already-pending": Story(400, RESEND, before="*invitation", after="*invitation"),
    "resend-pending": Story(400, RESEND, kept=1, after="*invitation"),
    "already-connected": Story(400, RESEND, before="*connection", after="*connection"),
    "connected-inline": Story(400, RESEND, before="connection", after="connection"),
    "incoming-pending": Story(200, kept=1, before="*invitation", after="*invitation"),
    "cannot-resend": Story(400, RESEND),
    "email-required": Story(400, bare(400)),
    "note-limit": Story(429, code("CUSTOM_INVITE_LIMIT_REACHED", 429)),
    "note-quota": Story(400, code("PERSONALIZED_INVITATION_QUOTA_EXCEEDED", 400)),
    "weekly-limit": Story(429, code("FUSE_LIMIT_EXCEEDED", 429)),
    "connection-limit": Story(400, code("CANT_INVITE_CONNECTION_LIMIT_REACHED", 400)),
    "throttled": Story(429, bare(429), headers={"retry-after": "600"}),
    "throttled-bare": Story(429, ""),
    "signed-out": Story(401, bare(401)),
    "login-redirect": Story(302, "", headers={"location": LOGIN}),
    "revoked": Story(302, "", headers={"location": LOGIN, "set-cookie": "li_at=delete me; Expires=Thu, 01-Jan-1970"}),
    "wrong-member": Story(403, TEXT),
    "challenge": Story(302, "", headers={"location": "/checkpoint/challenge/SYNTH"}),
    "challenge-body": Story(
        403, {"data": {"status": 403, "challengeUrl": "/checkpoint/challenge/SYNTH"}, "included": []}
    ),
    "bot-999": Story(999, "<html><body>Request denied</body></html>", headers={"content-type": "text/html"}),
    "status-451": Story(451, bare(451)),
    "restricted": Story(403, bare(403)),
    "account-restricted": Story(403, code("ACCOUNT_RESTRICTED", 403)),
    "max-pending": Story(400, code("MAX_INVITATION_SENT", 400)),
    "email-unconfirmed": Story(400, code("PRIMARY_HANDLE_NOT_CONFIRMED", 400)),
    "gone-410": Story(410, bare(410)),
    "moved-301": Story(301, bare(301)),
    "unprocessable-422": Story(422, bare(422)),
    "bad-request-400": Story(400, bare(400)),
    "unreadable-relationship": Story(200, kept=1, before="nothing", after="nothing"),
    "csrf-stale": Story(403, TEXT, headers={"content-type": "text/plain"}),
    "server-error-before": Story(500, bare(500)),
    "server-error-after": Story(500, bare(500), kept=1, after="*invitation"),
    "drop-before": Story(None),
    "drop-after": Story(None, kept=1, after="*invitation"),
    "reset-after": Story(None, kept=1, after="*invitation"),
    "late-commit": Story(None),
    "empty-200": Story(200, "", kept=1, after="*invitation"),
    "no-urn-200": Story(
        200, {"data": {"value": {}, "$type": "com.linkedin.restli.common.ActionResponse"}, "included": []}
    ),
    "html-200": Story(200, "<html><body>Something went wrong</body></html>", headers={"content-type": "text/html"}),
    "error-in-200": Story(200, {"data": {"code": "CANT_RESEND_YET"}, "included": []}),
    "other-refusal": Story(409, code("UNKNOWN_TO_US", 409)),
    "other-refusal-403": Story(403, code("UNKNOWN_TO_US", 403)),
    "withdrawal-refused": SENT,
    "withdrawal-lost": SENT,
}
INACCESSIBLE = {"not-found", "private-profile"}


@pytest.mark.parametrize("slug", STORIES)
def test_a_magic_person_does_what_the_table_says(twin: Twin, slug: str) -> None:
    caller, person = Caller(twin), IDS[slug]
    if slug == "slow":
        twin.tell("people", slug="slow", fault=None)
        twin.tell("faults", fault="slow", ms=50)
    story = STORIES[slug]
    assert caller.standing(person) == story.before
    try:
        answer = caller.invite(person, "Hello")
    except requests.ConnectionError:
        assert story.status is None
    else:
        assert answer.status_code == story.status
        if isinstance(story.body, str):
            assert answer.text == story.body
        elif story.body is not None:
            assert answer.json() == story.body
        else:
            assert "/" not in answer.json()["data"]["value"]["invitationUrn"]
        for name, begins in story.headers.items():
            assert answer.headers[name].startswith(begins)
    assert len(twin.invitations(slug)) == story.kept
    assert Caller(twin).standing(person) == story.after


def test_every_magic_person_has_a_story() -> None:
    assert STORIES.keys() | INACCESSIBLE == IDS.keys()
    assert len(set(IDS.values())) == len(MAGIC)


@pytest.mark.parametrize("slug", sorted(INACCESSIBLE))
def test_who_cannot_be_seen_is_403_everywhere(sam: Caller, slug: str) -> None:
    for answer in (sam.profile(slug), sam.profile(IDS[slug], None), sam.invite(IDS[slug])):
        assert answer.status_code == 403
        assert answer.json()["data"]["exceptionClass"].endswith("VoyagerUserVisibleException")


def test_the_table_in_the_docs_is_the_twins_own() -> None:
    page = (DOCS / "magic-people.md").read_text()
    assert page.endswith(f"\n\n{table()}\n")
    assert f"\n\n{withdrawals()}\n\n" in page


@pytest.mark.parametrize(
    ("slug", "statuses"),
    [
        ("already-pending", [200, 404]),
        ("ada-example", [200, 404]),
        ("withdrawal-refused", [409, 409]),
        ("withdrawal-lost", [500, 200]),
    ],
)
def test_a_withdrawal_does_what_the_table_says(sam: Caller, twin: Twin, slug: str, statuses: list[int]) -> None:
    person = IDS[slug]
    if sam.standing(person) == "noInvitation":
        sam.invite(person)
    urn = sam.relationship(person)["noConnection"]["invitationUnion"]["*invitation"]
    path = f"/voyagerRelationshipsDashInvitations/{quote(urn)}?action=withdraw"
    assert [sam.post(path, {"invitationType": "CONNECTION"}).status_code for _ in statuses] == statuses
    lines = twin.book("sam-viewer")["withdrawals"]
    assert [(line["slug"], line["invitation_urn"], line["status"]) for line in lines] == [
        (slug, urn, status) for status in statuses
    ]
    gone = 200 in statuses
    assert (sam.standing(person), sam.invite(person).status_code) == ("noInvitation" if gone else "*invitation", 400)


def test_slugs_and_ids_have_the_shapes_linkedin_uses() -> None:
    for magic in MAGIC:
        slug, person = magic.person.slug, magic.person.profile_id
        assert 3 <= len(slug) <= 100
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert person.startswith("ACoAA")
        assert len(person) == 39 or slug == "casey-example"


def test_notes_are_no_trouble_to_the_people_who_refuse_notes_when_there_is_none(sam: Caller, twin: Twin) -> None:
    assert [sam.invite(IDS[slug]).status_code for slug in ("note-limit", "note-quota")] == [200, 200]


def test_a_rotated_token_is_refused_once_and_the_new_one_comes_along(sam: Caller, twin: Twin) -> None:
    refused = sam.invite(IDS["csrf-once"])
    fresh = refused.cookies["JSESSIONID"] or ""
    assert fresh.startswith('"ajax:')
    assert fresh != sam.cookies["JSESSIONID"]
    sam.cookies["JSESSIONID"] = fresh
    sam.headers["csrf-token"] = fresh.strip('"')
    assert sam.invite(IDS["csrf-once"]).status_code == 200


def test_a_browser_that_changes_hands_says_so_when_asked(sam: Caller, twin: Twin) -> None:
    switched = sam.invite(IDS["wrong-member"]).cookies["JSESSIONID"] or ""
    sam.cookies["JSESSIONID"] = switched
    sam.headers["csrf-token"] = switched.strip('"')
    assert sam.get("/me").json()["included"][0]["publicIdentifier"] == "viewer-0"
    assert [tried["viewer"] for tried in twin.book()["attempts"]] == ["sam-viewer"]
    assert Caller(twin).invite(IDS["wrong-member"]).status_code == 200


def test_a_session_ended_by_a_person_stays_ended_until_signing_in_again(twin: Twin) -> None:
    for slug, status in (("signed-out", 401), ("login-redirect", 302), ("revoked", 302), ("challenge", 302)):
        caller = Caller(twin)
        caller.invite(IDS[slug])
        assert caller.get("/me").status_code == status
        assert Caller(twin).get("/me").status_code == 200


def test_reads_lag_for_a_moment_and_then_show_the_invitation(sam: Caller, twin: Twin) -> None:
    sam.invite(IDS["read-lag"])
    assert sam.standing(IDS["read-lag"]) == "noInvitation"
    twin.tell("clock", advance_ms=1_500)
    assert sam.standing(IDS["read-lag"]) == "*invitation"


def test_a_late_commit_lands_when_nobody_waits_for_it_any_more(sam: Caller, twin: Twin) -> None:
    with pytest.raises(requests.ConnectionError):
        sam.invite(IDS["late-commit"], "Hello")
    assert twin.invitations() == []
    twin.tell("clock", advance_ms=3_000)
    assert [kept["message"] for kept in twin.invitations()] == ["Hello"]
    assert sam.standing(IDS["late-commit"]) == "*invitation"


def test_a_renamed_person_answers_to_both_names_and_shows_the_new_one(sam: Caller) -> None:
    for asked in ("renamed-before", "Renamed-After", IDS["renamed-before"]):
        [shown] = [one for one in sam.profile(asked).json()["included"] if "publicIdentifier" in one]
        assert shown["publicIdentifier"] == "renamed-after"


def test_ordinary_people_are_there_as_soon_as_they_are_named(sam: Caller) -> None:
    by_slug = sam.profile("person-17").json()["data"]["*elements"]
    assert by_slug == ["urn:li:fsd_profile:ACoAAAPerson000000000000000000000000017"]
    assert sam.invite("ACoAAAPerson000000000000000000000123456").status_code == 200
    for nobody in ("person-017", "person-x", "person-1234567890", "ACoAAAPerson17", "some-slug"):
        assert sam.profile(nobody).status_code == 403


def test_what_never_reached_the_invitee_looks_sent_to_the_sender(sam: Caller, twin: Twin) -> None:
    sam.invite(IDS["silent-success"])
    [kept] = twin.invitations()
    assert (kept["state"], kept["delivered"]) == ("pending", False)
