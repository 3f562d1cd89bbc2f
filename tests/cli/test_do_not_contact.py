"""The do-not-contact list from the command line."""

from __future__ import annotations

from tests.cli.command import Curtsy

ADD = ("do-not-contact", "add", "https://www.linkedin.com/in/Asked-To-Stop/", "--reason", "by mail")


def test_somebody_is_listed_and_lifted_with_a_reason(team: Curtsy) -> None:
    made = team.json(*ADD)
    assert (made["profile_urn"], made["reason"], made["added_by"], made["stood"], made["ended"]) == (
        *("asked-to-stop", "by mail", "the operator", False, []),
    )
    assert team.json(*ADD) == {**made, "stood": True}
    assert "asked-to-stop" in team("do-not-contact", "list").out
    kept = team.json("do-not-contact", "list")
    assert [one["id"] for one in kept["data"]] == [made["id"]]
    assert (kept["cooling_down"], kept["lifted"]) == ([], [])
    remove = ("do-not-contact", "remove", "asked-to-stop", "--reason")
    assert team.refused(*remove, " ")["code"] == "invalid_field"
    lifted = team.json(*remove, "wrote to us")["lifted"]
    assert [(one["profile_urn"], one["reason"], one["lifted_by"], one["stood_because"]) for one in lifted] == [
        ("asked-to-stop", "wrote to us", "the operator", "by mail")
    ]
    kept = team.json("do-not-contact", "list")
    assert (kept["data"], kept["lifted"]) == ([], lifted)
    assert team.refused(*remove, "once more")["code"] == "not_listed"
    assert team.refused(*remove, "once more", "--cooldown")["code"] == "not_listed"


def test_what_is_no_profile_is_refused(team: Curtsy) -> None:
    assert team.refused("do-not-contact", "add", "a b", "--reason", "by mail")["code"] == "invalid_profile_urn"
    assert team("do-not-contact", "add", "somebody").code == 2
    assert "Nobody" in team("do-not-contact", "list").out
