"""How every command speaks: JSON on request, exit codes, help, and advice instead of tracebacks."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from curtsy.cli.options import spelled_out
from tests.cli.command import Curtsy


@pytest.mark.parametrize("words", [("--json", "team", "list"), ("team", "list", "--json")])
def test_json_may_stand_before_and_after(curtsy: Curtsy, words: tuple[str, ...]) -> None:
    ran = curtsy.process(*words)
    assert (ran.code, ran.body) == (0, {"data": []})


@pytest.mark.parametrize("words", [("teapot",), ("team", "create"), ("invite", "x", "--hot"), ("serve", "--port", "x")])
def test_a_command_typed_wrongly_ends_with_2(curtsy: Curtsy, words: tuple[str, ...]) -> None:
    for_people, for_programs = curtsy.process(*words), curtsy(*words, "--json")
    assert (for_people.code, for_people.out) == (2, "")
    assert "--help" in for_people.err
    assert (for_programs.code, for_programs.body["code"]) == (2, "usage")


def test_curtsy_alone_prints_what_there_is(curtsy: Curtsy) -> None:
    ran = curtsy.process()
    assert ran.code == 2
    assert "serve" in ran.out
    assert "invite" in ran.out


def test_no_server_is_3_with_what_to_do(curtsy: Curtsy) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        ran = curtsy.process("invite", "williamhgates", "--server", nowhere, "--json")
        people = curtsy.process("task", "list", CURTSY_URL=nowhere)
    assert (ran.code, ran.body["code"]) == (3, "not_reachable")
    assert (people.code, people.out) == (3, "")
    assert "curtsy serve" in people.err
    assert "Traceback" not in people.err


def test_an_address_that_is_none_is_3(curtsy: Curtsy) -> None:
    ran = curtsy.process("profile", "williamhgates", "--server", "not an address", "--json")
    assert (ran.code, ran.body["code"]) == (3, "not_reachable")


def test_a_database_that_cannot_be_opened_is_refused(curtsy: Curtsy, tmp_path: Path) -> None:
    assert curtsy.refused("team", "list", "--database", "mysql:x")["code"] == "cannot_open"
    ran = curtsy.process("team", "list", "--database", f"sqlite:{tmp_path / 'nowhere' / 'x.db'}")
    assert (ran.code, ran.out) == (1, "")
    assert "create it first" in ran.err
    assert "Traceback" not in ran.err


def test_a_setting_that_cannot_be_read_is_2(curtsy: Curtsy) -> None:
    ran = curtsy.process("serve", "--json", CURTSY_PORT="http")
    assert (ran.code, ran.body["code"]) == (2, "usage")


def test_the_number_behind_wait_may_be_left_out() -> None:
    assert spelled_out(["invite", "x", "--wait"]) == ["invite", "x", "--wait=600"]
    assert spelled_out(["invite", "--wait", "x"]) == ["invite", "--wait=600", "x"]
    assert spelled_out(["invite", "--wait", "5", "x"]) == ["invite", "--wait", "5", "x"]
    assert spelled_out(["invite", "--wait=5", "--", "--wait"]) == ["invite", "--wait=5", "--", "--wait"]


def test_a_reader_who_leaves_early_is_no_reason_for_a_traceback(curtsy: Curtsy) -> None:
    listing = curtsy.start("team", "list", "--json")
    assert listing.stdout is not None
    listing.stdout.close()
    _, err = listing.communicate(timeout=60)
    assert (listing.returncode, err) == (1, "")
