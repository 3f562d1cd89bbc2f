"""The do-not-contact list by the API and at the pages: a key adds, a person lifts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.cooldown import Why
from curtsy.domain.member import Role
from curtsy.domain.profile import parse_profile
from curtsy.service import access, do_not_contact, teams
from curtsy.service.access import Scope
from curtsy.service.repeating import MOST_ALIKE, fingerprint
from curtsy.storage.store import Store
from tests.harness.scene import Scene
from tests.pages.visitor import Premises, Visitor, premises, said

HOME = "/v1/do-not-contact"
SEND = "/linkedin-agent/send-connection-request"
PAGE = "/do-not-contact"


def test_a_key_adds_and_lists(scene: Scene) -> None:
    waiting = scene.invite("asked-to-stop")
    asked = {"profile_urn": "https://www.linkedin.com/in/Asked-To-Stop/", "reason": " by   mail ", "other": 1}
    made = scene.post(HOME, asked)
    assert made.status == 200, made
    entry = made.body["data"]
    assert (entry["profile_urn"], entry["reason"], entry["ended"]) == ("asked-to-stop", "by mail", [waiting])
    assert entry["added_by"].startswith("API key ")
    assert made.body["warnings"]
    refused = scene.post(SEND, {"profile_urn": "asked-to-stop"})
    assert (refused.status, refused.code) == (409, "do_not_contact")
    again = scene.post(HOME, asked).body
    assert (again["deduplicated"], again["data"]["id"], again["data"]["ended"]) == (True, entry["id"], [])
    scene.post(HOME, {"profile_urn": "another-one", "reason": "by mail"})
    first = scene.get(HOME, limit="1").body
    assert ([one["profile_urn"] for one in first["data"]], first["has_more"]) == (["another-one"], True)
    rest = scene.get(HOME, cursor=first["next_cursor"]).body
    assert ([one["profile_urn"] for one in rest["data"]], rest["next_cursor"]) == (["asked-to-stop"], None)


def test_a_key_lifts_nothing(scene: Scene) -> None:
    scene.post(HOME, {"profile_urn": "stays-listed", "reason": "by mail"})
    for path in (HOME, f"{HOME}/stays-listed"):
        got = scene.calls.delete(scene.url + path, headers={"x-api-key": scene.house.key}, timeout=20)
        assert got.status_code in (404, 405)
    assert scene.post(SEND, {"profile_urn": "stays-listed"}).code == "do_not_contact"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": "by mail"}, "invalid_profile_urn"),
        ({"profile_urn": "a b", "reason": "by mail"}, "invalid_profile_urn"),
        ({"profile_urn": "somebody"}, "invalid_field"),
        ({"profile_urn": "somebody", "reason": "no"}, "invalid_field"),
        ({"profile_urn": "somebody", "reason": "x" * 501}, "invalid_field"),
        ({"profile_urn": "somebody", "reason": "a\x00b\x07c"}, "invalid_field"),
        ({"profile_urn": "somebody", "reason": 5}, "invalid_field"),
    ],
)
def test_what_cannot_be_listed_is_told_why(scene: Scene, body: dict[str, object], code: str) -> None:
    refused = scene.post(HOME, body)
    assert (refused.status, refused.code) == (400, code)


def test_a_narrower_key_lists_and_does_not_add(scene: Scene) -> None:
    key = scene.server.run(access.create_key, scene.house.team_id, Scope.INVITE).secret
    assert scene.post(HOME, {"profile_urn": "somebody", "reason": "by mail"}, key).code == "missing_scope"
    assert scene.get(HOME, key).status == 200
    assert scene.get(HOME, cursor="x").code == "invalid_field"


def test_a_row_of_many_is_refused_for_itself(scene: Scene) -> None:
    scene.post(HOME, {"profile_urn": "row-of-many", "reason": "by mail"})
    rows = [{"profile_urn": "row-of-many"}, {"profile_urn": "row-of-another"}]
    told = scene.post("/linkedin-agent/send-connection-requests", {"invitations": rows}).body
    assert [one.get("code") for one in told["results"]] == ["do_not_contact", None]


def test_the_test_world_has_a_list_of_its_own(scene: Scene) -> None:
    key = scene.server.run(access.create_key, scene.house.team_id, Scope.MANAGE, test=True).secret
    assert scene.post(HOME, {"profile_urn": "only-in-tests", "reason": "by mail"}, key).status == 200
    assert scene.post(SEND, {"profile_urn": "only-in-tests"}, key).code == "do_not_contact"
    assert scene.post(SEND, {"profile_urn": "only-in-tests"}).status == 200


def test_a_note_sent_to_very_many_is_warned_of(scene: Scene) -> None:
    member, note = scene.house.admin.id, "Always the same words"

    def sent_to(store: Store, now: int) -> None:
        for n in range(MOST_ALIKE):
            mark = fingerprint(member, note)
            store.invitations.follow(f"{member} {n}", scene.house.team_id, member, f"ACoAA{n}", now, None, mark)

    asked = {"profile_urn": "one-more", "note": note, "dry_run": True}
    scene.server.run(sent_to)
    assert scene.post(SEND, asked).body["warnings"] == []
    scene.invite("the-fifty-first", note=note)
    assert scene.agent.turn() == "completed"
    assert scene.post(SEND, asked).body["warnings"] == ["note_repeated"]
    assert scene.post(SEND, asked | {"note": "Other words"}).body["warnings"] == []


# ------------------------------------------------------------------ at the pages


def test_a_note_sent_to_very_many_is_marked(here: Premises, ada: Visitor) -> None:
    admin = here.house.admin

    def send(store: Store, now: int, times: int) -> None:
        for n in range(times):
            mark = fingerprint(admin.id, "The same")
            store.invitations.follow(f"{times} {n}", admin.team_id, admin.id, f"ACoAA{n}", now, None, mark)

    here.server.run(send, MOST_ALIKE)
    assert "One note" not in said(ada.open("/members"))
    here.server.run(send, 1)
    assert f"One note, {MOST_ALIKE + 1} people." in said(ada.open("/members"))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Premises]:
    with premises(tmp_path) as opened:
        yield opened


@pytest.fixture
def ada(here: Premises) -> Iterator[Visitor]:
    with here.visitor(here.house.admin) as visitor:
        yield visitor


def test_somebody_is_listed_and_lifted_with_a_reason(here: Premises, ada: Visitor) -> None:
    assert "Nobody." in said(ada.open(PAGE))
    page = ada.press(PAGE, PAGE, profile="https://www.linkedin.com/in/asked-to-stop/", reason="asked by mail")
    assert "Nobody of the team invites this person any more." in said(page)
    assert "asked-to-stop asked by mail ada" in said(page)
    (entry,) = here.server.run(do_not_contact.listed, here.house.team_id, 10)
    without = ada.press(PAGE, f"{PAGE}/{entry.id}/lift", reason=" ")
    assert (without.status_code, "Say why, in 3 to 500 characters" in said(without)) == (400, True)
    page = ada.press(PAGE, f"{PAGE}/{entry.id}/lift", reason="wrote to us")
    assert "Lifted. Your reason is kept below." in said(page)
    assert "asked-to-stop wrote to us ada <ada@example.com>" in said(page)
    late = ada.send(f"{PAGE}/{entry.id}/lift", token=ada.token(PAGE, PAGE), reason="once more")
    assert (late.status_code, "Nothing of this kind keeps this person" in said(late)) == (404, True)


def test_who_cannot_be_listed_is_told_why(ada: Visitor) -> None:
    for fields, sentence in (
        ({"profile": "a b", "reason": "asked by mail"}, "This is no LinkedIn profile"),
        ({"profile": "somebody", "reason": ""}, "Say why, in 3 to 500 characters"),
    ):
        page = ada.press(PAGE, PAGE, **fields)
        assert (page.status_code, sentence in said(page)) == (400, True)


def test_a_time_of_waiting_is_shown_and_lifted(here: Premises, ada: Visitor) -> None:
    admin = here.house.admin

    def cool(store: Store, now: int) -> None:
        store.people.cool_down(
            admin.id, "ACoAAgone", "in/vanished", admin.team_id, reason=Why.GONE, now=now, until=now + 10**9
        )

    here.server.run(cool)
    assert "vanished The team's invitation vanished without a connection" in said(ada.open(PAGE))
    page = ada.press(PAGE, f"{PAGE}/cooldowns/lift", reason="they asked for it")
    assert "vanished they asked for it ada" in said(page)
    profile = parse_profile("vanished")
    assert profile is not None
    assert here.server.run(do_not_contact.left_alone, admin.team_id, 10).cooling == []


def test_a_member_lists_and_does_not_lift(here: Premises) -> None:
    bob = here.server.run(teams.join, here.house.team_id, "bob@example.com", Role.MEMBER)
    with here.visitor(bob) as visitor:
        visitor.press(PAGE, PAGE, profile="asked-bob", reason="told me so")
        (entry,) = here.server.run(do_not_contact.listed, here.house.team_id, 10)
        assert f"{PAGE}/{entry.id}/lift" not in visitor.open(PAGE).text
        refused = visitor.send(f"{PAGE}/{entry.id}/lift", token=visitor.token(PAGE, PAGE), reason="changed my mind")
        assert refused.status_code == 403
    assert len(here.server.run(do_not_contact.listed, here.house.team_id, 10)) == 1


def test_a_long_list_goes_on_behind_older(here: Premises, ada: Visitor) -> None:
    for n in range(51):
        profile = parse_profile(f"person-{n:03}")
        assert profile is not None
        here.server.run(do_not_contact.add, here.house.team_id, profile, "asked by mail", "Ada")
    first = ada.open(PAGE)
    assert ("person-050" in first.text, "person-000" in first.text) == (True, False)
    (entry,) = here.server.run(do_not_contact.listed, here.house.team_id, 51)[49:50]
    assert "person-000" in ada.open(f"{PAGE}?before={entry.id}").text
