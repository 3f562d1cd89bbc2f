"""A simulated quarter: the real rooms of a server, its members with their browsers, LinkedIn, and a noisy caller."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random

from curtsy.domain.hours import read_hours
from curtsy.domain.member import Role
from curtsy.service import access, dispatch, pairing, teams
from curtsy.service.upkeep import upkeep
from curtsy.twin.people import on_demand_id
from tests.faults.quarter.bounds import Hours
from tests.faults.quarter.browser import Browser
from tests.faults.quarter.caller import Caller
from tests.faults.quarter.ending import Ending
from tests.faults.quarter.feed import Feed
from tests.faults.quarter.foresight import Foresight
from tests.faults.quarter.front import Front
from tests.faults.quarter.judge import Judge, TooMany
from tests.faults.quarter.leaping import Sun, run
from tests.faults.quarter.life import Life
from tests.faults.quarter.linkedin import LinkedIn
from tests.faults.quarter.people import DAY, SECOND, Office, Sender, Team
from tests.faults.quarter.rules import TICK

BEGINS = 1_788_739_200_000
"""Monday, 7 September 2026, 0:00 UTC: in Europe and in America the clocks are set within the quarter."""
PACES = ((20, 80), (20, 80), (10, 40), (5, 25), (30, 120), (50, 200))
OFFICES = (None, None, Office(8, 18, 2), Office(9, 17, -4), None, Office(7, 22, 1), None, Office(9, 18, 9))
HOURS = (None, Hours(8, 18, "Europe/Berlin"), None, None, Hours(9, 17, "America/New_York"), None, None)
"""When some members let acts happen, whether their browser is open or not."""
TEAM_SIZES = (8, 3, 1, 20)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated: ``samples`` are questions a member a day; every second member is ``calm`` for so many days."""

    members: int
    days: int
    seed: int
    samples: float = 8.0
    calm: float = 6.0


@dataclass(slots=True)
class Quarter:
    """What came of one."""

    plan: Plan
    judge: Judge
    foresight: Foresight
    ending: Ending
    days: int
    seconds: float
    posted: int


class _Town:
    """Everybody, as they are settled in."""

    def __init__(self, plan: Plan, front: Front) -> None:
        self.plan, self.front, self.rng = plan, front, Random(plan.seed)
        self.linkedin = LinkedIn(front.sun, plan.seed)
        self.judge = Judge(front, self.linkedin, plan.seed)
        self.teams: list[Team] = []
        self.senders: dict[str, Sender] = {}
        self.browsers: list[Browser] = []
        self.lives: list[Life] = []
        self.numbers = count(1)
        self.foresight = Foresight(front, self.judge, Random(plan.seed + 1))
        self.lived = 0

    def fresh(self) -> int:
        """A person whom nobody has asked for."""
        number = next(self.numbers)
        self.linkedin.person(number)
        return number

    async def settle_in(self) -> None:
        """Teams of several sizes until everybody is there."""
        sizes = iter(TEAM_SIZES * self.plan.members)
        while len(self.senders) < self.plan.members:
            size = min(next(sizes), self.plan.members - len(self.senders))
            await self._team(size)

    async def _team(self, size: int) -> None:
        number, run_desk = len(self.teams), self.front.run
        team_id, admin = await run_desk(teams.found, f"Team {number}", "m0@example.com")
        key = await run_desk(access.create_key, team_id, access.Scope.MANAGE)
        team = Team(number, team_id, key.secret)
        self.teams.append(team)
        for place in range(size):
            member = admin
            if place:
                member = await run_desk(teams.join, team_id, f"m{place}@example.com", Role.MEMBER)
            await self._member(team, member.id)

    async def _member(self, team: Team, member_id: str) -> None:
        number, rng = len(self.senders), self.rng
        day, week = PACES[number % len(PACES)]
        spacing = (60, 180) if number % 5 else (30, 300)
        hours, warm = HOURS[number % len(HOURS)], number % 6 == 4
        chosen = (
            None
            if hours is None
            else read_hours(["mon-fri"], f"{hours.begins:02}:00", f"{hours.ends:02}:00", hours.zone)
        )
        await self.front.run(teams.set_pace, team.id, member_id, day, week, spacing, hours=chosen, warm_up=warm)
        # LinkedIn is stricter with some than their pace is.
        weekly = week - 10 if number % 7 == 3 else 250
        account = self.linkedin.account(number, premium=number % 3 == 0, weekly=weekly)
        by_hand = (0, 0, 3, 15)[number % 4]
        sender = Sender(
            number,
            team,
            member_id,
            account,
            day,
            week,
            spacing,
            OFFICES[number % len(OFFICES)],
            hours,
            self.front.sun() if warm else None,
            by_hand,
        )
        team.senders.append(sender)
        self.senders[member_id] = sender
        browser = Browser(sender, self.front, self.linkedin, self.judge, Random(rng.random()))
        await browser.pair((await self.front.run(pairing.make_code, team.id, member_id)).code)
        self.browsers.append(browser)

        def person() -> str:
            known = team.people
            number = rng.choice(known) if known and rng.random() < 0.3 else self.fresh()
            return on_demand_id("person", number)

        life = Life(browser, self.linkedin, Random(rng.random()), person, self.plan.calm if number % 2 else None)
        self.lives.append(life)
        self.judge.on_made.append(lambda whose, made: life.sent(made) if whose is sender else None)

    async def beat(self) -> None:
        """Those whose browsers are open are heard of, as they are every half minute."""
        alive = [one.agent_id for one in self.browsers if one.sender.open]
        await self.front.run(dispatch.alive, alive)
        for browser in self.browsers:
            if browser.sender.open:
                browser.sender.heard_at = self.front.sun()

    async def tick(self) -> None:
        """What time brings about."""
        while True:
            await self.beat()
            while await self.front.run(upkeep):
                pass
            await asyncio.sleep(TICK / SECOND)

    async def ask(self) -> None:
        """Ask of tasks that wait, at any moment."""
        rng, every = Random(self.plan.seed + 2), DAY / (self.plan.samples * self.plan.members)
        senders = list(self.senders.values())
        while True:
            await asyncio.sleep(rng.expovariate(1) * every * 3 / SECOND)
            await self.beat()
            sender = rng.choice(senders)
            for _ in range(3):
                await self.foresight.sample(sender)

    async def days(self, goes_on: Callable[[int, Judge], bool]) -> None:
        """Count the days, as long as it goes on."""
        while self.lived < self.plan.days:
            await asyncio.sleep(DAY / SECOND)
            self.lived += 1
            if not goes_on(self.lived, self.judge):
                return


async def _live(town: _Town, goes_on: Callable[[int, Judge], bool]) -> tuple[Ending, int]:
    await town.settle_in()
    feed = Feed(town.front, town.judge, town.senders)
    callers = [Caller(team, town.front, town.judge, feed, Random(town.rng.random()), town.fresh) for team in town.teams]
    begun = [task for life in town.lives for task in life.begin()]
    for caller in callers:
        begun += [asyncio.create_task(caller.live()), asyncio.create_task(caller.settle())]
    begun += [asyncio.create_task(one) for one in (town.tick(), town.ask())]
    over = asyncio.create_task(town.days(goes_on))
    done, _ = await asyncio.wait([over, *begun], return_when=asyncio.FIRST_COMPLETED)
    ending = Ending(town.front, town.judge, feed, callers)
    for task in done - {over}:
        if not isinstance(task.exception(), TooMany):
            task.result()
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)
    if over in done:
        await ending.look()
    return ending, sum(caller.posted for caller in callers)


def carry_out(plan: Plan, address: str, goes_on: Callable[[int, Judge], bool] = lambda *_: True) -> Quarter:
    """Simulate one, on this database; ``goes_on`` is asked at the end of each day, with how many there were."""
    began, sun = time.monotonic(), Sun(BEGINS)
    front = Front(address, sun)
    town = _Town(plan, front)
    try:
        ending, posted = run(sun, lambda: _live(town, goes_on))
    finally:
        front.close()
    return Quarter(plan, town.judge, town.foresight, ending, town.lived, time.monotonic() - began, posted)
