"""serve, migrate, twin and doctor: what listens, and what looks after it."""

from __future__ import annotations

import base64
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.command import PATIENCE_S, Curtsy, listening
from tests.cli.conftest import ADMIN


def test_serve_says_where_it_listens_and_how_the_first_person_signs_in(curtsy: Curtsy) -> None:
    with listening(curtsy, "serve", "--port", "0") as (server, said):
        assert set(said) == {"listening", "sign_in"}
        assert httpx.get(said["listening"] + "/healthz", trust_env=False).json()["success"] is True
        assert httpx.get(said["sign_in"], trust_env=False).status_code == 200
        second = curtsy.refused("serve", "--port", "0")
        assert second["code"] == "cannot_open"
        assert "one server process" in second["error"]
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, out, err) == (0, "", "")


def test_serve_needs_no_link_when_there_is_a_team(team: Curtsy) -> None:
    with listening(team, "serve", "--port", "0") as (_, said):
        assert said["sign_in"] is None


def test_serve_tells_people_of_the_link_and_of_the_terms(curtsy: Curtsy) -> None:
    server = curtsy.start("serve", "--port", "0")
    assert server.stdout is not None
    told = ""
    while "User Agreement" not in told:
        line = server.stdout.readline()
        assert line, server.communicate(timeout=PATIENCE_S)
        told += line
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=PATIENCE_S)
    assert server.returncode == 0
    assert "listens on http://127.0.0.1:" in told
    assert "/sign-in/" in told


def test_one_process_a_file(curtsy: Curtsy) -> None:
    assert "one server process" in curtsy.refused("serve", "--workers", "2")["error"]


def test_a_port_that_is_taken_is_refused(curtsy: Curtsy) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = curtsy.refused("serve", "--port", str(taken.getsockname()[1]))
    assert refused["code"] == "cannot_open"
    assert "cannot listen" in refused["error"]


def test_migrate_brings_a_database_up_once(curtsy: Curtsy) -> None:
    first = curtsy.json("migrate")
    assert first["applied"][0] == "0001_first.sql"
    assert curtsy.json("migrate") == {"database": first["database"], "applied": []}
    assert "up to date" in curtsy("migrate").out


@pytest.mark.parametrize("clock_control", [True, False])
def test_the_twin_says_where_it_listens(curtsy: Curtsy, tmp_path: Path, clock_control: bool) -> None:
    words = ("--tls", str(tmp_path), *(("--clock-control",) if clock_control else ()))
    with listening(curtsy, "twin", "--port", "0", *words) as (_, said):
        assert set(said) == {"http", "https", "spki", "control"}
        moved = httpx.post(said["control"] + "/control/clock", json={"advance_ms": 1}, trust_env=False)
        assert (moved.status_code == 200) is clock_control
    assert (tmp_path / "twin.pem").exists()


# ------------------------------------------------------------------ doctor


def found(body: dict[str, Any], check: str) -> dict[str, Any]:
    """One finding."""
    [finding] = [one for one in body["findings"] if one["check"] == check]
    return dict(finding)


@pytest.fixture
def extension(tmp_path: Path) -> str:
    """A folder with the two zips that a server hands out."""
    folder = tmp_path / "extension"
    folder.mkdir()
    for name in ("curtsy-chrome.zip", "curtsy-firefox.zip"):
        (folder / name).write_bytes(b"PK")
    return str(folder)


def test_a_healthy_machine_is_told_so(team: Curtsy, extension: str) -> None:
    body = team.json("doctor", CURTSY_PORT="0", CURTSY_EXTENSION_DIR=extension)
    assert body["ok"] is True
    assert {tuple(sorted(one)) for one in body["findings"]} == {("check", "ok", "said")}
    assert "journal_mode=wal, synchronous=FULL" in found(body, "durability")["said"]
    assert "no server runs" in found(body, "server")["said"]
    shown = team("doctor", CURTSY_PORT="0", CURTSY_EXTENSION_DIR=extension).out
    assert "well" in shown
    assert "ILL" not in shown


def test_a_doctor_makes_nothing(curtsy: Curtsy, extension: str) -> None:
    body = curtsy.json("doctor", CURTSY_PORT="0", CURTSY_EXTENSION_DIR=extension)
    assert "makes it" in found(body, "database")["said"]
    assert list(curtsy.folder.glob("*.db*")) == []


def test_a_doctor_sees_a_running_server(team: Curtsy, extension: str) -> None:
    with listening(team, "serve", "--port", "0") as (_, said):
        port = said["listening"].rpartition(":")[2]
        body = team.json("doctor", CURTSY_PORT=port, CURTSY_EXTENSION_DIR=extension)
    assert "a server runs" in found(body, "server")["said"]
    assert "answers" in found(body, "port")["said"]


def test_a_doctor_says_what_is_ill(curtsy: Curtsy, tmp_path: Path) -> None:
    (tmp_path / "curtsy.db").touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = curtsy(
            "doctor", "--json", CURTSY_PORT=port, CURTSY_EXTENSION_DIR=str(tmp_path), CURTSY_PUBLIC_URL="http://a.example"
        )  # fmt: skip
    assert (ran.code, ran.body["ok"]) == (1, False)
    ill = {one["check"] for one in ran.body["findings"] if not one["ok"]}
    assert ill == {"schema", "port", "extension", "public_url"}


def test_a_doctor_looks_whether_secrets_can_be_read(team: Curtsy, extension: str, tmp_path: Path) -> None:
    given = {"CURTSY_PORT": "0", "CURTSY_EXTENSION_DIR": extension}
    assert found(team.json("doctor", **given), "webhooks")["ok"] is True
    with listening(team, "serve", "--port", "0") as (_, said):
        key = team.json("key", "create", "--scope", "manage")["key"]
        made = httpx.post(
            f"{said['listening']}/v1/webhook-endpoints", json={"url": "https://example.com/"},
            headers={"x-api-key": key}, trust_env=False,
        )  # fmt: skip
        assert made.status_code == 200
    assert found(team.json("doctor", **given), "webhooks")["said"].startswith("1 endpoints; the key is in ")
    (tmp_path / "other").write_text(base64.b64encode(bytes(32)).decode())
    for named, said_of in (("other", "1 of 1 endpoints have a secret"), ("nothing", "cannot be read")):
        ran = team("doctor", "--json", **given, CURTSY_SECRET_FILE=str(tmp_path / named))
        assert (ran.code, found(ran.body, "webhooks")["ok"]) == (1, False)
        assert said_of in found(ran.body, "webhooks")["said"]


def test_a_doctor_asks_for_an_address_when_others_can_reach_the_server(curtsy: Curtsy, extension: str) -> None:
    given = {"CURTSY_PORT": "0", "CURTSY_EXTENSION_DIR": extension, "CURTSY_HOST": "0.0.0.0"}
    assert found(curtsy("doctor", "--json", **given).body, "public_url")["ok"] is False
    known = curtsy("doctor", "--json", **given, CURTSY_PUBLIC_URL="https://curtsy.example.com")
    assert found(known.body, "public_url")["ok"] is True


def test_a_database_elsewhere_is_told_of(curtsy: Curtsy, tmp_path: Path) -> None:
    ran = curtsy("doctor", "--database", f"sqlite:{tmp_path / 'nowhere' / 'x.db'}", "--json")
    assert found(ran.body, "database")["ok"] is False


def test_a_member_can_be_added_while_a_server_runs(team: Curtsy) -> None:
    with listening(team, "serve", "--port", "0"):
        team.json("member", "add", "grace@example.com")
        assert [one["email"] for one in team.json("member", "list")["data"]] == [ADMIN, "grace@example.com"]
