"""Curtsy itself under load: a furnished database, and `curtsy serve` on the server's core."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.pinned import SERVER_CORE, NotMeasured, free_port, running, wait_for
from curtsy.clock import system_clock
from curtsy.domain.member import Role
from curtsy.service import access, pairing, teams
from curtsy.service.access import Scope
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store

VERSION = "0.1.0"
INVITE, STATUS, CANCEL = (
    f"/linkedin-agent/{verb}" for verb in ("send-connection-request", "get-task-status", "cancel-task")
)


@dataclass(frozen=True, slots=True)
class Paired:
    """A member and the browser that is paired to them."""

    email: str
    token: str
    account: str


@dataclass(frozen=True, slots=True)
class Furnished:
    """A team in a database: its id, its key, and its members, the admin first, each with a browser."""

    team_id: str
    key: str
    members: list[Paired]


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that listens."""

    pid: int
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


def furnish(address: str, members: int = 1) -> Furnished:
    """Lay the tables in a new database and found a team; every member has an active browser."""
    with closing(open_database(address, clock=system_clock)) as database:
        migrate(database)
        return database.run_now(_found, members)


def tasks(address: str) -> int:
    """How many tasks a database holds."""
    with closing(open_database(address, clock=system_clock)) as database:
        return database.run_now(_count)


def _count(store: Store, _now: int) -> int:
    row = store.rows.one("SELECT count(*) FROM tasks", {})
    assert row is not None
    return int(row[0])


def _found(store: Store, now: int, members: int) -> Furnished:
    team_id, admin = teams.found(store, now, "Bench", "member-0@example.com")
    paired = [_pair(store, now, team_id, admin.id, 0)]
    for number in range(1, members):
        member = teams.join(store, now, team_id, f"member-{number}@example.com", Role.MEMBER)
        paired.append(_pair(store, now, team_id, member.id, number))
    return Furnished(team_id, access.create_key(store, now, team_id, Scope.INVITE).secret, paired)


def _pair(store: Store, now: int, team_id: str, member_id: str, number: int) -> Paired:
    account = f"urn:li:fsd_profile:ACoAABench{number:08d}"
    code = pairing.make_code(store, now, team_id, member_id)
    made = pairing.pair(
        store,
        now,
        code=code.code,
        installation_id=f"bench-{number}",
        browser="none",
        version=VERSION,
        linkedin_urn=account,
        linkedin_name="Bench",
    )
    assert isinstance(made, pairing.Paired)  # a new code, for an account nobody has
    return Paired(f"member-{number}@example.com", made.token, account)


@contextmanager
def serving(address: str, folder: Path) -> Iterator[Serving]:
    """`curtsy serve` as it ships, on a database that is there."""
    port = free_port()
    log = folder / f"serve-{port}.log"
    command = [sys.executable, "-m", "curtsy", "serve", "--json", "--port", str(port), "--database", address]
    with running(command, core=SERVER_CORE, log=log) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said:
            raise NotMeasured(f"curtsy serve did not start: {log.read_text()[-2000:]}")
        yield Serving(process.pid, json.loads(said)["listening"])


@contextmanager
def answering_unstored(path: Path, folder: Path) -> Iterator[Serving]:
    """The same stack on a database that is there, with the storing and the looking up left out."""
    port, log = free_port(), folder / "unstored.log"
    command = [sys.executable, "-m", "bench.unstored", str(path), str(port)]
    with running(command, core=SERVER_CORE, log=log) as process:
        wait_for(process, port, log)
        yield Serving(process.pid, f"http://127.0.0.1:{port}")
