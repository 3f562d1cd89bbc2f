"""Years of finished tasks, laid into a database by a few large statements: each with its attempt, evidence and events.

The same words for both databases but for numbers in hex and for counting.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import apsw

from bench.pinned import NotMeasured
from bench.postgres import Postgres
from bench.rounds import say
from curtsy.clock import system_clock

MEMBERS = 1000
"""Ten thousand tasks each: a year at the fastest pace there is."""
DAY_MS = 86_400_000
FIRST_MS, LAST_MS = 400 * DAY_MS, 8 * DAY_MS
"""So long ago the first and the last of them happened: none of it counts in a member's week."""
BYTES_A_TASK = 3000
"""What a task takes on disk with all that belongs to it and its indexes, on the larger of the two."""
SETTINGS = {"wal_level": "minimal", "max_wal_senders": "0"}
"""With these PostgreSQL need not write twice what a filling transaction lays into emptied tables."""
FULL = ("tasks", "attempts", "evidence", "events")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a database counts to ``rows``, and writes a number in hex with leading zeros."""

    numbers: Callable[[int], str]
    hex: Callable[[str, int], str]


SQLITE = Dialect(
    lambda rows: f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n)",
    lambda number, digits: f"printf('%0{digits}x', {number})",
)
POSTGRESQL = Dialect(
    lambda rows: f"(SELECT i FROM generate_series(1, {rows}::bigint) AS numbers(i))",
    lambda number, digits: f"lpad(to_hex({number}), {digits}, '0')",
)


def require_room(rows: int) -> None:
    """Raise NotMeasured when the disk of temporary files has too little room."""
    needed, free = rows * BYTES_A_TASK, shutil.disk_usage(tempfile.gettempdir()).free
    if free < needed:
        raise NotMeasured(
            f"{rows} tasks take {needed / 1e9:.0f} GB in {tempfile.gettempdir()}, and {free / 1e9:.0f} GB are free: "
            "name a larger disk with TMPDIR, or fewer tasks with ROWS"
        )


def fill_sqlite(path: Path, rows: int) -> None:
    """Lay the history into a furnished database that nobody has open."""
    with closing(apsw.Connection(str(path))) as connection:
        # Only for the filling: nothing of it is measured, and what is cut short is thrown away.
        for setting in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {setting}")
        places = ", ".join(f"'{table}'" for table in FULL)
        indexes = connection.execute(
            f"SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({places})"
        ).fetchall()
        for statement in _all(SQLITE, rows, [(str(name), str(sql)) for name, sql in indexes]):
            began = monotonic()
            connection.execute(statement)
            _told(statement, began)


def fill_postgresql(database: Postgres, name: str, rows: int) -> None:
    """Lay the history into a furnished database."""
    places = ", ".join(f"'{table}'" for table in FULL)
    listed = database.tell(
        name,
        f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ({places}) "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
    )
    indexes = [(index, sql) for index, _, sql in (line.partition("|") for line in listed.splitlines())]
    began = monotonic()
    filling = ";\n".join(_all(POSTGRESQL, rows, indexes))
    # In the transaction that empties a table its rows need no log; the commit writes them to disk all the same.
    database.tell(name, f"BEGIN; TRUNCATE {', '.join(FULL)}; {filling}; COMMIT", "VACUUM ANALYZE", "CHECKPOINT")
    _told(f"filling {name}", began)


def _told(what: str, began: float) -> None:
    if monotonic() - began > 1:
        say(f"    {' '.join(what.split()[:3])}: {monotonic() - began:.0f} s")


def _all(dialect: Dialect, rows: int, indexes: Sequence[tuple[str, str]]) -> list[str]:
    """Every statement in its order; indexes are made after the rows, which is many times faster."""
    drops = [f"DROP INDEX {name}" for name, _ in indexes]
    return [*drops, *_people(), *_rows(dialect, rows), "DROP TABLE people", *(sql for _, sql in indexes)]


def _people() -> list[str]:
    """The members by number, as `furnish` named them."""
    number = "CAST(replace(replace(members.email, 'member-', ''), '@example.com', '') AS INTEGER)"
    return [
        "CREATE TEMPORARY TABLE people (number INTEGER PRIMARY KEY, team TEXT, member TEXT, agent TEXT, account TEXT, "
        "installation TEXT)",
        f"INSERT INTO people SELECT {number}, members.team_id, members.id, agents.id, agents.account, "
        "agents.installation_id FROM members JOIN agents ON agents.member_id = members.id",
    ]


def _rows(dialect: Dialect, rows: int) -> list[str]:
    first, step = system_clock() - FIRST_MS, (FIRST_MS - LAST_MS) // rows
    at = f"(SELECT i, {first} + i * {step} AS at FROM {dialect.numbers(rows)} AS numbers LIMIT {rows}) AS moments"

    def source(**columns: str) -> str:
        """What each number stands for, worked out once (a subquery with a limit stays one), and whose it is."""
        more = "".join(f", {made} AS {name}" for name, made in columns.items())
        each = f"(SELECT i, at{more} FROM {at} LIMIT {rows}) AS n"
        return f"FROM {each} JOIN people AS p ON p.number = n.i % {MEMBERS}"

    def new_id(kind: int) -> str:
        """A UUID of version 7 of that moment, another for each kind."""
        high, low, rest = dialect.hex("at / 65536", 8), dialect.hex("at % 65536", 4), dialect.hex("i", 12)
        return f"{high} || '-' || {low} || '-7{kind:03x}-8000-' || {rest}"

    task, lease, created, completed = (new_id(kind) for kind in range(4))
    person = f"'ACoAAPast' || {dialect.hex('i', 12)}"
    sent = "'urn:li:fsd_invitation:' || (7000000000000000000 + i)"
    seen = """'{"before": "none", "after": "pending_out", "http_status": 200, "invitation_urn": "' || """
    body = f"""{seen}{sent} || '"}}'"""
    output = f"""'{{"sent": true, "invitation_urn": "' || {sent} || '"}}'"""
    queued, done = (f"""'{{"state": "{state}"}}'""" for state in ("queued", "completed"))
    events = "INSERT INTO events (id, team_id, type, task_id, member_id, at, data)"
    urn = "'urn:li:fsd_profile:' || person"
    return [
        "INSERT INTO tasks (id, team_id, member_id, kind, state, profile_key, profile_urn, note, holds_person, "
        "created_at, updated_at, not_before, expires_at, started_at, finished_at, attempts, acts, act_lease, act_boot, "
        "act_installation, act_agent, doubt_since, output, resolved_urn) "
        f"SELECT task, p.team, p.member, 'send_connection_request', 'completed', person, {urn}, "
        "'Hello, I liked your talk.', 1, at, at + 3000, at, at + 2592000000, at + 2000, at + 3000, 1, 1, "
        f"lease, 'bench', p.installation, p.agent, at + 2000, {output}, {urn} "
        + source(task=task, lease=lease, person=person),
        "INSERT INTO attempts (lease_id, task_id, member_id, agent_id, account, purpose, leased_at, started_at, "
        "finished_at, outcome, state_after, spent) "
        "SELECT lease, task, p.member, p.agent, p.account, 'act', at + 1000, at + 2000, at + 3000, 'sent', "
        "'completed', 1 " + source(task=task, lease=lease),
        "INSERT INTO evidence (task_id, lease_id, at, source, body) "
        f"SELECT task, lease, at + 3000, 'act', {body} " + source(task=task, lease=lease),
        f"{events} SELECT event, p.team, 'task.created', task, p.member, at, {queued} "
        + source(task=task, event=created),
        f"{events} SELECT event, p.team, 'task.completed', task, p.member, at + 3000, {done} "
        + source(task=task, event=completed),
    ]
