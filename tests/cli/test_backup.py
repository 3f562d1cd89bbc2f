"""backup, restore, team absence, task settle and the doctor's clock: what an operator types when things went wrong."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from curtsy.clock import system_clock
from curtsy.storage.database import open_database
from curtsy.storage.store import Store
from tests.cli.command import PATIENCE_S, Curtsy, listening
from tests.cli.conftest import ADMIN
from tests.cli.test_servers import found
from tests.harness.agent import Agent, Script, Work
from tests.harness.sky import Sky


def test_a_backup_is_a_database_of_its_own(team: Curtsy, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert team.json("backup", str(copy)) == {"file": str(copy), "bytes": copy.stat().st_size}
    assert team.json("team", "list", "--database", f"sqlite:{copy}") == team.json("team", "list")
    again = team.refused("backup", str(copy))
    assert (again["code"], "exists already" in again["error"]) == ("cannot_open", True)
    assert "bytes" in team("backup", str(tmp_path / "another.db")).out


def test_a_backup_of_nothing_makes_nothing(curtsy: Curtsy, tmp_path: Path) -> None:
    assert "no database" in curtsy.refused("backup", str(tmp_path / "copy.db"))["error"]
    assert list(tmp_path.iterdir()) == []


def test_a_restore_puts_back_what_was_and_keeps_what_is(team: Curtsy, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    team.json("backup", copy)
    team.json("member", "add", "grace@example.com")
    kept = tmp_path / "curtsy.db.before-restore-1"
    assert team.json("restore", copy, "--yes") == {"doubtful": 0, "kept": str(kept)}
    assert [one["email"] for one in team.json("member", "list")["data"]] == [ADMIN]
    before = team.json("member", "list", "--database", f"sqlite:{kept}")
    assert [one["email"] for one in before["data"]] == [ADMIN, "grace@example.com"]
    told = team("restore", copy, "--yes").out
    assert "No task was open" in told
    assert "before-restore-2" in told


def test_a_restore_asks_first(team: Curtsy, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    team.json("backup", copy)
    ran = team.process("restore", copy)
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert team("restore", copy, "--json").body["code"] == "usage"
    assert team.refused("restore", str(tmp_path / "nothing.db"), "--yes")["code"] == "cannot_open"


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 1), ("\x04", 1)])
def test_the_answer_counts(team: Curtsy, tmp_path: Path, typed: str, code: int) -> None:
    copy = str(tmp_path / "copy.db")
    team.json("backup", copy)
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            team._line("restore", copy), cwd=tmp_path, env=team._environment({}), stdin=theirs,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        os.write(ours, typed.encode())
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == code, err
    assert ("is restored" in out) is (code == 0)
    assert (tmp_path / "curtsy.db.before-restore-1").exists() is (code == 0)
    assert "Traceback" not in err


def test_a_restore_is_refused_while_a_server_runs(team: Curtsy, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    with listening(team, "serve", "--port", "0"):
        team.json("backup", copy)
        assert "server already runs" in team.refused("restore", copy, "--yes")["error"]
    assert team.json("restore", copy, "--yes")["doubtful"] == 0


def test_what_follows_absence_is_the_teams_choice(team: Curtsy) -> None:
    shipped = team.json("team", "absence")
    assert (shipped["team"]["name"], shipped["absence"]) == ("Acme", "review")
    assert team.json("team", "absence", "requeue", "--team", "Acme")["absence"] == "requeue"
    told = team("team", "absence")
    assert "never a third time" in told.out
    assert "120 seconds or never" in told.out
    assert team.json("team", "absence", "review")["absence"] == "review"
    assert team("team", "absence", "perhaps").code == 2
    assert team.refused("team", "absence", "--team", "Nobody")["code"] == "unknown_team"


def test_an_open_task_is_in_doubt_after_a_restore_and_a_person_settles_what_nobody_could_see(tmp_path: Path) -> None:
    curtsy = Curtsy(tmp_path)
    curtsy.json("team", "create", "Acme", "--admin", ADMIN)
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        curtsy.environment = {
            "CURTSY_URL": said["listening"],
            "CURTSY_API_KEY": curtsy.json("key", "create", "--scope", "manage")["key"],
        }
        agent = Agent(said["listening"], Sky(system_clock))
        assert agent.pair(curtsy.json("pair", "--member", ADMIN)["code"]).status == 200
        task = curtsy.json("invite", "a-person")["api_agent_task_id"]
        curtsy.json("backup", str(tmp_path / "copy.db"))
        told = curtsy(
            "restore", str(tmp_path / "copy.db"), "--yes", "--database", f"sqlite:{tmp_path / 'elsewhere.db'}"
        )
        assert (told.code, "One open task is in doubt" in told.out, "kept as" in told.out) == (0, True, False)
        early = curtsy.refused("task", "settle", task, "--sent", "--reason", "I saw it.")
        assert early["code"] == "not_in_review"

        def lose(_work: Work, _sky: Sky) -> tuple[str, dict[str, object]]:
            return "unknown", {"acted": True}

        assert agent.turn(Script(act=lose)) == "unconfirmed"
        agent.close()
        with closing(open_database(curtsy.database, clock=system_clock)) as database:
            database.run_now(_give_up, task)
        assert curtsy.refused("task", "settle", task, "--sent", "--reason", " ")["code"] == "invalid_field"
        weak = curtsy.json("key", "create")["key"]
        assert (
            curtsy.refused("task", "settle", task, "--sent", "--reason", "I saw it.", "--key", weak)["code"]
            == "missing_scope"
        )
        for half in (("--sent",), ("--reason", "I saw it.")):
            assert curtsy("task", "settle", task, *half).code == 2
        settled = curtsy.json("task", "settle", task, "--not-sent", "--reason", "It is not under Sent invitations.")
        assert settled["data"]["status"] == "failed"
        assert settled["data"]["evidence"]["reason"] == "It is not under Sent invitations."
        assert "failed" in curtsy("task", "show", task).out
        assert curtsy.refused("task", "settle", "a/../b", "--sent", "--reason", "I saw it.")["success"] is False


def _give_up(store: Store, now: int, task_id: str) -> None:
    """Three days later."""
    task = store.tasks.get(task_id)
    assert task is not None
    assert store.leases.review(task, now) is not None


def test_the_doctor_says_that_the_clock_jumped_and_takes_a_persons_word(team: Curtsy) -> None:
    with closing(open_database(team.database, clock=system_clock)) as database:
        database.run_now(lambda store, now: store.set_house("clock_jumped", str(now)))
    ill = team("doctor", "--json", CURTSY_PORT="0")
    assert found(ill.body, "clock_jump")["ok"] is False
    assert "--confirm-clock" in found(ill.body, "clock_jump")["said"]
    assert ill.code == 1
    well = team("doctor", "--confirm-clock", "--json", CURTSY_PORT="0")
    assert found(well.body, "clock_jump")["ok"] is True


def test_confirming_the_clock_makes_no_database(curtsy: Curtsy) -> None:
    curtsy("doctor", "--confirm-clock", CURTSY_PORT="0")
    assert list(curtsy.folder.iterdir()) == []


def test_the_doctor_tells_a_database_of_another_version(team: Curtsy) -> None:
    with closing(sqlite3.connect(team.folder / "curtsy.db")) as opened:
        opened.execute("INSERT INTO migrations VALUES ('9999_later.sql', 0)")
        opened.commit()
    newer = found(team("doctor", "--json", CURTSY_PORT="0").body, "schema")
    assert (newer["ok"], "newer version" in newer["said"]) == (False, True)
    with closing(sqlite3.connect(team.folder / "curtsy.db")) as opened:
        opened.execute("DELETE FROM migrations WHERE name > '0001_first.sql'")
        opened.commit()
    older = found(team("doctor", "--json", CURTSY_PORT="0").body, "schema")
    assert (older["ok"], "curtsy migrate" in older["said"], "0001" in older["said"]) == (False, True, False)


def test_a_database_that_is_busy_is_no_traceback(team: Curtsy) -> None:
    with closing(sqlite3.connect(team.folder / "curtsy.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        commands = [team.start("team", "list", "--json"), team.start("doctor", "--json")]
        said = [command.communicate(timeout=PATIENCE_S) for command in commands]
        other.execute("ROLLBACK")
    assert [command.returncode for command in commands] == [1, 1]
    assert ["Traceback" in err for _, err in said] == [False, False]
    assert '"code": "try_again"' in said[0][0]
    assert "busy" in said[1][0]
