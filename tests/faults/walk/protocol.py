"""The protocol as a small pure model: one task, two browsers of one member, a wire that loses and delays, deaths.

Time goes in quarters of a minute, which every time of the guarantee is a multiple of. The model keeps the rules of the
desks and nothing else; ``test_replay`` shows that it and the desks agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from curtsy.domain.task import (
    ABSENCE_AFTER_MS,
    ABSENCE_APART_MS,
    ACT_WITHIN_MS,
    LEASE_MS,
    LOOK_AGAIN_MS,
    MOST_ACTS,
    MOST_FRUITLESS_LEASES,
    STARTED_MS,
)
from curtsy.service.second_look import ELSEWHERE_WAIT_MS
from curtsy.service.settle import NOT_ATTEMPTED_WAIT_MS

TICK_MS = 15_000
LEASE, ACT_WITHIN, STARTED = LEASE_MS // TICK_MS, ACT_WITHIN_MS // TICK_MS, STARTED_MS // TICK_MS
COUNTS, APART = ABSENCE_AFTER_MS // TICK_MS, ABSENCE_APART_MS // TICK_MS
ELSEWHERE, UNREADABLE = ELSEWHERE_WAIT_MS // TICK_MS, LOOK_AGAIN_MS // TICK_MS
FLIGHT = 120_000 // TICK_MS
"""What the guarantee assumes: a request sent lands within two minutes or never."""
READ_LAG = 30_000 // TICK_MS
"""For so long a read may or may not show what has landed."""
OVER = frozenset({"completed", "failed", "needs_review"})


@dataclass(frozen=True, slots=True)
class Rules:
    """Which guards stand, and what the world is like.

    ``start``: ask before the act. ``verify``: doubt is looked at, not retried. ``deadline``: the act comes soon after
    asking or not at all. ``holder``: only who holds the lease may start. ``run``: what another run of the browser says
    of an act, or asks again, does not count. ``patience``: an absence counts only from ``COUNTS`` on. ``requeues``: the
    team's setting. ``flight``: the longest a request is under way. ``attempts``: so many are told apart.
    """

    start: bool = True
    verify: bool = True
    deadline: bool = True
    holder: bool = True
    run: bool = True
    patience: bool = True
    requeues: bool = False
    flight: int = FLIGHT
    elsewhere: int = ELSEWHERE
    most_deaths: int = 1
    attempts: int = 3


class Task(NamedTuple):
    """The row; times are quarters of a minute from or until now."""

    state: str = "queued"
    lease: int = 0
    holder: int = -1
    left: int = 0
    look_only: bool = False
    granted: int = 0
    attempts: int = 0
    fruitless: int = 0
    acts: int = 0
    age: int = -1
    act_lease: int = 0
    by: int = -1
    run: int = -1
    said: bool = False
    absent: int = -1
    look: int = 0
    elsewhere: bool = False
    wait: int = 0


class Mail(NamedTuple):
    """A report under way; it may arrive at any time, or never."""

    lease: int
    run: int
    word: str
    closed: bool = False


def _let_go(task: Task) -> Task:
    return task._replace(lease=0, holder=-1, left=0, look_only=False)


def passed(task: Task, rules: Rules) -> Task:
    """A quarter of a minute later, with what it brings about."""
    later = task._replace(
        left=max(0, task.left - 1),
        age=min(COUNTS, task.age + 1) if task.age >= 0 else -1,
        absent=min(APART, task.absent + 1) if task.absent >= 0 else -1,
        look=max(0, task.look - 1),
        wait=max(0, task.wait - 1),
    )
    if not later.lease or later.left:
        return later
    if later.state == "leased":
        if later.fruitless + 1 >= MOST_FRUITLESS_LEASES:
            return _let_go(later)._replace(state="failed")
        return _let_go(later)._replace(state="queued", fruitless=later.fruitless + 1)
    if later.state == "started":
        return _doubt(later, rules)
    return _let_go(later)._replace(look=UNREADABLE, elsewhere=False)


def _doubt(task: Task, rules: Rules) -> Task:
    """Where an act whose end is unknown leads: to a second look, or without that guard back to the queue."""
    if rules.verify:
        return _let_go(task)._replace(state="unconfirmed", look=0)
    return _let_go(task)._replace(state="queued")


def lease(task: Task, browser: int, rules: Rules) -> Task:
    """A browser asks for work; it has the task if it is the holder afterwards."""
    if task.lease:
        return task
    if task.state == "queued" and not task.wait:
        return task._replace(
            state="leased", lease=task.granted + 1, holder=browser, left=LEASE, granted=task.granted + 1,
            attempts=min(rules.attempts, task.attempts + 1), look_only=False,
        )  # fmt: skip
    due = not task.look or (task.elsewhere and task.by == browser)
    if task.state == "unconfirmed" and due:
        return task._replace(
            lease=task.granted + 1, holder=browser, left=LEASE, granted=task.granted + 1, look_only=True
        )
    return task


def start(task: Task, browser: int, run: int, held: int, pending: bool, rules: Rules) -> tuple[Task, int | None]:
    """A browser asks to act: how many quarters it has for it, None is no."""
    if task.state == "started" and (task.act_lease, task.by) == (held, browser):
        same = task.run == run or not rules.run
        return task, max(0, ACT_WITHIN - task.age) if same else 0
    mine = task.state == "leased" and (task.lease, task.holder) == (held, browser)
    if rules.holder and not mine:
        return task, None
    if task.state not in ("leased", "started"):
        return task, None
    if pending:
        return _let_go(task)._replace(state="completed" if task.acts else "failed"), None
    began = task._replace(
        state="started", left=STARTED, lease=held, holder=browser, look_only=False, acts=task.acts + 1, fruitless=0,
        age=0, act_lease=held, by=browser, run=run, said=False, absent=-1, look=0, elsewhere=False,
    )  # fmt: skip
    return began, ACT_WITHIN


def finish(task: Task, browser: int, mail: Mail, rules: Rules) -> Task:
    """A report arrives: in time, late or repeated."""
    if mail.word in ("present", "absent"):
        held = task.state == "unconfirmed" and task.look_only and (task.lease, task.holder) == (mail.lease, browser)
        if not held:
            return task
        return _absent(task, browser, mail, rules) if mail.word == "absent" else _ended(task, "completed")
    of_the_act = mail.lease == task.act_lease and task.by == browser
    if task.state in ("unconfirmed", "needs_review") and of_the_act:
        return _late(task, mail, rules)
    if task.lease != mail.lease or task.holder != browser or task.look_only:
        return task
    if task.state == "leased":
        if mail.word == "not_attempted":
            return _let_go(task)._replace(state="queued", wait=_wait(task))
        return _doubt(task, rules) if mail.word == "unknown" else _ended(task, "completed")  # only without `start`
    if task.state != "started":
        return task
    if mail.word == "sent":
        return _ended(task, "completed")
    if mail.word == "not_attempted" and (mail.run == task.run or not rules.run):
        return _let_go(task)._replace(state="queued", acts=task.acts - 1, wait=_wait(task), said=True)
    return _doubt(task._replace(said=True), rules)


def _ended(task: Task, state: str) -> Task:
    return _let_go(task)._replace(state=state, look=0)


def _wait(task: Task) -> int:
    return -(-(NOT_ATTEMPTED_WAIT_MS << (task.attempts - 1)) // TICK_MS)


def _late(task: Task, mail: Mail, rules: Rules) -> Task:
    if mail.word == "sent":
        return _ended(task, "completed")
    counts = (mail.run == task.run or not rules.run) and not task.said and task.state == "unconfirmed"
    if mail.word == "not_attempted" and counts:
        return _let_go(task)._replace(state="queued", acts=task.acts - 1, wait=_wait(task), said=True, look=0)
    return task


def _absent(task: Task, browser: int, mail: Mail, rules: Rules) -> Task:
    if task.by != browser:
        return _let_go(task)._replace(look=rules.elsewhere, elsewhere=True)
    again = _let_go(task)._replace(elsewhere=False)
    counts_in = COUNTS - task.age if rules.patience else 0
    if mail.run == task.run and not mail.closed:
        return again._replace(look=max(counts_in, UNREADABLE))
    if counts_in > 0:
        return again._replace(look=counts_in)
    if task.absent < 0:
        return again._replace(absent=0, look=APART)
    if task.absent < APART:
        return again._replace(look=APART - task.absent)
    if rules.requeues and task.acts < MOST_ACTS:
        return again._replace(state="queued", look=0)
    return again._replace(state="needs_review", look=0)
