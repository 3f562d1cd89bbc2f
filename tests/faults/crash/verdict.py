"""What must hold after a round: the server's word on every task against LinkedIn's own book."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.faults.crash.office import Office, request
from tests.faults.crash.stage import Stage

LIMITS = ("day_limit", "week_limit", "invitation_limit", "throttled")
ANSWER_S = 20
REPEATED = 20
"""So many of the last requests with a key are made once more at the end."""


@dataclass(slots=True)
class Verdict:
    """What was found; every fault with the story of its task."""

    tasks: int = 0
    ended_after_ms: int = 0
    """How long after the last fault the last task ended."""
    outcomes: Counter[str] = field(default_factory=Counter)
    brisk: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def blame(self, what: str, story: str) -> None:
        """One thing that must never be."""
        self.faults.append(f"{what}\n{story}")


class Inquiry:
    """Asks the API what it says, waits for ends, and compares."""

    def __init__(self, stage: Stage, office: Office) -> None:
        self._stage = stage
        self._promises = {promise.task: promise for promise in office.promises}
        self._keyed = [promise for promise in office.promises if promise.ask.key is not None][-REPEATED:]
        self._untold = {(ask.sender.viewer, ask.slug) for ask in office.given_up}
        self._calls = requests.Session()
        self._ends: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        """Let go of the connection."""
        self._calls.close()

    def wait(self, ms: int) -> int:
        """Until every task has ended or waits for a person, at most so long; and how long that took.

        A task that a limit keeps waiting is cancelled by its caller. While LinkedIn throttles a member, who then may
        not even look, its faults have not stopped: the time counts from the end of that.
        """
        began = self._stage.tempo.now_ms()
        while (left := self._open()) and self._stage.tempo.now_ms() < began + ms:
            self._stage.confirm_clock()  # the server may notice only now what the last fault did to its clock
            began = max(began, self._throttled_until(left))
            self._stage.tempo.rest(6_000)
        return max(0, self._stage.tempo.now_ms() - began)

    def _throttled_until(self, tasks: list[str]) -> int:
        """When the last of the pauses ends that keep the members of these tasks from reading."""
        members = {self._promises[task].ask.sender.member.id for task in tasks}
        with closing(sqlite3.connect(self._stage.database)) as database:
            rows = database.execute(
                "SELECT member_id, until FROM pauses WHERE cause = 'throttled' AND lifted_at IS NULL"
            ).fetchall()
        ends = [until for member, until in rows if member in members]
        return max(ends) - self._stage.apart() if ends else 0

    def _open(self) -> list[str]:
        for task in [one for one in self._promises if one not in self._ends]:
            said = self._status(task)
            if said is None or said["finished_at"] or _needs_review(said):
                self._ends[task] = said or {}
            elif said["status"] == "pending" and said["blocked_by"] in LIMITS:
                self._post(task, "cancel-task", {"api_agent_task_id": task})
        return [one for one in self._promises if one not in self._ends]

    def verdict(self) -> Verdict:
        """Compare, and tell every story that should not have been."""
        found = Verdict(len(self._promises))
        held = self._held()
        said: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for task, promise in self._promises.items():
            word = self._word(task, found)
            said.setdefault((promise.ask.sender.viewer, promise.ask.slug), []).append((word, task))
            found.outcomes[word] += 1
            if promise.ask.sender.requeues:
                found.brisk[word] += 1
        for pair, count in held.items():
            if count > 1:
                found.blame(f"DUPLICATE: {count} invitations {pair}", self._tell(pair, said.get(pair, [])))
        posts = Counter((one["viewer"], one["slug"]) for one in self._stage.twin.book()["attempts"])
        starts = self._starts()
        for pair, words in said.items():
            if pair in self._untold:
                continue
            if posts[pair] > sum(starts[task] for task in {task for _, task in words}):
                found.blame(f"UNANNOUNCED: {posts[pair]} POSTs {pair}", self._tell(pair, words))
            count = held[pair]
            sent = sum(word == "completed" for word, _ in words)
            unsure = any(word in ("needs_review", "open") for word, _ in words)
            if sent > count:
                found.blame(f"FALSE SENT: {sent} completed, {count} held {pair}", self._tell(pair, words))
            if count > sent == 0 and not unsure:
                found.blame(f"FALSE FAILURE: {count} held, {sent} completed {pair}", self._tell(pair, words))
        self._limits(held, found)
        self._repeats(found)
        return found

    def _word(self, task: str, found: Verdict) -> str:
        """The end of a task in one word, as the API tells it now."""
        said = self._status(task)
        pair = self._promises[task].ask.sender.viewer, self._promises[task].ask.slug
        if said is None:
            found.blame("LOST: an answered creation is not there", self._tell(pair, [("lost", task)]))
            return "lost"
        before = self._ends.get(task)
        if before and before["finished_at"] and before["status"] != said["status"]:
            found.blame(f"AN END CHANGED: {before} {said}", self._tell(pair, [(said["status"], task)]))
        if said.get("same_as"):
            return "merged"
        if said["finished_at"]:
            return str(said["status"])
        if _needs_review(said):
            return "needs_review"
        found.blame(f"NO END: {said}", self._tell(pair, [("open", task)]))
        return "open"

    def _held(self) -> Counter[tuple[str, str]]:
        book = self._stage.twin.book()["invitations"]
        return Counter((one["viewer"], one["slug"]) for one in book if one["origin"] == "post")

    def _repeats(self, found: Verdict) -> None:
        """The same request with the same key gets the answer it got, whatever has happened since."""
        for promise in self._keyed:
            body, headers = request(promise.ask)
            where = f"{self._stage.url}/linkedin-agent/send-connection-request"
            got = self._calls.post(where, data=body, headers=headers, timeout=ANSWER_S)
            if got.json().get("api_agent_task_id") != promise.task:
                found.blame(f"ANOTHER ANSWER: {promise.task} became {got.text}", "")

    def _starts(self) -> Counter[str]:
        """How often each task was allowed to act."""
        with closing(sqlite3.connect(self._stage.database)) as database:
            rows = database.execute("SELECT task_id FROM attempts WHERE started_at IS NOT NULL").fetchall()
        return Counter(task for (task,) in rows)

    def _limits(self, held: Counter[tuple[str, str]], found: Verdict) -> None:
        for sender in self._stage.senders:
            made = sum(count for (viewer, _), count in held.items() if viewer == sender.viewer)
            if made > sender.limit:
                found.blame(f"LIMIT: {made} invitations of {sender.viewer}, limit {sender.limit}", "")

    def _status(self, task: str) -> dict[str, Any] | None:
        got = self._calls.get(
            f"{self._stage.url}/linkedin-agent/get-task-status",
            params={"api_agent_task_id": task},
            headers=self._promises[task].ask.sender.house.headers,
            timeout=ANSWER_S,
        )
        if got.status_code == 404:
            return None
        assert got.status_code == 200, got.text
        return dict(got.json()["data"])

    def _post(self, task: str, action: str, body: dict[str, str]) -> None:
        headers = self._promises[task].ask.sender.house.headers
        self._calls.post(f"{self._stage.url}/linkedin-agent/{action}", json=body, headers=headers, timeout=ANSWER_S)

    def _tell(self, pair: tuple[str, str], words: list[tuple[str, str]]) -> str:
        """Everything known of a person's tasks: rows, events, evidence, and what LinkedIn was asked."""
        lines = []
        with closing(sqlite3.connect(self._stage.database)) as database:
            for word, task in words:
                lines.append(f"  task {task} {word} note={self._promises[task].ask.note!r}")
                rows = database.execute(
                    "SELECT at, type, data FROM events WHERE task_id = :task UNION ALL "
                    "SELECT at, 'evidence ' || source || ' ' || substr(lease_id, -6), body FROM evidence "
                    "WHERE task_id = :task ORDER BY at",
                    {"task": task},
                ).fetchall()
                rows += database.execute(
                    "SELECT at, 'member: ' || type, data FROM events WHERE task_id IS NULL AND member_id = "
                    "(SELECT member_id FROM tasks WHERE id = :task) UNION ALL SELECT last_seen_at, 'last seen', id "
                    "FROM agents WHERE member_id = (SELECT member_id FROM tasks WHERE id = :task) ORDER BY 1",
                    {"task": task},
                ).fetchall()
                lines += [f"    {at} {what} {body}" for at, what, body in rows]
        now = self._stage.tempo.now_ms()
        lines.append(
            f"  now {now}, by the server {now + self._stage.apart()}, by its wall {now + self._stage.ahead.read()}"
        )
        tried = [one for one in self._stage.twin.book()["attempts"] if (one["viewer"], one["slug"]) == pair]
        lines += [f"  LinkedIn {one['at']} {one['status']} {one['code']} {one['invitation_urn']}" for one in tried]
        made = [one for one in self._stage.twin.invitations(pair[1]) if one["viewer"] == pair[0]]
        lines += [f"  book {one['sent_at']} {json.dumps(one)}" for one in made]
        return "\n".join(lines)


def _needs_review(said: dict[str, Any]) -> bool:
    """Whether the task itself waits for a person; a queued one may only wait for a member who does."""
    return bool(said["status"] == "processing" and said["blocked_by"] == "needs_review")


def inquire(stage: Stage, office: Office, *, patience_ms: int, quiet_ms: int) -> Verdict:
    """Wait for every end, let what is still under way arrive, and compare."""
    inquiry = Inquiry(stage, office)
    try:
        ended_after_ms = inquiry.wait(patience_ms)
        stage.tempo.rest(quiet_ms)
        found = inquiry.verdict()
        found.ended_after_ms = ended_after_ms
        found.refused.update(str(said["code"]) for _, said in office.refused)
        return found
    finally:
        inquiry.close()
