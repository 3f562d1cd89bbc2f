"""The end of a run: the faults stop, the browsers are opened, and within a quarter of an hour nothing is in doubt."""

from __future__ import annotations

import contextlib

from curtsy.domain.agent import Agent, AgentRevoked
from curtsy.domain.errors import Refusal
from curtsy.domain.member import barrier
from curtsy.domain.task import UNTOLD, Task, TaskState
from curtsy.service import pauses, status, upkeep
from curtsy.storage.store import Store
from curtsy.storage.store.tasks import COLUMNS, as_task
from tests.faults.machine.town import Town

WITHIN_MS = 15 * 60_000
STEP_MS = 15_000
OPEN = (TaskState.QUEUED, TaskState.LEASED, TaskState.STARTED, TaskState.UNCONFIRMED)
MAY_WAIT = {"pacing", "day_limit", "week_limit", "invitation_limit", "throttled", "note_limit"}
"""What a task may go on waiting for: the pace, and what LinkedIn asked of the member."""


def calm_down(town: Town) -> None:
    """I11, and once more everything else; at last, that no secret lies in the database."""
    town.strikes = None
    town.see_who_left()
    _open_everything(town)
    began = town.clock()
    while _unsettled(town) and town.clock() - began < WITHIN_MS:
        for member in town.members:
            # Whoever is asked to look at LinkedIn does so, and says that acts may go on.
            town.run(pauses.resume, member.team_id, member.id)
        for browser in town.browsers:
            if browser.token:
                try:
                    browser.turn()
                except Refusal as refusal:
                    raise AssertionError(f"an honest browser was told {refusal!r}") from refusal
        town.database.run_now(town.oracle.check)
        if _unsettled(town):
            town.clock.jump(STEP_MS)
            while town.run(upkeep.upkeep):
                pass
    left = [(task.state, reason, task.id) for task, reason in _unsettled(town)]
    assert not left, f"I11: a quarter of an hour after the last fault: {left}"
    town.database.run_now(town.oracle.check)
    _keeps_no_secret(town)


def _open_everything(town: Town) -> None:
    for number, browser in enumerate(town.browsers):
        browser.paused, browser.signed_in = False, browser.account
        town.linkedin.set_read_lag(browser.account, 0)
        # A browser whose pairing has ended, or was forgotten by a restore, notices it here and is paired anew.
        with contextlib.suppress(AgentRevoked):
            browser.call(_hello)
        if not browser.token:
            town.pair(number)


def _hello(_store: Store, _now: int, agent: Agent) -> str:
    """A call that asks for nothing but to be known."""
    return agent.id


def _unsettled(town: Town) -> list[tuple[Task, str | None]]:
    """Open tasks that have no good reason to be so: a member who left is waited for in vain, for three days."""
    gone = {member.id for member in town.members if member.removed}
    waiting = [found for found in town.database.run_now(_open_tasks) if found[0].member_id not in gone]
    # Doubt is looked at as soon as LinkedIn may be read again.
    patient = {TaskState.QUEUED: MAY_WAIT, TaskState.UNCONFIRMED: {"throttled"}}
    return [(task, why) for task, why in waiting if why not in patient.get(task.state, ())]


def _open_tasks(store: Store, now: int) -> list[tuple[Task, str | None]]:
    rows = store.rows.all(f"SELECT {COLUMNS} FROM tasks ORDER BY id", {})
    tasks = [task for task in map(as_task, rows) if task.state in OPEN and task.kind not in UNTOLD]
    return [(task, _why(store, now, task)) for task in tasks]


def _why(store: Store, now: int, task: Task) -> str | None:
    """What a task waits for; one in doubt, for a time in which LinkedIn may not be read."""
    if task.state is TaskState.UNCONFIRMED:
        stop = barrier(store.teams.pauses(task.member_id, now), act=False)
        return stop.cause if stop is not None else None
    return status.describe(store, now, task).wait.blocked_by


def _keeps_no_secret(town: Town) -> None:
    """I16: what proves who somebody is is kept as a hash."""
    kept = b"".join(file.read_bytes() for file in town.folder.glob("curtsy.db*"))
    for secret in town.secrets:
        assert secret.encode() not in kept, "I16: a secret lies in the database in clear"
