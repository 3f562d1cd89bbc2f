"""Beside very many finished tasks every hot question is answered from an index on what is open, or by a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw
import pytest

from curtsy.domain.agent import Agent
from curtsy.domain.outcome import Relation
from curtsy.domain.profile import parse_profile
from curtsy.domain.task import LEASE_MS, STARTED_MS, Kind, TaskState, states_of
from curtsy.service import telling, webhooks
from curtsy.service.acceptance import plan
from curtsy.service.approvals import MOST_SHOWN, decide, waiting
from curtsy.service.consent import allow, history
from curtsy.service.dispatch import Beat, Work, lease, look, release
from curtsy.service.events import end, read, read_on
from curtsy.service.gate import Ask
from curtsy.service.idempotency import Once
from curtsy.service.intake import Accepted, accept_many, cancel
from curtsy.service.listing import changed, newest
from curtsy.service.pairing import Paired, make_code, pair
from curtsy.service.reports import finish
from curtsy.service.retention import prune
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import Intent, start
from curtsy.service.status import ended_of, status
from curtsy.service.upkeep import upkeep
from curtsy.storage.database import Database
from curtsy.storage.store import Store
from curtsy.storage.store.lists import Wanted
from curtsy.storage.store.messages import Message
from curtsy.storage.store.webhooks import Endpoint
from tests.harness.house import House, found
from tests.storage.filled import fill, fill_told, settle
from tests.storage.plans import GROWING, MOST_ROWS, Watched

T = TypeVar("T")
P = ParamSpec("P")

FINISHED = 20_000
STEPS_A_ROW = 20
"""SQLite takes about so many steps of its machine for a row that it looks at."""
ME = "urn:li:fsd_profile:ACoAAsender"
NOTHING = Evidence()
BEAT = Beat("boot", "0.1.0", ME, False)


@dataclass(frozen=True, slots=True)
class Desks:
    """A bare database, as the harness founds a house on it."""

    database: Database

    def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self.database.run_now(desk, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class Town:
    """A team whose only member has a browser, and very many tasks behind them."""

    database: Database
    house: House
    agent: Agent


@pytest.fixture
def steps() -> Iterator[list[tuple[int, str]]]:
    """What each statement cost SQLite."""
    taken: list[tuple[int, str]] = []
    before: dict[str, int] = {}

    def note(event: dict[str, Any]) -> None:
        # A statement that is kept goes on counting.
        sql, count = event["sql"], event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]
        taken.append((count - before.get(sql, 0) if count >= before.get(sql, 0) else count, sql))
        before[sql] = count

    def watch(connection: apsw.Connection) -> None:
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, note)

    apsw.connection_hooks.append(watch)
    yield taken
    apsw.connection_hooks.remove(watch)


@pytest.fixture
def town(steps: list[tuple[int, str]], address: str, database: Database) -> Town:
    desks = Desks(database)
    house = found(desks)
    code = desks.run(make_code, house.team_id, house.admin.id).code
    paired = desks.run(
        pair, code=code, installation_id="here", browser="Chrome", version="0.1.0", linkedin_urn=ME, linkedin_name="Ada"
    )
    assert isinstance(paired, Paired)
    agent = paired.agent
    whose = {"team": house.team_id, "member": house.admin.id, "agent": agent.id, "account": agent.account}
    fill(database, FINISHED, **whose)
    fill_told(database, FINISHED, "endpoint")
    desks.run(endpoint, house.team_id)
    settle(address, database)
    return Town(database, house, agent)


class Story:
    """What callers and a browser do, told to a watched store."""

    def __init__(self, store: Store, now: int, town: Town) -> None:
        self.store, self.now, self.agent, self.team = store, now, town.agent, town.house.team_id

    def ask(self, *people: str, kind: Kind = Kind.INVITE, once: str | None = None) -> list[str]:
        """Ask for people; the ids of their tasks."""
        asks = []
        for person in people:
            profile = parse_profile(person)
            assert profile is not None
            asks.append(Ask(self.team, kind, profile, once=Once(once, "print") if once else None))
        answers = accept_many(self.store, self.now, asks)
        assert all(isinstance(answer, Accepted) for answer in answers), answers
        return [answer.task_id for answer in answers if isinstance(answer, Accepted)]

    def take(self) -> Work:
        """Lease what is next."""
        assert look(self.store, self.now, self.agent, BEAT) is None
        work = lease(self.store, self.now, self.agent.id, BEAT)
        assert isinstance(work, Work), work
        return work

    def act(self, work: Work) -> None:
        urn = f"urn:li:fsd_profile:ACoAA{work.task.id}"
        intent = Intent(work.lease_id, "boot", ME, work.task.profile_urn or urn, Relation.NONE, 100)
        assert isinstance(start(self.store, self.now, self.agent, work.task.id, intent), int)

    def report(self, work: Work, outcome: str, seen: Evidence = NOTHING) -> str:
        said = finish(
            self.store, self.now, self.agent, work.task.id, Report(work.lease_id, "boot", outcome, None, seen)
        )
        assert isinstance(said, TaskState), said
        return said

    def look_what_became_of_them(self, member_id: str) -> None:
        """A look at what waits, with somebody whom the member invited by hand, and those who ask for looks."""
        self.store.invitations.look_at(member_id, self.now)
        assert plan(self.store, self.now, 200) == 1
        work = lease(self.store, self.now, self.agent.id, replace(BEAT, kinds=(Kind.CHECK_INVITATIONS,)))
        assert isinstance(work, Work), work
        assert newest(self.store, self.now, self.team, Wanted(kind=Kind.CHECK_INVITATIONS), None, 20).tasks
        found = {"connected": [], "pending": [{"profile": "ACoAAbyhand", "ms_ago": 1}], "complete": True}
        report = Report(work.lease_id, "boot", "completed", json.dumps(found), NOTHING)
        assert finish(self.store, self.now, self.agent, work.task.id, report) == "completed"

    def ask_the_member(self, member_id: str) -> None:
        """The member is asked first: who it is, yes and no, and what was done before."""
        allow(self.store, self.now, member_id, {"approve_first": True, "own_day": 50, "own_week": 200})
        asking = replace(BEAT, kinds=(Kind.INVITE, Kind.READ_PERSON))
        assert look(self.store, self.now, self.agent, asking) is None
        work = lease(self.store, self.now, self.agent.id, asking)
        assert isinstance(work, Work), work
        assert work.task.kind is Kind.READ_PERSON
        report = Report(work.lease_id, "boot", "completed", '{"name": "Ada"}', NOTHING)
        assert finish(self.store, self.now, self.agent, work.task.id, report) == "completed"
        (first, second, *_), total = waiting(self.store, self.now, member_id)
        assert total > MOST_SHOWN
        status(self.store, self.now, self.team, second.task.id)
        assert decide(self.store, self.now, member_id, first.task.id, False) == "failed"
        assert decide(self.store, self.now, member_id, second.task.id, True) == "queued"
        status(self.store, self.now, self.team, second.task.id)
        assert history(self.store, self.now, self.agent)
        allow(self.store, self.now, member_id, {"approve_first": False})


def tell(store: Store, now: int, town: Town) -> None:
    """A day of a team: asked, asked again, read, sent, released, in doubt, looked at, given up, cancelled, listed."""
    story = Story(store, now, town)
    story.ask("reader", kind=Kind.FETCH_PROFILE)
    tasks = story.ask(*(f"person-{n}" for n in range(60)))
    assert story.ask("person-0", once="a key") == story.ask("person-0", once="a key") == tasks[:1]
    assert story.report(story.take(), "completed") == "completed"
    story.act(work := story.take())
    assert story.report(work, "sent", Evidence(invitation_urn="urn:li:fsd_invitation:1")) == "completed"
    story.look_what_became_of_them(town.house.admin.id)
    story.ask_the_member(town.house.admin.id)
    assert release(store, now, town.agent, (given := story.take()).task.id, given.lease_id) == "queued"
    story.act(work := story.take())
    assert story.report(work, "unknown", Evidence(acted=True)) == "unconfirmed"
    assert (second := story.take()).purpose == "verify"
    assert story.report(second, "absent", Evidence(tab_closed=True)) == "unconfirmed"
    story.act(story.take())
    upkeep(store, now + STARTED_MS + LEASE_MS)
    cancel(store, now, story.team, tasks[-1])
    for task in (tasks[0], work.task.id, tasks[-2]):
        status(store, now, story.team, task)
    store.tasks.counts(story.team)
    read(store, now, story.team, None, 100)
    read_on(store, now, story.team, end(store, now, story.team), 100)
    read_on(store, now, story.team, None, 100, ("task.failed", "agent.online"))
    ended_of(store, now, tasks)
    bring(store, now, story.team)
    prune(store, now, 30)


def bring(store: Store, now: int, team_id: str) -> None:
    """What the day brings to an endpoint of webhooks: put in line, taken, taken in or not, listed, sent once more."""
    for _ in range(3):  # what has just happened PostgreSQL shows to nobody before the end of this transaction
        webhooks.send_test(store, now, team_id, "endpoint", "{}")
    store.webhooks.busy(now)
    seen: dict[str, Message] = {}
    while (told := telling.news(store, now, "endpoint")) and not told.nothing:
        taken = telling.take(store, now, told, [telling.Line(event, "{}") for event in told.events], 16)
        assert taken is not None
        seen |= {message.id: message for message in taken[1]}
        answers = [
            (message, telling.Try(now, 1, {}, status=200 if n % 2 else 500)) for n, message in enumerate(taken[1])
        ]
        telling.keep(store, now, answers)
    tried = webhooks.deliveries(store, now, team_id, "endpoint", None, 20)
    webhooks.deliveries(store, now, team_id, "endpoint", tried[-1].id, 20)
    webhooks.replay(store, now, team_id, "endpoint", tried[0].id)
    webhooks.replay_made(store, now, team_id, "endpoint", (now - 1, "g"), now + 1)
    assert len(seen) >= 3
    telling.let_go(store, now)


def endpoint(store: Store, now: int, team_id: str) -> None:
    """Somebody who was told everything until now."""
    txid, n = store.events.last(team_id)
    told = (None, None, txid, n, now, None, None, None, None, None)
    store.webhooks.add(Endpoint("endpoint", team_id, "https://example.com", None, "thin", "sealed", *told))


def every_list(store: Store, now: int, town: Town) -> None:
    """Every way to ask for tasks, from the newest on and from the middle."""
    Story(store, now, town).ask(*(f"person-{n}" for n in range(60)))
    team, member = town.house.team_id, town.house.admin.id
    for states in ((), (TaskState.QUEUED,), (TaskState.NEEDS_REVIEW,), (TaskState.COMPLETED,), states_of("failed")):
        for kind in (None, Kind.INVITE, Kind.FETCH_PROFILE):
            for who in (None, member, "a colleague who sent nothing"):
                for word in (None, ("list", "one")):
                    wanted = Wanted(states, kind, who, word)
                    for limit in (20, 100):  # less than what waits, and more
                        first = newest(store, now, team, wanted, None, limit)
                        newest(store, now, team, wanted, first.cursor or store.new_id(), limit)
                        changed(store, now, team, wanted, now - 1_000, None, limit)


def watched(
    store: Store, now: int, town: Town, day: Callable[[Store, int, Town], None], without: tuple[str, ...] = ()
) -> Watched:
    """Tell a day to a database, without some of its indexes."""
    for index in without:
        store.rows.one(f"DROP INDEX {index}", {})
    rows = Watched(store.rows, town.database.kind)
    day(Store(rows), now, town)
    return rows


def test_no_statement_walks_through_what_is_finished(town: Town, steps: list[tuple[int, str]]) -> None:
    steps.clear()
    told = town.database.run_now(watched, town, tell)
    assert len(told.asked) > 40
    assert not told.faults, "\n".join(told.faults)
    assert not [(taken, sql) for taken, sql in steps if taken > MOST_ROWS * STEPS_A_ROW]


def test_no_list_walks_through_what_is_finished(town: Town, steps: list[tuple[int, str]]) -> None:
    steps.clear()
    told = town.database.run_now(watched, town, every_list)
    assert not told.faults, "\n".join(told.faults)
    assert not [(taken, sql) for taken, sql in steps if taken > MOST_ROWS * STEPS_A_ROW]


def test_a_walk_is_noticed(town: Town) -> None:
    missing = ("tasks_queue", "tasks_doubted", "tasks_in_doubt", "attempts_spent", "evidence_of_task")
    told = town.database.run_now(watched, town, tell, missing)
    assert {table for table in GROWING for fault in told.faults if table in fault.partition(":")[0]} >= {
        *("tasks", "attempts", "evidence")
    }
