"""What the callers are told afterwards: reads every team's events, and holds them against the judge's book."""

from __future__ import annotations

from typing import Any

from curtsy.twin.ledger import State
from tests.faults.quarter.front import Front
from tests.faults.quarter.judge import Judge, moment
from tests.faults.quarter.people import Sender, Standing, Team, spelled
from tests.faults.quarter.rules import LEFT_ALONE, TICK

ENDS = ("task.completed", "task.failed", "task.cancelled", "task.expired", "task.merged")
HELD = (State.PENDING, State.ACCEPTED)


class Feed:
    """``ends`` is how each task ended, ``reviews`` which wait for a person; ``senders`` are all, by id."""

    def __init__(self, front: Front, judge: Judge, senders: dict[str, Sender]) -> None:
        self._front, self._judge, self._senders = front, judge, senders
        self.ends: dict[str, str] = {}
        self.reviews: list[tuple[Team, str]] = []

    async def read(self, team: Team) -> None:
        """Everything that a team has not been told yet."""
        while True:
            query = {} if team.cursor is None else {"cursor": team.cursor}
            reply = await self._front.ask("GET", "/v1/events", team.key, **query)
            assert reply.status == 200, reply
            for event in reply.body["data"]:
                self.take(event)
            team.cursor = reply.body["next_cursor"] or team.cursor
            if not reply.body["has_more"]:
                break
        for sender in team.senders:
            self.all_told(sender)

    def take(self, event: dict[str, Any]) -> None:
        """One event."""
        kind, data = event["type"], event["data"]
        self._judge.counts[f"event: {kind}"] += 1
        sender = self._senders[data["sender"]["id"]]
        if kind in ENDS:
            self._ended(sender, kind, data["task"]["id"])
        elif kind == "task.needs_review":
            self.reviews.append((sender.team, data["task"]["id"]))
        elif kind == "member.paused":
            self._paused(sender, data["cause"], moment(event["timestamp"]) or 0, moment(data["until"]))
        elif kind == "member.resumed":
            self._resumed(sender, data["cause"], moment(event["timestamp"]) or 0)
        elif kind == "invitation.gone":
            self._gone(sender, data["task"]["id"], moment(event["timestamp"]) or 0)

    def _ended(self, sender: Sender, kind: str, task: str) -> None:
        sender.fallen += kind in ("task.expired", "task.cancelled")
        sender.waiting.pop(task, None)
        before = self.ends.setdefault(task, kind)
        if before != kind:
            self._judge.blame(sender, f"task {task} ended as {before} and then as {kind}")
        made = self._judge.made.get(task, [])
        if kind == "task.completed" and task in self._judge.asked_for and not self._judge.is_held(sender, task):
            self._judge.blame(sender, f"task {task} is sent, and LinkedIn has no such invitation")
        if kind != "task.completed" and any(one.state in HELD for one in made):
            self._judge.blame(sender, f"{kind} of {task}, but LinkedIn holds what it made")

    def _gone(self, sender: Sender, task: str, at: int) -> None:
        """A no, for half a year and the whole team."""
        person = self._judge.asked_for[task]
        until = at + LEFT_ALONE["gone"]
        self._judge.cooling[sender.team.number, None, person] = until
        if any(
            sent.state is State.PENDING
            for other, sent in self._judge.posts[sender.team.number, person]
            if other is sender
        ):
            self._judge.blame(sender, f"the invitation of {person} is said to be gone, and waits")

    def _paused(self, sender: Sender, cause: str, at: int, until: int | None) -> None:
        for pause in sender.pauses:
            if (pause.cause, pause.since, pause.told) == (cause, at, False):
                pause.told = True
                if pause.until != until and cause != "note_limit":
                    wanted = "no end" if pause.until is None else spelled(pause.until)
                    told = "no end" if until is None else spelled(until)
                    self._judge.blame(sender, f"the pause for {cause} ends at {told}; it should be {wanted}")
                return
        self._judge.blame(sender, f"told of a pause for {cause} at {spelled(at)} that nothing explains")

    def _resumed(self, sender: Sender, cause: str, at: int) -> None:
        for pause in sender.pauses:
            if pause.cause == cause and pause.told and not pause.told_over and _ends(pause, at):
                pause.told_over = True
                return
        self._judge.blame(sender, f"told that the pause for {cause} ended at {spelled(at)}, which nothing explains")

    def all_told(self, sender: Sender) -> None:
        """Nothing of the judge's book is left untold."""
        now = self._judge.now
        for pause in sender.pauses:
            if not pause.told:
                pause.told = True
                self._judge.blame(sender, f"nobody was told of the pause for {pause.cause} at {spelled(pause.since)}")
            ends = [at for at in (pause.ended, pause.until) if at is not None]
            if ends and min(ends) + 2 * TICK < now and not pause.told_over:
                pause.told_over = True
                self._judge.blame(sender, f"nobody was told that the pause for {pause.cause} is over")


def _ends(pause: Standing, at: int) -> bool:
    if pause.ended is not None:
        return pause.ended == at
    return pause.until is not None and 0 <= at - pause.until <= TICK
