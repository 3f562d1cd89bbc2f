"""The model and the real desks agree: shortest ways to everything the model can reach, and strolls by chance.

After every step the task in the database has the state, the holder, the acts and the times the model says it has.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from curtsy.domain.agent import Agent
from curtsy.domain.errors import Refusal
from curtsy.domain.outcome import Relation
from curtsy.domain.profile import parse_profile
from curtsy.domain.task import Kind, Task
from curtsy.service import dispatch, intake, pairing, reports, teams
from curtsy.service import start as gate
from curtsy.service.dispatch import Beat
from curtsy.service.gate import Ask
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import Intent
from curtsy.service.upkeep import upkeep
from curtsy.storage.database import Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from tests.faults.walk import protocol
from tests.faults.walk.protocol import TICK_MS, Mail, Rules
from tests.faults.walk.walker import BEGINNING, said, stroll, walk
from tests.faults.walk.world import Step, World, steps
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.sky import urn_of

ACCOUNT, PERSON = urn_of("walker"), urn_of("person")
STROLLS, LONGEST = 25, 90


class Desks:
    """The real rooms, with one task and two browsers of one member."""

    def __init__(self, folder: Path, requeues: bool) -> None:
        self.clock = MovableClock(stands=True)
        self.database: Database = open_database(f"sqlite:{folder / 'curtsy.db'}", clock=self.clock)
        migrate(self.database)
        run = self.database.run_now
        team, member = run(teams.found, "Walk", "ada@example.com")
        run(teams.set_pace, team, member.id, 50, 200, (0, 0))
        run(lambda store, _now: store.teams.set_absence_requeues(team, requeues))
        self.agents: list[Agent] = [self._pair(team, member.id, name) for name in "ab"]
        profile = parse_profile(PERSON)
        assert profile is not None
        (made,) = run(intake.accept_many, [Ask(team, Kind.INVITE, profile)])
        assert not isinstance(made, Refusal)
        self.task_id = made.task_id
        self.leases: dict[int, str] = {}

    def _pair(self, team: str, member: str, name: str) -> Agent:
        code = self.database.run_now(pairing.make_code, team, member).code

        def pair(store: Store, now: int) -> Agent:
            paired = pairing.pair(
                store, now, code=code, installation_id=name * 16, browser="Walk", version="0.1.0",
                linkedin_urn=ACCOUNT, linkedin_name="W",
            )  # fmt: skip
            assert not isinstance(paired, Refusal)
            return paired.agent

        return self.database.run_now(pair)

    def task(self) -> Task:
        """The row."""
        found = self.database.run_now(lambda store, _now: store.tasks.get(self.task_id))
        assert found is not None
        return found

    def take(self, before: World, step: Step, after: World) -> None:
        """Do for real what the model did."""
        name, who = step
        if name.startswith("a quarter"):
            self.clock.jump(TICK_MS)
            while self.database.run_now(upkeep):
                pass
        elif name == "asks for work":
            self._ask(who, before, after)
        elif name == "has start answered":
            script = before.browsers[who].script
            assert script is not None
            told = after.browsers[who].script
            left = self._start(who, before.browsers[who].run, script.lease, script.pending)
            assert left == (None if told is None else told.left * TICK_MS)
        elif name == "has a stray start heard":
            stray = before.browsers[who].stray
            assert stray is not None
            self._start(who, stray.run, stray.lease, stray.pending)
        elif name == "is heard":
            mail = before.browsers[who].mail
            assert mail is not None
            for _ in range(1 + self._twice(mail)):
                self._finish(who, mail)

    @staticmethod
    def _twice(mail: Mail) -> bool:
        """A repeated report changes nothing; every other lease has its reports repeated."""
        return bool(mail.lease % 2)

    def _ask(self, who: int, before: World, after: World) -> None:
        browser = before.browsers[who]
        beat = Beat(f"{who}-{browser.run}", "0.1.0", ACCOUNT, paused=False)
        given = self.database.run_now(dispatch.lease, self.agents[who].id, beat)
        assert isinstance(given, dispatch.Work), given
        assert (given.purpose == "verify") == after.task.look_only
        self.leases[after.task.lease] = given.lease_id

    def _start(self, who: int, run: int, lease: int, pending: bool) -> int | None:
        relation = Relation.PENDING_OUT if pending else Relation.NONE
        intent = Intent(self.leases[lease], f"{who}-{run}", ACCOUNT, PERSON, relation, 0)
        answer = self.database.run_now(gate.start, self.agents[who], self.task_id, intent)
        return None if isinstance(answer, Refusal) else answer

    def _finish(self, who: int, mail: Mail) -> None:
        outcome, evidence = {
            "present": ("pending", Evidence(invitation_sent_ms_ago=0, message_equal=True)),
            "absent": ("absent", Evidence(tab_closed=mail.closed)),
            "sent": ("sent", Evidence(invitation_urn="urn:li:fsd_invitation:1", acted=True)),
            "unknown": ("unknown", Evidence(acted=True)),
            "not_attempted": ("not_attempted", Evidence()),
        }[mail.word]
        report = Report(self.leases[mail.lease], f"{who}-{mail.run}", outcome, None, evidence)
        self.database.run_now(reports.finish, self.agents[who], self.task_id, report)

    def agree(self, model: protocol.Task) -> None:
        """The row and the model say the same."""
        row, now = self.task(), self.clock()
        holder = next((n for n, agent in enumerate(self.agents) if agent.id == row.lease_agent), -1)
        assert (row.state, holder, row.acts) == (model.state, model.holder, model.acts)
        assert row.lease_id == self.leases.get(model.lease)
        assert max(0, (row.lease_until or now) - now) == model.left * TICK_MS
        if model.state == "unconfirmed":
            assert row.act_lease == self.leases[model.act_lease]
            assert (row.absent_at is None) == (model.absent < 0)
            if not model.lease:
                assert max(0, -(-((row.look_at or 0) - now) // TICK_MS)) == model.look

    def close(self) -> None:
        self.database.close()


def replay(folder: Path, rules: Rules, way: list[tuple[Step, World]]) -> None:
    """Take the way in both, side by side."""
    desks = Desks(folder, rules.requeues)
    before, taken = BEGINNING, []
    try:
        for step, after in way:
            taken.append(said(step))
            desks.take(before, step, after)
            try:
                desks.agree(after.task)
            except AssertionError as error:
                story = "\n".join(taken)
                raise AssertionError(f"model and desks differ after:\n{story}\n{error}") from error
            before = after
    finally:
        desks.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


def shortest_ways(rules: Rules, most: int) -> list[list[tuple[Step, World]]]:
    """A shortest way to the first ``most`` different pairs of a task's state and a step taken there."""
    ways: list[list[tuple[Step, World]]] = []
    seen: set[object] = set()
    level: list[list[tuple[Step, World]]] = [[]]
    known: set[object] = set()
    while level and len(ways) < most:
        following = []
        for way in level:
            world = way[-1][1] if way else BEGINNING
            for step, after in steps(world, rules):
                task = after.task
                mark = (
                    step[0],
                    world.task.state,
                    task.state,
                    task.look_only,
                    task.absent >= 0,
                    task.acts,
                    task.elsewhere,
                )
                if mark not in seen:
                    seen.add(mark)
                    ways.append([*way, (step, after)])
                if after not in known:
                    known.add(after)
                    following.append([*way, (step, after)])
        # Only some of the ways go on, or they would be too many; which ones is always the same.
        level = following[:: max(1, len(following) // 400)]
    return ways


def way_to(rules: Rules, goal: Callable[[World], bool]) -> list[tuple[Step, World]]:
    """A shortest way to a moment, with browsers that live."""
    calm = replace(rules, most_deaths=0, attempts=3)
    way: list[tuple[Step, World]] = []
    for wanted in walk(calm, goal).story or ():
        before = way[-1][1] if way else BEGINNING
        way.append(next((step, after) for step, after in steps(before, calm) if step == wanted))
    assert way
    assert goal(way[-1][1])
    return way


@pytest.mark.parametrize("requeues", [False, True])
def test_the_shortest_ways_are_the_same_for_real(folder: Path, requeues: bool) -> None:
    rules = Rules(requeues=requeues, attempts=LONGEST)
    ways = shortest_ways(rules, 80)
    assert len(ways) > 40
    ways.append(way_to(rules, lambda world: world.acts > 1 if requeues else world.task.state == "needs_review"))
    for number, way in enumerate(ways):
        (folder / str(number)).mkdir()
        replay(folder / str(number), rules, way)


@pytest.mark.parametrize("requeues", [False, True])
def test_strolls_are_the_same_for_real(folder: Path, requeues: bool) -> None:
    rules = Rules(requeues=requeues, attempts=LONGEST)
    drawn = secrets.randbits(32)
    reached = set()
    for number in range(STROLLS):
        # Every other one is the same each time, so that how far they lead does not hang on chance.
        seed = drawn if number % 2 else 7
        way = stroll(rules, random.Random(f"{seed}-{number}"), LONGEST)
        if seed == 7:
            reached |= {world.task.state for _, world in way}
        (folder / str(number)).mkdir()
        try:
            replay(folder / str(number), rules, way)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, stroll {number}: {error}") from error
    assert {"queued", "leased", "started", "unconfirmed"} <= reached
