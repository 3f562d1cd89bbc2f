"""What must hold of a database and the LinkedIn beside it at every moment (guarantee, "Invariants")."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Protocol

from curtsy.domain.outcome import DISPOSITIONS, Outcome
from curtsy.domain.task import ACT_WITHIN_MS, MOVES, TERMINAL, UNTOLD, Task, TaskState
from curtsy.storage.store import Store
from curtsy.storage.store.tasks import COLUMNS, as_task
from tests.faults.machine.linkedin import LinkedIn, Post

DAY_MS = 86_400_000
S = TaskState
STATE_AFTER = {
    "task.created": S.QUEUED,
    "task.leased": S.LEASED,
    "task.started": S.STARTED,
    "task.unconfirmed": S.UNCONFIRMED,
    "task.requeued": S.QUEUED,
    "task.needs_review": S.NEEDS_REVIEW,
    "task.completed": S.COMPLETED,
    "task.failed": S.FAILED,
    "task.cancelled": S.CANCELLED,
    "task.expired": S.EXPIRED,
    "task.merged": S.MERGED,
}
WAITING_OUTCOMES = {str(outcome) for outcome, rule in DISPOSITIONS.items() if rule.state is S.QUEUED}
NOT_SENT = frozenset({S.QUEUED, S.LEASED, S.FAILED, S.CANCELLED, S.EXPIRED, S.MERGED})
"""Where LinkedIn has nothing of this task, and will not have it."""


@dataclass(frozen=True)
class Promise:
    """A creation that was answered: the caller relies on it."""

    task_id: str
    team_id: str
    key: str | None
    body: bytes
    at: int


class Stories(Protocol):
    """Evidence of a task, as the store keeps it."""

    def evidence(self, task_id: str) -> list[tuple[int, str, str]]:
        """When, from where, what."""


class Oracle:
    """Remembers what was promised and what has ended, and compares."""

    def __init__(self, linkedin: LinkedIn, *, day: int, requeues: bool) -> None:
        self.linkedin, self.day, self.requeues = linkedin, day, requeues
        self.promises: dict[str, Promise] = {}
        self.ended: dict[str, Task] = {}
        self._kept: dict[int, tuple[dict[str, Promise], int]] = {}
        self.lives_since = 0
        """Posts from here on belong to this life of the database."""
        self.has_died = False
        """Whether it is another life than the first."""

    def promised(self, promise: Promise) -> None:
        """A caller was answered; with a key it must be the answer given before."""
        for other in self.promises.values():
            same = promise.key is not None and (other.key, other.team_id) == (promise.key, promise.team_id)
            if same and promise.at - other.at < 30 * DAY_MS:
                assert (other.task_id, other.body) == (promise.task_id, promise.body), f"I2: {other} {promise}"
        self.promises[f"{promise.key}:{promise.task_id}"] = promise

    def backed_up(self, number: int) -> None:
        self._kept[number] = dict(self.promises), len(self.linkedin.posts)

    def restored(self, number: int) -> None:
        """What was promised after the backup is gone; what was done on LinkedIn is not."""
        self.promises = dict(self._kept[number][0])
        self.ended = {}
        self.lives_since, self.has_died = len(self.linkedin.posts), True

    # ------------------------------------------------------------------ the question

    def check(self, store: Store, now: int) -> None:
        """Everything that can be seen at one moment."""
        self.linkedin.world.now()
        rows = store.rows.all(f"SELECT {COLUMNS} FROM tasks", {})
        tasks = {task.id: task for task in map(as_task, rows) if task.kind not in UNTOLD}
        posts: dict[str, list[Post]] = defaultdict(list)
        for post in self.linkedin.posts:
            posts[post.task_id].append(post)
        self._promises_stand(tasks)
        self._table_is_sound(store)
        self._never_twice()
        for task in tasks.values():
            self._says_the_truth(store, task, posts[task.id])
            assert not task.ended or self.ended.setdefault(task.id, task) == task, f"I9: {task}"
        self._acts_were_allowed(store, now)
        self._stories_are_whole(store, tasks)

    def _promises_stand(self, tasks: dict[str, Task]) -> None:
        for promise in self.promises.values():
            assert promise.task_id in tasks, f"I1: {promise} was answered and is gone"

    def _table_is_sound(self, store: Store) -> None:
        twice = "SELECT {0}, count(*) FROM tasks WHERE {1} GROUP BY {0} HAVING count(*) > 1"
        open_or_sent = "state IN ('queued', 'leased', 'started', 'unconfirmed', 'needs_review', 'completed')"
        assert store.rows.all(twice.format("member_id, kind, profile_key", open_or_sent), {}) == [], "I3"
        hands = "lease_id IS NOT NULL AND lease_agent IN (SELECT id FROM agents)"
        joined = "(SELECT account FROM agents WHERE agents.id = lease_agent)"
        found = store.rows.all(
            f"SELECT {joined} AS account, count(*) FROM tasks WHERE {hands} GROUP BY account HAVING count(*) > 1", {}
        )
        assert found == [], f"I4: {found}"

    def _never_twice(self) -> None:
        counted = Counter((post.account, post.person) for post in self.linkedin.posts if self.linkedin.holds(post))
        assert all(times == 1 for times in counted.values()), f"I7: invited more than once: {counted}"

    def _says_the_truth(self, store: Store, task: Task, posts: list[Post]) -> None:
        pair = self._pair_of(store, task)
        if task.state in NOT_SENT:
            held = [post for post in posts if self.linkedin.holds(post)]
            assert not held, f"I8: {task.state} ({task.code}), but LinkedIn has {held}\n{_story(store, task)}"
        if task.state is S.COMPLETED and pair not in self.linkedin.touched:
            of_pair = [post for post in self.linkedin.posts if (post.account, post.person) == pair]
            seen = any(self.linkedin.landed(post) for post in of_pair)
            assert seen, f"I8: completed, but LinkedIn never had it: {task}\n{_story(store, task)}"

    def _pair_of(self, store: Store, task: Task) -> tuple[str, str]:
        row = store.rows.one("SELECT account FROM agents WHERE member_id = :id LIMIT 1", {"id": task.member_id})
        person = self.linkedin.resolve(task.profile_urn, task.profile_slug)
        return ("" if row is None else row[0].rpartition(":")[2]), person

    def _acts_were_allowed(self, store: Store, now: int) -> None:
        started: dict[str, int] = dict(
            store.rows.all("SELECT lease_id, started_at FROM attempts WHERE started_at IS NOT NULL", {})
        )
        spent = defaultdict(list)
        for post in self.linkedin.posts[self.lives_since :]:
            known = started.get(post.lease)
            assert known is not None or self.has_died, f"I6: no start before {post}"
            # After a restore an act may follow a start that the backup does not know; it is in time all the same.
            assert known is None or self.has_died or known <= post.at < known + ACT_WITHIN_MS, f"I6: {post} {known}"
            if post.outcome != Outcome.NOT_ATTEMPTED:
                spent[post.account].append(post.at)
        for account, times in spent.items():
            for first, last in zip(times, times[self.day :], strict=False):
                # An act follows its start by up to fifteen seconds.
                assert last - first > DAY_MS - ACT_WITHIN_MS, f"I12: {self.day + 1} acts of {account} within a day"

    def _stories_are_whole(self, store: Store, tasks: dict[str, Task]) -> None:
        told: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for task_id, kind, data in store.rows.all(
            "SELECT task_id, type, data FROM events WHERE task_id IS NOT NULL ORDER BY n", {}
        ):
            told[task_id].append((kind, json.loads(data)))
        for task in tasks.values():
            story = told[task.id]
            assert story, f"I17: nothing was told of {task}"
            assert story[0][0] == "task.created", f"I17: {story}"
            at = S.QUEUED
            for kind, data in story[1:]:
                after = STATE_AFTER[kind]
                self._moved_by_the_law(at, after, data, story)
                at = after
            assert at == task.state, f"I17: told {at}, is {task.state}: {story}"

    def _moved_by_the_law(self, at: S, after: S, data: dict[str, Any], story: Any) -> None:
        because = data.get("because")
        assert data["state"] == after, f"I17: {data} of {after}: {story}"
        if because == "restored":
            assert at not in TERMINAL, f"I17: {story}"
            return
        assert after in MOVES[at], f"I17: {at} -> {after} is no move: {story}"
        if after is S.QUEUED and at is S.STARTED:
            assert because in WAITING_OUTCOMES, f"I10: {story}"
        if after is S.QUEUED and at is S.UNCONFIRMED:
            allowed = WAITING_OUTCOMES | ({"absent_twice"} if self.requeues else set())
            assert because in allowed, f"I10: {story}"


def _story(store: Store, task: Task) -> str:
    events = store.rows.all("SELECT at, type, data FROM events WHERE task_id = :id ORDER BY n", {"id": task.id})
    return "\n".join(str(line) for line in [*events, *store.attempts.evidence(task.id)])
