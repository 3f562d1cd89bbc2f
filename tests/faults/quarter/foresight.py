"""What the server says of tasks that wait, asked now and then: compared with what is so, and with what then comes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.faults.quarter.bounds import used, windows
from tests.faults.quarter.front import Front
from tests.faults.quarter.judge import Judge, moment
from tests.faults.quarter.people import DAY, HOUR, MINUTE, SECOND, Sender, spelled
from tests.faults.quarter.rules import HEARTBEAT, INVITE, ONLINE, PAUSES

BANDS = ((10 * MINUTE, "10 min"), (HOUR, "1 h"), (6 * HOUR, "6 h"), (DAY, "1 day"), (7 * DAY, "1 week"))
"""Predictions are reported by how far ahead they looked."""
BAR = 0.9
"""So many of them must be right."""
FEW = 20
"""Where more than one in so many of those before it ended without an act, the queue was not what could be foreseen."""


@dataclass(frozen=True, slots=True)
class Said:
    """A prediction: made when, for when, how many tasks came before, and what it said stood in the way."""

    at: int
    due: int
    before: int
    blocked_by: str | None
    fallen: int


class Foresight:
    """``right`` and ``made``: predictions that could be judged, by how far ahead; ``samples`` of blocked_by by word.

    ``disturbed`` and ``lucky``: those that something unforeseen came between, and how many of them were right anyway.
    """

    def __init__(self, front: Front, judge: Judge, rng: Random) -> None:
        self._front, self._judge, self._rng = front, judge, rng
        self._said: dict[str, list[Said]] = defaultdict(list)
        self.made: dict[str, int] = defaultdict(int)
        self.right: dict[str, int] = defaultdict(int)
        self.samples: dict[str, int] = defaultdict(int)
        self.disturbed = self.lucky = 0
        self.wrong: list[str] = []
        judge.on_start.append(self._came)

    async def sample(self, sender: Sender) -> None:
        """Ask about one of a member's waiting tasks: often about the next ones, now and then about any."""
        tasks = list(sender.waiting)
        if not tasks:
            return
        place = min(int(self._rng.expovariate(1 / 12)), len(tasks) - 1)
        if self._rng.random() < 0.2:
            place = self._rng.randrange(len(tasks))
        task = tasks[place]
        reply = await self._front.ask("GET", f"/v1/tasks/{task}", sender.team.key)
        assert reply.status == 200, reply
        self.hear(sender, task, place, reply.body["data"])

    def hear(self, sender: Sender, task: str, place: int, told: dict[str, Any]) -> None:
        """What was answered of a task that so many wait before."""
        if told["finished_at"] is not None:
            sender.waiting.pop(task, None)
            return
        if told["task_input"]["task_type"] != f"agent_{INVITE}":
            return
        word, due = told["blocked_by"], moment(told["estimated_at"])
        self.samples[word or "nothing"] += 1
        if told["status"] == "pending":
            self._is_true(sender, task, word, place)
            if due is not None:
                self._said[task].append(Said(self._judge.now, due, place, word, sender.fallen))

    # ------------------------------------------------------------------ blocked_by

    def _is_true(self, sender: Sender, task: str, word: str | None, place: int) -> None:
        """What is named must be so; where nothing is named, nothing may stand in the way."""
        reasons = self._reasons(sender, task, place)
        if word is None:
            hard = reasons - {"pacing"}
            if hard:
                self._judge.blame(sender, f"nothing is said to block {task}, but there is {sorted(hard)}")
        elif word not in reasons:
            self._judge.blame(sender, f"{task} is said to wait for {word}; what is known: {sorted(reasons)}")

    def _reasons(self, sender: Sender, task: str, place: int) -> set[str]:
        """Everything that stands in the way of a task of this member now, by the judge's own book."""
        now = self._judge.now
        found = {pause.cause for pause in sender.standing(now) if PAUSES[pause.cause].acts}
        if not sender.open and now - sender.heard_at > ONLINE - HEARTBEAT:
            found.add("agent_offline")
        if sender.paused:
            found.add("paused")
        if sender.known != sender.account.id:
            found.add("signed_out" if sender.known is None else "wrong_member")
        for name, most, window in zip(("day_limit", "week_limit"), windows(sender, now), (DAY, 7 * DAY), strict=True):
            if len(used(sender, now - window)) >= most:
                found.add(name)
        if sender.hours is not None and not sender.hours.open_at(now):
            found.add("outside_hours")
        last = next(iter(sender.acts_since(now - HOUR)), None)
        if place or (last is not None and now - last.at <= sender.spacing[1] * SECOND):
            found.add("pacing")
        return found

    # ------------------------------------------------------------------ estimated_at

    def _came(self, sender: Sender, task: str) -> None:
        """The task is started: what was foretold of it can be judged, if nothing unforeseen came between."""
        now = self._judge.now
        for said in self._said.pop(task, ()):
            waited, off = now - said.at, abs(now - said.due)
            right = off <= max(waited / 10, MINUTE)
            if sender.was_disturbed(said.at, now) or (sender.fallen - said.fallen) * FEW > said.before:
                self.disturbed += 1
                self.lucky += right
                continue
            band = next((name for most, name in BANDS if waited <= most), "more")
            self.made[band] += 1
            if right:
                self.right[band] += 1
            elif len(self.wrong) < 40:
                self.wrong.append(
                    f"member {sender.number}, {said.before} before it, {said.blocked_by}: said at {spelled(said.at)} "
                    f"for {spelled(said.due)}, came {spelled(now)} ({off / max(1, waited):.0%} off)"
                )

    def share(self) -> float:
        """How many of those that could be judged were right."""
        return sum(self.right.values()) / max(1, sum(self.made.values()))

    def table(self) -> list[tuple[str, int, int]]:
        """How far ahead, how many, how many of them right."""
        bands = [name for _, name in BANDS] + ["more"]
        return [(name, self.made[name], self.right[name]) for name in bands]
