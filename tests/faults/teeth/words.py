"""What the stories are told in: a task made, held, started, lost, looked at."""

from __future__ import annotations

from typing import Any

from curtsy.domain.agent import Agent
from curtsy.domain.outcome import Relation
from curtsy.domain.task import Task
from curtsy.service import reports, start, upkeep
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import Intent
from curtsy.storage.store import Store
from tests.faults.machine.browser import Browser, Journal
from tests.faults.machine.linkedin import urn
from tests.faults.machine.town import Town

MINUTE = 60_000
COUNTS_MS = 165_000


def ask(t: Town, person: int = 1, *, by_name: bool = False, key: str | None = None, note: str | None = None) -> str:
    t.submit(0, person, by_name=by_name, note=note, key=key, times=1)
    return list(t.oracle.promises.values())[-1].task_id


def row(t: Town, task: str) -> Task:
    found = t.database.run_now(lambda store, _now: store.tasks.get(task))
    assert found is not None
    return found


def state(t: Town, task: str) -> str:
    return str(row(t, task).state)


def sound(t: Town) -> None:
    """What the oracle sees."""
    t.database.run_now(t.oracle.check)


def leased(t: Town, person: int = 1, **more: Any) -> tuple[str, Browser, Journal]:
    """A new task in the first browser's hand."""
    task, browser = ask(t, person, **more), t.browsers[0]
    assert browser.lease()
    assert browser.journal is not None
    assert browser.journal.task == task
    return task, browser, browser.journal


def doubtful(t: Town, fate: str = "drop_before", late_ms: int = 0, **more: Any) -> tuple[str, Browser]:
    """A new task whose act was allowed and made, and whose answer nobody saw."""
    task, browser, _ = leased(t, **more)
    browser.start()
    browser.act(fate, late_ms, dies=True)
    browser.finish()
    assert state(t, task) == "unconfirmed"
    return task, browser


def look(t: Town, browser: Browser, *, tab_closed: bool = True) -> bool:
    """Whether there was something to look at; it was looked at."""
    if not browser.lease():
        return False
    browser.finish(tab_closed=tab_closed)
    return True


def absent_twice(t: Town, browser: Browser) -> None:
    """Two absences that count."""
    t.clock.jump(COUNTS_MS)
    assert look(t, browser)
    t.clock.jump(30_000)
    assert look(t, browser)


def wait(t: Town, ms: int) -> None:
    t.clock.jump(ms)
    while t.run(upkeep.upkeep):
        pass


def report(t: Town, browser: Browser, task: str, lease: str, outcome: str, **seen: Any) -> Any:
    """Say something about a lease, whatever the browser holds."""
    return t.call(browser.token, _reported, task, Report(lease, browser.boot, outcome, None, Evidence(**seen)))


def _reported(store: Store, now: int, agent: Agent, task: str, said: Report) -> Any:
    return reports.finish(store, now, agent, task, said)


def announce(t: Town, browser: Browser, task: str, lease: str, **other: Any) -> Any:
    """Say that an act is about to follow; ``other`` replaces what an honest browser says."""
    honest = {"account": urn(browser.account), "person": t.linkedin.person(1), "boot": browser.boot, "ago": 0}
    said: dict[str, Any] = {**honest, **other}
    relation = said.get("relation", Relation.NONE)
    intent = Intent(lease, said["boot"], said["account"], urn(said["person"]), relation, said["ago"])
    return t.call(browser.token, _announced, task, intent)


def _announced(store: Store, now: int, agent: Agent, task: str, intent: Intent) -> Any:
    return start.start(store, now, agent, task, intent)
