"""A PostgreSQL is backed up with its own programs, put back, and told of it: what was open is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psycopg
import pytest

from curtsy.clock import system_clock
from curtsy.storage.database import open_database
from tests.cli.command import Curtsy, listening
from tests.cli.conftest import ADMIN
from tests.cli.test_servers import found
from tests.harness.agent import Agent
from tests.harness.postgres import Postgres
from tests.harness.sky import Sky

pytestmark = pytest.mark.postgresql


@pytest.fixture
def postgresql() -> Iterator[Postgres]:
    with closing(Postgres()) as server:
        yield server


@pytest.fixture
def curtsy(tmp_path: Path, postgresql: Postgres) -> Curtsy:
    """The command, with its database on a PostgreSQL of its own and one team there."""
    made = Curtsy(tmp_path, {"CURTSY_DATABASE": postgresql.fresh()})
    made.json("team", "create", "Acme", "--admin", ADMIN)
    made.json("member", "pace", ADMIN, "--spacing", "0-0")
    return made


def incarnation(curtsy: Curtsy) -> int:
    with closing(open_database(curtsy.environment["CURTSY_DATABASE"], clock=system_clock)) as database:
        return int(database.run_now(lambda store, _now: store.house("incarnation")) or 0)


def ask(curtsy: Curtsy, person: str) -> str:
    """Ask for an invitation; the id of its task."""
    url, headers = curtsy.environment["CURTSY_URL"], {"x-api-key": curtsy.environment["CURTSY_API_KEY"]}
    said = {"profile_urn": person}
    got = httpx.post(url + "/linkedin-agent/send-connection-request", json=said, headers=headers)
    return str(got.json()["api_agent_task_id"])


def follow(curtsy: Curtsy, cursor: str) -> tuple[list[str], str]:
    """The tasks to which something happened after a cursor, and the cursor after it."""
    headers = {"x-api-key": curtsy.environment["CURTSY_API_KEY"]}
    got = httpx.get(curtsy.environment["CURTSY_URL"] + "/v1/events", params={"cursor": cursor}, headers=headers)
    page = got.json()
    return [one["data"]["task"]["id"] for one in page["data"] if "task" in one["data"]], page["next_cursor"]


def test_what_was_open_when_it_was_copied_is_in_doubt_once_it_is_put_back(curtsy: Curtsy, postgresql: Postgres) -> None:
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        curtsy.environment |= {"CURTSY_URL": said["listening"], "CURTSY_API_KEY": curtsy.json("key", "create")["key"]}
        agent = Agent(said["listening"], Sky(system_clock))
        assert agent.pair(curtsy.json("pair", "--member", ADMIN)["code"]).status == 200
        sent, held, waiting = (curtsy.json("invite", f"person-{n}")["api_agent_task_id"] for n in range(3))
        assert agent.turn() == "completed"
        work = agent.lease()
        assert work is not None
        assert work.id == held
        copy = postgresql.backed_up()
        assert agent.start(work).status == 200
        assert agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:7"}).body["state"] == "completed"
        lost = ask(curtsy, "person-3")
        for n in range(4, 20):  # so that the transactions after the restore have numbers that a follower has passed
            ask(curtsy, f"person-{n}")
        seen, cursor = follow(curtsy, "0-0")
        assert lost in seen
        assert "server runs" in curtsy.refused("restore", "--yes")["error"]
    before = incarnation(curtsy)
    postgresql.put_back(copy)
    assert curtsy.json("restore", "--yes") == {"doubtful": 2, "kept": None}
    assert incarnation(curtsy) > before
    assert found(curtsy("doctor", "--json", CURTSY_PORT="0").body, "schema")["ok"] is True
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        curtsy.environment |= {"CURTSY_URL": said["listening"]}
        agent.url = said["listening"]
        for task, became in ((sent, "completed"), (held, "processing"), (waiting, "processing")):
            assert curtsy.json("task", "show", task)["data"]["status"] == became
        assert curtsy.refused("task", "show", lost)["code"] == "task_not_found"
        assert agent.start(work).code == "lease_lost"
        assert agent.ask().code == "journal_required"
        again = curtsy.json("invite", "person-1")
        assert (again["api_agent_task_id"], again["deduplicated"]) == (held, True)
        new = ask(curtsy, "person-4")
        *doubtful, last = follow(curtsy, cursor)[0]
        assert (set(doubtful), len(doubtful), last) == ({held, waiting}, 2, new)
    agent.close()


def test_a_dump_of_another_postgresql_is_not_taken_for_a_copy(curtsy: Curtsy) -> None:
    with psycopg.connect(curtsy.environment["CURTSY_DATABASE"]) as session:
        session.execute(
            "INSERT INTO events (id, team_id, type, at, data, txid) VALUES ('x', 'x', 'x', 0, '{}', 1000000000)"
        )
    refused = curtsy.refused("restore", "--yes")
    assert (refused["code"], "dump" in refused["error"]) == ("cannot_open", True)


def test_a_copy_is_the_business_of_postgresqls_own_programs(curtsy: Curtsy, tmp_path: Path) -> None:
    refused = curtsy.refused("backup", str(tmp_path / "copy.db"))
    assert (refused["code"], "pg_basebackup" in refused["error"]) == ("cannot_open", True)
    assert curtsy("restore", str(tmp_path / "copy.db"), "--yes").code == 2
    assert curtsy("restore", "--yes", "--database", f"sqlite:{tmp_path / 'x.db'}").code == 2
    assert "say --yes" in curtsy("restore", "--json").body["error"]


def test_the_doctor_looks_at_a_postgresql_too(curtsy: Curtsy) -> None:
    with listening(curtsy, "serve", "--port", "0"):
        seen = curtsy("doctor", "--json", CURTSY_PORT="0").body
        assert found(seen, "server")["said"] == "a server runs on this database"
    seen = curtsy("doctor", "--json", CURTSY_PORT="0").body
    assert found(seen, "server")["said"] == "no server runs on this database"
    for check in ("database", "durability", "schema", "clock_jump", "clocks", "clock"):
        assert found(seen, check)["ok"] is True
    assert "synchronous_commit=on" in found(seen, "durability")["said"]
    assert found(curtsy("doctor", "--confirm-clock", "--json", CURTSY_PORT="0").body, "clock_jump")["ok"] is True
    away = curtsy("doctor", "--json", "--database", "postgresql://nobody@127.0.0.1:1/curtsy").body
    assert found(away, "database")["ok"] is False


def test_the_doctor_tells_clocks_that_do_not_agree(curtsy: Curtsy) -> None:
    address = curtsy.environment["CURTSY_DATABASE"]
    with psycopg.connect(address, autocommit=True) as session:
        session.execute(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
            "AS $$ SELECT pg_catalog.clock_timestamp() + interval '7 seconds' $$"
        )
        session.execute(f"ALTER DATABASE {session.info.dbname} SET search_path = public, pg_catalog".encode())
    clocks = found(curtsy("doctor", "--json", CURTSY_PORT="0").body, "clocks")
    assert (clocks["ok"], "time server" in clocks["said"]) == (False, True)


def test_a_copy_that_was_damaged_is_noticed(postgresql: Postgres) -> None:
    copy = postgresql.backed_up()
    damaged = next(path for path in sorted((copy / "base").rglob("*")) if path.is_file() and path.stat().st_size > 0)
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    with pytest.raises(AssertionError, match=damaged.name):
        postgresql.run([postgresql.program("pg_verifybackup"), str(copy)])
