"""Teams, members and keys, straight on the database."""

from __future__ import annotations

import re

import pytest

from curtsy.clock import system_clock
from curtsy.service import consent
from curtsy.storage.database import open_database
from tests.cli.command import Curtsy
from tests.cli.conftest import ADMIN

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_team_is_made_with_its_admin(curtsy: Curtsy) -> None:
    made = curtsy.json("team", "create", " Acme  Ltd ", "--admin", "Ada@Example.com")
    assert made["team"] == {"id": made["team"]["id"], "name": "Acme Ltd"}
    assert made["member"] == {"id": made["member"]["id"], "email": ADMIN, "role": "admin"}
    assert UUID.fullmatch(made["team"]["id"])
    assert curtsy.json("team", "list") == {"data": [made["team"]]}


def test_a_team_without_a_name_is_refused(curtsy: Curtsy) -> None:
    for name in (" ", "\u202e\u200b", "\x07"):
        assert curtsy.refused("team", "create", name, "--admin", ADMIN)["code"] == "invalid_name"
    assert curtsy.refused("team", "create", "Acme", "--admin", "ada")["code"] == "invalid_email"


def test_people_are_told_what_comes_next(curtsy: Curtsy) -> None:
    assert "curtsy team create" in curtsy("team", "list").out
    made = curtsy("team", "create", "Acme", "--admin", ADMIN)
    assert "curtsy key create" in made.out
    assert "Acme" in curtsy("team", "list").out


def test_the_team_is_named_by_name_or_id_when_there_are_two(team: Curtsy) -> None:
    other = team.json("team", "create", "Beta", "--admin", "bob@example.com")["team"]["id"]
    assert team.refused("member", "list")["code"] == "unknown_team"
    assert team.refused("member", "list", "--team", "Gamma")["code"] == "unknown_team"
    by_name, by_id = (team.json("member", "list", "--team", one) for one in ("Beta", other))
    assert by_name == by_id
    assert [one["email"] for one in by_id["data"]] == ["bob@example.com"]


def test_a_member_comes_and_goes(team: Curtsy) -> None:
    words = ("member", "add", "grace@example.com", "--role", "member", "--name", "Grace H.")
    grace = team.json(*words)["member"]
    assert (grace["email"], grace["name"], grace["role"]) == ("grace@example.com", "Grace H.", "member")
    assert TIME.fullmatch(grace["joined_at"])
    assert grace["pace"] == {
        "day": 20, "week": 80, "spacing_s": [60, 180], "hours": None, "warm_up": True, "profile_reads": 100,
        "connection_reads": 10,
    }  # fmt: skip
    assert [one["email"] for one in team.json("member", "list")["data"]] == [ADMIN, "grace@example.com"]
    assert team.refused(*words)["code"] == "email_taken"
    assert team.json("member", "remove", "grace@example.com")["member"]["id"] == grace["id"]
    assert team.refused("member", "remove", "grace@example.com")["code"] == "unknown_member"
    assert "grace" not in team("member", "list").out


def test_who_is_admin_can_change_and_the_last_one_stays_admin(team: Curtsy) -> None:
    team.json("member", "add", "grace@example.com")
    assert team.refused("member", "role", ADMIN, "member")["code"] == "last_admin"
    assert team.json("member", "role", "grace@example.com", "admin")["member"]["role"] == "admin"
    assert team.json("member", "role", ADMIN, "member")["member"]["role"] == "member"


def test_a_team_may_be_left_without_an_admin_and_is_told_so(team: Curtsy) -> None:
    assert "no admin now" in team("member", "remove", ADMIN).out
    assert team.json("member", "list")["data"] == []


def test_pace_is_set_within_its_ceilings(team: Curtsy) -> None:
    changed = team.json("member", "pace", ADMIN, "--day", "15", "--week", "60", "--spacing", "90-240")["member"]["pace"]
    assert (changed["day"], changed["week"], changed["spacing_s"], changed["warm_up"]) == (15, 60, [90, 240], True)
    raised = team.json("member", "pace", ADMIN, "--day", "16")["member"]["pace"]
    assert raised == {**changed, "day": 16, "warm_up": False}
    assert "16 a day" in team("member", "pace", ADMIN).out
    hours = ("--hours", "mon-fri 9:00-17:30", "--time-zone", "Europe/Berlin")
    kept = team.json("member", "pace", ADMIN, *hours, "--warm-up")["member"]["pace"]
    assert (kept["hours"]["days"], kept["hours"]["to"], kept["warm_up"]) == (
        ["mon", "tue", "wed", "thu", "fri"],
        "17:30",
        True,
    )
    assert team.json("member", "pace", ADMIN, "--hours", "any")["member"]["pace"]["hours"] is None


def test_nobody_exceeds_the_ceilings_of_the_server(team: Curtsy) -> None:
    assert team.json("ceilings") == {"day": 50, "week": 200}
    assert team.json("ceilings", "--day", "30") == {"day": 30, "week": 200}
    assert "30 a day" in team("ceilings").out
    assert team.refused("ceilings", "--week", "201")["code"] == "invalid_pace"


def test_what_a_member_allows_is_told_where_it_rules(team: Curtsy) -> None:
    member = team.json("member", "list")["data"][0]
    assert member["own"] == {"day": None, "week": None, "approve_first": False}
    database = open_database(team.database, clock=system_clock)
    database.run_now(consent.allow, member["id"], {"approve_first": True, "own_day": 5})
    database.close()
    ran = team("member", "pace", ADMIN, "--day", "30")
    assert "at most 30 a day" in ran.out
    assert "The member allows less, and that rules: 5 a day and 80 a week." in ran.out
    own = team.json("member", "pace", ADMIN)["member"]["own"]
    assert own == {"day": 5, "week": None, "approve_first": True}


@pytest.mark.parametrize(
    "given", [("--day", "51"), ("--week", "201"), ("--spacing", "9-3"), ("--spacing", "fast"), ("--profile-reads", "0")]
)
def test_a_pace_above_its_ceilings_is_refused(team: Curtsy, given: tuple[str, str]) -> None:
    assert team.refused("member", "pace", ADMIN, *given)["code"] == "invalid_pace"


def test_a_member_gets_a_link_to_sign_in(team: Curtsy) -> None:
    plain = team.json("member", "sign-in", ADMIN)["sign_in"]
    given = team.json("member", "sign-in", ADMIN, "--url", "https://curtsy.example.com/")["sign_in"]
    known = team("member", "sign-in", ADMIN, CURTSY_PUBLIC_URL="https://known.example.com").out
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/sign-in/[\w-]{40,}", plain)
    assert re.fullmatch(r"https://curtsy\.example\.com/sign-in/[\w-]{40,}", given)
    assert re.fullmatch(r"https://known\.example\.com/sign-in/[\w-]{40,}\n", known)
    assert team.refused("member", "sign-in", "nobody@example.com")["code"] == "unknown_member"


def test_a_key_is_shown_once_and_can_be_revoked(team: Curtsy) -> None:
    made = team.json("key", "create")
    assert set(made) == {"key", "id", "scopes"}
    assert re.fullmatch(r"ck_live_\w{38}", made["key"])
    assert made["scopes"] == ["read", "invite"]
    [listed] = team.json("key", "list")["data"]
    assert (listed["id"], listed["scopes"], listed["revoked_at"]) == (made["id"], made["scopes"], None)
    assert made["key"].startswith(listed["hint"])
    assert made["key"] not in team("key", "list").out
    assert team.json("key", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    assert TIME.fullmatch(team.json("key", "list")["data"][0]["revoked_at"])
    assert team.refused("key", "revoke", "nothing")["code"] == "unknown_key"


@pytest.mark.parametrize(("scope", "scopes"), [("read", ["read"]), ("manage", ["read", "invite", "manage"])])
def test_a_key_has_the_scope_it_was_made_with(team: Curtsy, scope: str, scopes: list[str]) -> None:
    assert team.json("key", "create", "--scope", scope)["scopes"] == scopes


def test_for_people_a_new_key_stands_alone_so_that_a_shell_can_take_it(team: Curtsy) -> None:
    assert re.fullmatch(r"ck_live_\w{38}\n", team.process("key", "create").out)
