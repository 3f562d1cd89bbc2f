"""copy: everything moves from SQLite to PostgreSQL and back, is compared, and goes on where it was."""

from __future__ import annotations

import contextlib
import signal
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from curtsy.clock import system_clock
from curtsy.service import webhooks
from curtsy.service.sealing import Seal
from curtsy.service.webhooks import Wish
from curtsy.storage.cellar import CannotOpen
from curtsy.storage.copying import TABLES, copy
from curtsy.storage.database import Database, open_database
from curtsy.storage.store import Store
from tests.cli.command import PATIENCE_S, Curtsy, listening
from tests.cli.conftest import ADMIN
from tests.harness.agent import Agent
from tests.harness.postgres import postgres
from tests.harness.sky import Sky
from tests.storage.filled import fill

pytestmark = pytest.mark.postgresql
WHOSE = {"team": "team", "member": "member", "agent": "agent", "account": "account"}


def opened(address: str) -> contextlib.closing[Database]:
    return closing(open_database(address, clock=system_clock))


def column(address: str, sql: str) -> list[object]:
    """The first column of an answer."""
    with opened(address) as database:
        return database.run_now(lambda store, _now: [row[0] for row in store.rows.all(sql, {})])


@pytest.fixture
def curtsy(tmp_path: Path) -> Curtsy:
    """The command in an empty folder, its database a file there."""
    return Curtsy(tmp_path)


@pytest.fixture
def team(curtsy: Curtsy) -> Curtsy:
    """The same, with one team and its admin."""
    curtsy.json("team", "create", "Acme", "--admin", ADMIN)
    return curtsy


@pytest.fixture
def there() -> str:
    """An empty database on PostgreSQL."""
    return postgres().fresh()


def test_a_team_goes_on_in_the_copy_as_if_nothing_had_happened(curtsy: Curtsy, there: str) -> None:
    curtsy.json("team", "create", "Acme", "--admin", ADMIN)
    curtsy.json("member", "pace", ADMIN, "--spacing", "0-0")
    key = curtsy.json("key", "create")["key"]
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        curtsy.environment = {"CURTSY_URL": said["listening"], "CURTSY_API_KEY": key}
        agent = Agent(said["listening"], Sky(system_clock))
        assert agent.pair(curtsy.json("pair", "--member", ADMIN)["code"]).status == 200
        sent = curtsy.json("invite", "first-person")["api_agent_task_id"]
        assert agent.turn() == "completed"
        waiting = curtsy.json("invite", "second-person", "--note", "Grüße, 你好")["api_agent_task_id"]
        assert "server already runs" in curtsy.refused("copy", "--from", curtsy.database, "--to", there)["error"]
    before = column(curtsy.database, "SELECT id FROM events ORDER BY txid, n")
    said = curtsy.json("copy", "--from", curtsy.database, "--to", there)
    assert set(said) == {"from", "to", "rows", "tables"}
    assert said["tables"]["tasks"] == 2
    assert set(said["tables"]) == set(TABLES)
    assert sum(said["tables"].values()) == said["rows"]
    curtsy.environment |= {"CURTSY_DATABASE": there}
    with listening(curtsy, "serve", "--port", "0") as (_, listens):
        curtsy.environment |= {"CURTSY_URL": listens["listening"]}
        agent.url = listens["listening"]
        assert curtsy.json("task", "show", sent)["data"]["status"] == "completed"
        assert agent.turn() == "completed"
        assert curtsy.json("task", "show", waiting)["data"]["status"] == "completed"
        again = curtsy.json("invite", "first-person")
        assert (again["api_agent_task_id"], again["deduplicated"]) == (sent, True)
    agent.close()
    after = column(there, "SELECT id FROM events ORDER BY txid, n")
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert len(set(column(there, "SELECT n FROM events"))) == len(after)
    back = f"sqlite:{curtsy.folder / 'back.db'}"
    assert curtsy.json("copy", "--from", there, "--to", back)["tables"]["tasks"] == 2
    assert column(back, "SELECT id FROM events ORDER BY n") == after
    # A reader of the copy sees them all: they are older than any transaction of its own.
    assert column(back, "SELECT count(*) FROM events WHERE txid < $OLDEST_OPEN") == [len(after)]
    assert "incarnation" in column(back, "SELECT name FROM house WHERE value = '1'")


def test_every_table_is_copied(curtsy: Curtsy) -> None:
    curtsy.json("migrate")
    tables = column(curtsy.database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    assert set(tables) == {*TABLES, "migrations"}


def test_an_interrupted_copy_goes_on_where_it_was(team: Curtsy, there: str) -> None:
    with opened(team.database) as source:
        fill(source, 1_000, **WHOSE)
    seen: list[int] = []

    def cut(doing: str, table: str, rows: int) -> None:
        seen.append(rows)
        if table == "attempts":
            raise KeyboardInterrupt

    with opened(team.database) as source, opened(there) as target, pytest.raises(KeyboardInterrupt):
        copy(source, target, seen.append, cut)
    assert "was not finished" in team.refused("team", "list", "--database", there)["error"]
    assert "was not finished" in team.refused("serve", "--port", "0", "--database", there)["error"]
    other = f"sqlite:{team.folder / 'other.db'}"
    team.json("migrate", "--database", other)
    assert "unfinished copy of" in team.refused("copy", "--from", other, "--to", there)["error"]
    copied: list[str] = []
    with opened(team.database) as source, opened(there) as target:
        copy(source, target, seen.append, lambda doing, table, _rows: copied.append(f"{doing} {table}"))
    assert "copy tasks" not in copied
    assert copied.count("copy attempts") == 4
    assert column(there, "SELECT count(*) FROM attempts") == [1_000]
    assert [one["name"] for one in team.json("team", "list", "--database", there)["data"]] == ["Acme"]


def test_numbers_go_on_after_the_highest_ever_given(team: Curtsy, there: str) -> None:
    with opened(team.database) as source:
        fill(source, 300, **WHOSE)
    team.json("prune", "--older-than", "30")
    team.json("copy", "--from", team.database, "--to", there)
    with opened(there) as target:
        fill(target, 1, **WHOSE)
    assert column(there, "SELECT n FROM events") == column(there, "SELECT n FROM evidence") == [301]
    back = f"sqlite:{team.folder / 'back.db'}"
    team.json("copy", "--from", there, "--to", back)
    with opened(back) as target:
        fill(target, 1, **WHOSE)
    assert column(back, "SELECT max(n) FROM events") == [302]


@pytest.mark.parametrize(("told", "left"), [("", "abc"), ("b", "abc"), ("ba", "c"), ("bac", "")])
def test_a_webhook_misses_nothing_in_a_copy(team: Curtsy, there: str, told: str, left: str) -> None:
    """On PostgreSQL events are told in the order of transactions: here b, a, c, whose numbers are 2, 1, 3."""
    team.json("team", "create", "Acme", "--admin", ADMIN, "--database", there)
    with opened(there) as source:
        source.run_now(happen, told)
    back = f"sqlite:{team.folder / 'back.db'}"
    team.json("copy", "--from", there, "--to", back)
    with opened(back) as target:
        [endpoint] = target.run_now(lambda store, _now: store.webhooks.all())
        place = endpoint.txid, endpoint.n
        events = target.run_now(lambda store, _now: store.events.after(endpoint.team_id, place, 10))
    assert "".join(event.id for event in events) == left


def happen(store: Store, now: int, told: str) -> None:
    """Three events, and an endpoint of webhooks that was told some of them."""
    [(team_id, _)] = store.teams.all()
    store.events.add_many([
        {"id": name, "team_id": team_id, "type": "task.created", "task_id": None, "member_id": None, "at": now,
         "data": "{}"}
        for name in "abc"
    ])  # fmt: skip
    store.rows.one("UPDATE events SET txid = CASE id WHEN 'b' THEN 5 ELSE 9 END", {})
    events = store.events.after(team_id, (0, 0), 10)
    assert "".join(event.id for event in events) == "bac"
    made = webhooks.create(store, now, Seal(bytes(32)), team_id, Wish("https://example.com/"))
    place = events[len(told) - 1] if told else None
    store.webhooks.go_back(made.endpoint.id, place.txid if place else 0, place.n if place else 0)


@pytest.mark.parametrize("change", ["UPDATE members SET name = 'Changed'", "DELETE FROM members"])
def test_a_source_that_changes_meanwhile_is_noticed(team: Curtsy, there: str, change: str) -> None:
    changed: list[str] = []

    def told(doing: str, table: str, _rows: int) -> None:
        if table == "tasks" and not changed:
            changed.append(doing)
            with opened(team.database) as other:
                other.run_now(lambda store, _now: store.rows.one(change, {}))

    with opened(team.database) as source:
        fill(source, 10, **WHOSE)
    with opened(team.database) as source, opened(there) as target, pytest.raises(CannotOpen, match="has changed"):
        copy(source, target, lambda _rows: None, told)
    assert changed == ["copy"]


def test_what_cannot_be_copied_is_refused(team: Curtsy, there: str, tmp_path: Path) -> None:
    nothing = f"sqlite:{tmp_path / 'nothing.db'}"
    assert "no database" in team.refused("copy", "--from", nothing, "--to", there)["error"]
    assert not (tmp_path / "nothing.db").exists()
    assert "backup" in team.refused("copy", "--from", team.database, "--to", nothing)["error"]
    team.json("team", "create", "Other", "--admin", ADMIN, "--database", there)
    assert "not empty" in team.refused("copy", "--from", team.database, "--to", there)["error"]
    assert team("copy", "--from", team.database).code == 2


def test_no_server_may_run_on_either(team: Curtsy, there: str) -> None:
    team.json("team", "create", "Acme", "--admin", ADMIN, "--database", there)
    target = f"sqlite:{team.folder / 'target.db'}"
    with listening(team, "serve", "--port", "0", "--database", there) as (server, _):
        assert "server runs" in team.refused("copy", "--from", there, "--to", target)["error"]
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=PATIENCE_S)
    with opened(there) as source:
        source.hold_alone()
        assert team.refused("serve", "--port", "0", "--database", there)["code"] == "try_again"
    with psycopg.connect(there):  # a stranger, who does no harm
        assert team.json("copy", "--from", there, "--to", target)["tables"]["teams"] == 1
