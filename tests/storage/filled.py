"""A database with very many finished tasks of one team, one member and one LinkedIn account, and some that are open."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from curtsy.domain.task import TERMINAL, TaskState
from curtsy.storage.database import Database
from curtsy.storage.rows import Value
from curtsy.storage.store import Store

DAY_MS = 86_400_000
AGO_MS = 40 * DAY_MS
SLICE = 2_000

TASK = (
    "INSERT INTO tasks (id, team_id, member_id, kind, state, profile_key, profile_urn, note, holds_person, created_at, "
    "updated_at, not_before, expires_at, started_at, finished_at, attempts, acts, output) VALUES (:id, :team, :member, "
    "'send_connection_request', :state, :key, :urn, 'Hello', :holds, :at, :at, :at, :expires, :at, :at, 1, 1, '{}')"
)
ATTEMPT = (
    "INSERT INTO attempts (lease_id, task_id, member_id, agent_id, account, purpose, leased_at, started_at, "
    "finished_at, outcome, state_after, spent) VALUES (:lease, :id, :member, :agent, :account, 'act', :at, :at, :at, "
    "'sent', :state, 1)"
)
EVIDENCE = "INSERT INTO evidence (task_id, lease_id, at, source, body) VALUES (:id, :lease, :at, 'act', '{}')"
EVENT = (
    "INSERT INTO events (id, team_id, type, task_id, member_id, at, data) "
    "VALUES (:event, :team, 'task.completed', :id, :member, :at, '{}')"
)

MESSAGE = (
    "INSERT INTO webhook_messages (id, endpoint_id, type, event_id, body, created_at, tries, delivered_at) "
    "VALUES (:message, :endpoint, 'task.completed', :event, '{}', :at, 1, :at)"
)
DELIVERY = (
    "INSERT INTO webhook_deliveries (id, endpoint_id, message_id, try, at, took_ms, request, status, next) "
    "VALUES (:delivery, :endpoint, :message, 1, :at, 1, '{}', 200, 'delivered')"
)


def finished(
    store: Store, now: int, count: int, *, team: str, member: str, agent: str, account: str
) -> Iterator[dict[str, Value]]:
    """Yields what makes up tasks that ended some forty days ago; completed ones, and one in five that is not."""
    ends = sorted(TERMINAL - {TaskState.COMPLETED})
    for n in range(count):
        state = ends[n % len(ends)] if n % 5 == 0 else TaskState.COMPLETED
        task = store.new_id()
        yield {
            "id": task,
            "team": team,
            "member": member,
            "agent": agent,
            "account": account,
            "state": state,
            "key": f"ACoAA{task}",
            "urn": f"urn:li:fsd_profile:ACoAA{task}",
            "holds": int(state is TaskState.COMPLETED),
            "at": now - AGO_MS + n,
            "expires": now + DAY_MS,
            "lease": store.new_id(),
            "event": store.new_id(),
        }


def fill(database: Database, count: int, **whose: str) -> None:
    """Put that many finished tasks into the database, each with an attempt, evidence and an event."""

    def put(store: Store, now: int, some: int) -> None:
        rows = list(finished(store, now, some, **whose))
        for sql in (TASK, ATTEMPT, EVIDENCE, EVENT):
            given = {name for name in rows[0] if f":{name}" in sql}
            store.rows.many(sql, [{name: row[name] for name in given} for row in rows])

    for begun in range(0, count, SLICE):
        database.run_now(put, min(SLICE, count - begun))


def fill_told(database: Database, count: int, endpoint: str) -> None:
    """Put that many messages into the database which an endpoint of webhooks took in some forty days ago."""

    def put(store: Store, now: int, some: int) -> None:
        rows: list[dict[str, Value]] = [
            {"message": store.new_id(), "delivery": store.new_id(), "event": store.new_id(), "endpoint": endpoint,
             "at": now - AGO_MS + n}
            for n in range(some)
        ]  # fmt: skip
        for sql in (MESSAGE, DELIVERY):
            given = {name for name in rows[0] if f":{name}" in sql}
            store.rows.many(sql, [{name: row[name] for name in given} for row in rows])

    for begun in range(0, count, SLICE):
        database.run_now(put, min(SLICE, count - begun))


def settle(address: str, database: Database) -> None:
    """Do what a database does by itself in time: learn how its tables are filled, and note which pages are at rest."""
    if database.kind == "postgresql":
        with psycopg.connect(address, autocommit=True) as session:
            session.execute("VACUUM ANALYZE")
    else:
        database.run_now(lambda store, _now: store.rows.one("ANALYZE", {}))
