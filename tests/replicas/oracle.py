"""What must be so after two desks have met: what one of the two orders would have left, and the guarantee."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from time import monotonic, sleep

from curtsy.domain.errors import Refusal
from curtsy.domain.member import PAUSES
from curtsy.domain.outcome import Relation
from curtsy.domain.task import MOVES, TaskState
from curtsy.service.dispatch import Work, lease
from curtsy.service.leaving_alone import refused_now
from curtsy.service.reports import finish
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import Intent, start
from curtsy.service.upkeep import upkeep
from curtsy.storage.store import Store
from curtsy.storage.store.events import LIVES
from tests.harness.sky import urn_of
from tests.replicas.steps import Replicas, without_chance
from tests.replicas.world import DAY, TABLES, World, beat

LEFT_OUT = ("n", "txid", "hash", "token_hash", "checked", "hint")
FULL = 100
MOST_TURNS = 4
PATIENCE_S = 4.0
BOOT_AFTER = "boot-3"


@dataclass(slots=True)
class Reader:
    """Somebody who reads the feed of the team as it grows, and goes on from where they were."""

    replicas: Replicas
    team: str
    place: tuple[int, int] = (0, 0)
    seen: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Read what is new."""
        found = self.replicas.two.run_now(lambda store, _now: store.events.after(self.team, self.place, FULL))
        self.seen += [one.id for one in found]
        if found:
            self.place = found[-1].txid, found[-1].n

    def read_on(self) -> list[str]:
        """Read until everything was shown, or for so long; what was never shown, or twice.

        The database's own upkeep writes too, and while it does the feed waits for it.
        """
        until = monotonic() + PATIENCE_S
        while True:
            self.read()
            missed = self.missed()
            if not missed or monotonic() > until:
                return missed
            sleep(0.01)

    def missed(self) -> list[str]:
        """Events that were never shown, or were shown twice."""
        rows = self.replicas.watch.execute(b"SELECT id FROM events WHERE team_id = %s", (self.team,)).fetchall()
        there = [row[0] for row in rows]
        return [one for one in there if self.seen.count(one) != 1]


def state(replicas: Replicas, world: World) -> str:
    """Everything that is kept, a line a row, without what chance or the order of numbers has made."""
    tables = " UNION ALL ".join(
        f"SELECT '{table} ' || (to_jsonb({table}) - '{{{','.join(LEFT_OUT)}}}'::text[])::text FROM {table}"
        for table in TABLES
    )
    facts = f" UNION ALL SELECT 'house ' || name || value FROM house WHERE name <> '{LIVES}'"
    rows = replicas.watch.execute((tables + facts).encode())
    return "\n".join(sorted(without_chance(row[0], world.names) for row in rows.fetchall()))


def settled(replicas: Replicas, world: World) -> str:
    """The same once upkeep has done what it left for later, as it does with members whom somebody holds."""
    while replicas.one.run_now(upkeep):
        pass
    return state(replicas, world)


def faults(replicas: Replicas, world: World) -> list[str]:
    """What of the guarantee does not hold, now and after upkeep and the turns of each browser."""
    found = _chains(replicas)
    while replicas.one.run_now(upkeep):
        pass
    found += replicas.one.run_now(_of_removed)
    for who in (world.first, world.second):
        found += replicas.one.run_now(_turns, who.id)
    return found + _chains(replicas)


def _chains(replicas: Replicas) -> list[str]:
    """Each task has one event a transition, and they lead to the state it is in."""
    found = []
    tasks: dict[str, str] = dict(replicas.watch.execute(b"SELECT id, state FROM tasks").fetchall())
    at = dict.fromkeys(tasks, "")
    for task, data in replicas.watch.execute(b"SELECT task_id, data FROM events WHERE task_id IS NOT NULL ORDER BY n"):
        said = json.loads(data)
        before, after = at[task], said["state"]
        restored = said.get("because") == "restored"
        if before and not restored and TaskState(after) not in MOVES[TaskState(before)]:
            found.append(f"an event tells of {before} -> {after}")
        at[task] = after
    reviewed = {task for task, now in tasks.items() if now == "needs_review"}
    return found + [
        f"told {at[task]}, is {now}" for task, now in tasks.items() if at[task] != now and task not in reviewed
    ]


def _of_removed(store: Store, _now: int) -> list[str]:
    """Nothing is left to be done for who has left."""
    tasks = store.rows.all(
        "SELECT tasks.state FROM tasks JOIN members ON members.id = tasks.member_id "
        "WHERE members.removed_at IS NOT NULL AND tasks.state IN ('queued', 'leased')", {},
    )  # fmt: skip
    agents = store.rows.all(
        "SELECT agents.id FROM agents JOIN members ON members.id = agents.member_id "
        "WHERE members.removed_at IS NOT NULL AND agents.revoked_at IS NULL", {},
    )  # fmt: skip
    accounts = store.rows.all(
        "SELECT account FROM agents WHERE revoked_at IS NULL GROUP BY account HAVING count(DISTINCT member_id) > 1", {}
    )
    found = [f"a task of a removed member is {row[0]}" for row in tasks]
    found += ["a browser of a removed member is paired" for _ in agents]
    return found + ["a LinkedIn account belongs to two members" for _ in accounts]


def _turns(store: Store, now: int, agent_id: str) -> list[str]:
    """Let a browser carry out what it may: no act for whom something forbids it, none beyond the pace."""
    agent = store.agents.get(agent_id)
    if agent is None or agent.revoked_at is not None:
        return []
    found: list[str] = []
    for _ in range(MOST_TURNS):
        try:
            work = lease(store, now, agent_id, beat(boot=BOOT_AFTER))
        except Refusal:
            break
        if not isinstance(work, Work) or work.purpose != "act" or work.task.state is not TaskState.LEASED:
            break
        person = urn_of((work.task.profile_urn or work.task.profile_slug or "").removeprefix(urn_of("")))
        said = Intent(work.lease_id, BOOT_AFTER, urn_of("ada"), person, Relation.NONE, 100)
        if isinstance(start(store, now, agent, work.task.id, said), int):
            found += _forbidden(store, now, agent.account, work.task.id)
            report = Report(work.lease_id, BOOT_AFTER, "sent", None, Evidence(acted=True, after=Relation.PENDING_OUT))
            finish(store, now, agent, work.task.id, report)
    return found


def _forbidden(store: Store, now: int, account: str, task_id: str) -> list[str]:
    """What speaks against an act that was allowed this moment."""
    task = store.tasks.get(task_id)
    assert task is not None
    member = store.teams.member(task.member_id)
    assert member is not None
    found = []
    if refused_now(store, now, task, task.profile_key) is not None:
        found.append("an act for a person who is left alone")
    if any(PAUSES[pause.cause].acts for pause in store.teams.pauses(member.id, now)):
        found.append("an act while a pause stands")
    if member.removed_at is not None:
        found.append("an act for a member who has left")
    if len(store.situations.of(member.id, now, now - DAY, now).spent(account)) > max(member.day, 1):
        found.append("more acts than the pace allows")
    return found
