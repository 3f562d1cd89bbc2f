"""prune, by command and by the setting: what finished long ago goes, also while a server runs."""

from __future__ import annotations

from contextlib import closing

from curtsy.clock import system_clock
from curtsy.storage.database import open_database
from tests.cli.command import Curtsy, listening
from tests.harness.waiting import until
from tests.storage.filled import fill

FINISHED = 500
WHOSE = {"team": "team", "member": "member", "agent": "agent", "account": "account"}


def filled(curtsy: Curtsy) -> None:
    with closing(open_database(curtsy.database, clock=system_clock)) as database:
        fill(database, FINISHED, **WHOSE)


def counted(curtsy: Curtsy) -> tuple[int, int]:
    """How many tasks and how many events there are."""
    with closing(open_database(curtsy.database, clock=system_clock)) as database:
        row = database.run_now(
            lambda store, _now: store.rows.one(
                "SELECT (SELECT count(*) FROM tasks WHERE pruned = 0), (SELECT count(*) FROM events)", {}
            )
        )
    assert row is not None
    return row[0], row[1]


def test_prune_says_what_went(team: Curtsy) -> None:
    filled(team)
    assert team.json("prune", "--older-than", "41") == dict.fromkeys(
        ("tasks", "stripped", "attempts", "evidence", "events", "wiped"), 0
    )
    said = team.json("prune", "--older-than", "39")
    gone = {"tasks": 100, "stripped": 400, "attempts": FINISHED, "evidence": FINISHED, "events": FINISHED}
    assert said == {**gone, "wiped": 0}
    assert counted(team) == (0, 0)
    assert "0 tasks dropped" in team("prune", CURTSY_KEEP_DAYS="30").out


def test_words_go_at_an_age_of_their_own(team: Curtsy) -> None:
    filled(team)
    assert team.json("prune", CURTSY_KEEP_WORDS_DAYS="39") == {
        **dict.fromkeys(("tasks", "stripped", "attempts", "evidence", "events"), 0),
        "wiped": FINISHED,
    }
    assert team("prune", CURTSY_KEEP_WORDS_DAYS="29").code == 2


def test_an_age_must_be_named_and_no_less_than_thirty_days(team: Curtsy) -> None:
    assert team("prune", CURTSY_KEEP_WORDS_DAYS="ever").code == 2
    assert team("prune", "--older-than", "29").code == 2
    short = team("prune", "--json", CURTSY_KEEP_DAYS="29")
    assert (short.code, "30 days at least" in short.body["error"]) == (2, True)


def test_a_server_that_is_told_to_keeps_so_much_and_no_more(team: Curtsy) -> None:
    filled(team)
    with listening(team, "serve", "--port", "0"):
        assert counted(team)[0] == FINISHED
    team.environment = {"CURTSY_KEEP_DAYS": "30"}
    with listening(team, "serve", "--port", "0"):
        until(lambda: counted(team) == (0, 0), "the end of what finished long ago")
