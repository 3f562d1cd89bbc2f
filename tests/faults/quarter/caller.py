"""A team's caller, who asks for ten times what its members may send: the same people again, in every spelling, by
several senders, with notes, with mistakes. Each answer is held against what is known.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from curtsy.twin.ledger import State
from curtsy.twin.people import on_demand_id
from tests.faults.quarter.feed import Feed
from tests.faults.quarter.front import Front
from tests.faults.quarter.judge import Judge, moment
from tests.faults.quarter.linkedin import urn
from tests.faults.quarter.people import DAY, HOUR, MINUTE, SECOND, Sender, Team
from tests.faults.quarter.rules import ACTIVE, HEARTBEAT, INVITE

TIMES = 10
"""So many times the budget is asked for."""
MIX = (("new", 30), ("again", 40), ("colleague", 4), ("long ago", 11), ("bad", 10), ("new with a note", 5))
BAD = (
    ({"profile_urn": ""}, "invalid_profile_urn"),
    ({"profile_urn": "https://example.com/in/somebody"}, "invalid_profile_urn"),
    ({"profile_urn": 7}, "invalid_profile_urn"),
    ({"profile_urn": "person-1", "note": 7}, "invalid_note"),
    ({"profile_urn": "person-1", "note": "x" * 301}, "note_too_long"),
    ({"profile_urn": "person-1", "note": "\U0001f44b" * 151}, "note_too_long"),
    ({"profile_urn": "person-1", "sender": "nobody@example.com"}, "unknown_member"),
)
NOTE = "I enjoyed your talk in Lisbon. Shall we connect?"
CHUNK = 200


@dataclass(slots=True)
class Row:
    """A row of a batch: what is asked of whom, or what refusal is due."""

    body: dict[str, Any]
    sender: Sender | None = None
    person: int = 0
    refusal: str | None = None

    @property
    def by_id(self) -> bool:
        return str(self.body["profile_urn"]).removeprefix("urn:li:fsd_profile:").startswith("ACoAAA")

    @property
    def insists(self) -> bool:
        return "note" in self.body and self.body.get("note_policy") != "drop_if_unavailable"


class Caller:
    """``asked`` is every task it was answered, with its sender and person; ``fresh`` numbers people nobody has met."""

    def __init__(
        self, team: Team, front: Front, judge: Judge, feed: Feed, rng: Random, fresh: Callable[[], int]
    ) -> None:
        self.team, self._front, self._judge, self._feed, self._rng = team, front, judge, feed, rng
        self._fresh = fresh
        self.asked: dict[str, tuple[Sender, int]] = {}
        self._by_pair: dict[tuple[int, int], list[str]] = defaultdict(list)
        self._first: dict[int, Sender] = {}
        """Who was the first to ask each person."""
        self.posted = 0
        self.budget = sum(sender.week for sender in team.senders) / 7

    # ------------------------------------------------------------------ all day long

    async def live(self) -> None:
        """Post at all hours, in batches and one at a time; cancel and take back now and then."""
        owed = 0.0
        while True:
            wait = self._rng.uniform(1, 5) * HOUR
            await asyncio.sleep(wait / SECOND)
            owed += self.budget * TIMES * wait / DAY
            while owed >= 1:
                rows = [self._row() for _ in range(min(CHUNK, int(owed)))]
                owed -= len(rows)
                await self._post(rows)
            for _ in range(2):
                await self._one(self._row())
            if self._rng.random() < 0.3:
                await self._cancel()
            if self._rng.random() < 0.3:
                await self._take_back()
            if self._rng.random() < 0.1:
                await self._leave_alone()

    def _row(self) -> Row:
        what = self._rng.choices([name for name, _ in MIX], [weight for _, weight in MIX])[0]
        if what == "bad":
            body, refusal = self._rng.choice(BAD)
            return Row(dict(body), refusal=refusal)
        sender = self._rng.choice(self.team.senders)
        known = self.team.people
        if what.startswith("new") or not known:
            person = self._fresh()
            known.append(person)
            self._first[person] = sender
        elif what == "long ago":
            person = self._rng.choice(known)
        else:
            person = known[-self._rng.randint(1, min(len(known), 300))]
            sender = self._first[person] if what == "again" else sender
        return self._spell(sender, person, what)

    def _spell(self, sender: Sender, person: int, what: str) -> Row:
        rng, now = self._rng, self._front.sun()
        spelling = SPELLINGS[person % len(SPELLINGS)] if rng.random() < 0.9 else rng.choice(SPELLINGS)
        body: dict[str, Any] = {"profile_urn": spelling(on_demand_id("person", person)), "sender": sender.id}
        if what == "new with a note" or rng.random() < 0.05:
            body["note"] = NOTE
            if rng.random() < 0.5:
                body["note_policy"] = "drop_if_unavailable"
        if rng.random() < 0.04:
            body["not_before"] = _spelled(now + int(rng.uniform(0, 5) * DAY))
        elif rng.random() < 0.04:
            body["expires_at"] = _spelled(now + int(rng.uniform(0.5, 4) * DAY))
        return Row(body, sender, person)

    # ------------------------------------------------------------------ asking, and what it is answered

    async def _post(self, rows: list[Row]) -> None:
        reply = await self._front.ask(
            "POST",
            "/linkedin-agent/send-connection-requests",
            self.team.key,
            {"invitations": [one.body for one in rows]},
        )
        assert reply.status == 200, reply
        for row, result in zip(rows, reply.body["results"], strict=True):
            self._answered(row, result)

    async def _one(self, row: Row) -> None:
        reply = await self._front.ask("POST", "/linkedin-agent/send-connection-request", self.team.key, row.body)
        self._answered(row, reply.body)

    def _answered(self, row: Row, said: dict[str, Any]) -> None:
        self.posted += 1
        code = "taken" if said["success"] else said["code"]
        self._judge.counts[f"answer: {'deduplicated' if said.get('deduplicated') else code}"] += 1
        sender = row.sender
        if sender is None:
            if code != row.refusal:
                self._judge.blame(None, f"{row.body} should be refused as {row.refusal}, and was answered {said}")
            return
        due = self._due_refusals(sender, row)
        if not said["success"]:
            retry = moment(said.get("retry_at"))
            if code not in due or (due[code] is not None and due[code] != retry):
                self._judge.blame(sender, f"{row.body} is answered {said}; what is known: {due}")
            return
        certain = {"invitation_limit_reached", "note_limit_reached"}
        if row.by_id:
            certain |= {"do_not_contact"} | ({"cooling_down"} if due.get("cooling_down") else set())
        if due.keys() & certain:
            self._judge.blame(sender, f"{row.body} is answered {said}; what is known: {due}")
        if self._front.sun() - sender.heard_at > ACTIVE + HEARTBEAT:
            self._judge.blame(sender, f"{row.body} is taken though nobody has heard of the browser for two days")
        self._took(sender, row, said)

    def _took(self, sender: Sender, row: Row, said: dict[str, Any]) -> None:
        task, pair = said["api_agent_task_id"], (sender.number, row.person)
        if said.get("deduplicated"):
            if task not in self._by_pair[pair]:
                self._judge.blame(sender, f"{row.body} is said to be task {task}, which is another's")
            return
        if task in self.asked:
            self._judge.blame(sender, f"{row.body} is a new task {task}, which is not new")
        self.asked[task] = (sender, row.person)
        self._by_pair[pair].append(task)
        self._judge.asked_for[task] = on_demand_id("person", row.person)
        sender.waiting[task] = moment(row.body.get("not_before")) or 0

    def _due_refusals(self, sender: Sender, row: Row) -> dict[str, int | None]:
        """What this may be refused for now, and until when."""
        now = self._front.sun()
        due: dict[str, int | None] = {}
        if now - sender.heard_at > ACTIVE - HEARTBEAT:
            due["member_not_active"] = None
        if all(now - one.heard_at > ACTIVE - HEARTBEAT for one in self.team.senders):
            due["no_active_agent"] = None
        for pause in sender.standing(now):
            if pause.cause == "invitation_limit":
                due["invitation_limit_reached"] = pause.until
            elif pause.cause == "note_limit" and row.insists:
                due["note_limit_reached"] = pause.until
        self._holds(sender, on_demand_id("person", row.person), due)
        return due

    def _holds(self, sender: Sender, person: str, due: dict[str, int | None]) -> None:
        """Why a person is left alone now, by this member or by all of the team."""
        team = self.team.number
        if person in self._judge.listed[team]:
            due["do_not_contact"] = None
        waits = [self._judge.cooling.get((team, whose, person), 0) for whose in (None, sender.number)]
        if max(waits) > self._front.sun():
            due["cooling_down"] = max(waits)
        elif any(
            other is not sender or sent.state is not State.PENDING for other, sent in self._judge.posts[team, person]
        ):
            due["cooling_down"] = None  # a colleague's waits, or what is gone has not been told yet

    # ------------------------------------------------------------------ second thoughts

    async def _cancel(self) -> None:
        sender = self._rng.choice(self.team.senders)
        if not sender.waiting:
            return
        task = self._rng.choice(list(sender.waiting)[:40])
        reply = await self._front.ask("POST", "/linkedin-agent/cancel-task", self.team.key, {"api_agent_task_id": task})
        self._judge.counts[f"cancel: {reply.code or 'cancelled'}"] += 1
        if reply.status == 200:
            sender.waiting.pop(task, None)
            sender.disturb(self._front.sun(), "a task is cancelled")

    async def _take_back(self) -> None:
        """Withdraw what has waited for a week or more."""
        sender, now = self._rng.choice(self.team.senders), self._front.sun()
        for act in self._rng.sample(sender.acts, min(10, len(sender.acts))):
            made = self._judge.made.get(act.task)
            if act.kind != INVITE or not made or made[-1].state is not State.PENDING or now - act.at < 7 * DAY:
                continue
            said = {"api_agent_task_id": act.task}
            reply = await self._front.ask("POST", "/linkedin-agent/withdraw-connection-request", self.team.key, said)
            self._judge.counts[f"withdraw: {reply.code or 'taken'}"] += 1
            if reply.status == 200 and not reply.body.get("deduplicated"):
                sender.disturb(now, "a withdrawal is asked for")
            return

    async def _leave_alone(self) -> None:
        """Somebody is not to be contacted any more; what waits for them ends."""
        person = on_demand_id("person", self._rng.choice(self.team.people))
        said = {"profile_urn": urn(person), "reason": "Asked us not to"}
        reply = await self._front.ask("POST", "/v1/do-not-contact", self.team.key, said)
        assert reply.status == 200, reply
        self._judge.listed[self.team.number].add(person)
        for task in reply.body["data"]["ended"]:
            sender, _ = self.asked[task]
            sender.waiting.pop(task, None)
            sender.disturb(self._front.sun(), "a task ends: its person is not to be contacted")

    async def settle(self) -> None:
        """Once a day a person looks at what nobody could see, and reads the news."""
        while True:
            await asyncio.sleep(self._rng.uniform(50, 70) * MINUTE / SECOND)
            await self._feed.read(self.team)
            for one in [one for one in self._feed.reviews if one[0] is self.team]:
                self._feed.reviews.remove(one)
                sent = bool(self._judge.made.get(one[1]))
                said = {"sent": sent, "reason": "Looked at Sent invitations"}
                reply = await self._front.ask("POST", f"/v1/tasks/{one[1]}/settle", self.team.key, said)
                self._judge.counts[f"settled: {reply.code or sent}"] += 1


def _slug(profile: str) -> str:
    return f"person-{int(profile[-27:])}"


def _page(profile: str) -> str:
    return f"https://www.linkedin.com/in/Person-{int(profile[-27:])}/?trk=people"


SPELLINGS = (urn, str, _slug, _page)
"""A caller spells a person the same way, nearly always."""


def _spelled(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
