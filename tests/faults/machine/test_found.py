"""Faults that the machine or a close look found once, each as the shortest story that shows it."""

from collections.abc import Iterator

import pytest

from curtsy.domain.task import Task
from curtsy.service import intake
from curtsy.storage.store import Store
from tests.faults.machine.town import Town
from tests.harness.folder import quick_folder


@pytest.fixture
def town() -> Iterator[Town]:
    with quick_folder() as folder:
        made = Town(folder, refuse_duplicates=False, requeues=True)
        try:
            yield made
        finally:
            made.close()


def ask(town: Town, person: int) -> Task:
    """A new task of the first member."""
    town.submit(0, person, by_name=False, note=None, key=None, times=1)
    return town.database.run_now(newest)


def newest(store: Store, _now: int) -> Task:
    row = store.rows.one("SELECT id FROM tasks ORDER BY id DESC LIMIT 1", {})
    assert row is not None
    task = store.tasks.get(row[0])
    assert task is not None
    return task


def test_a_paused_browser_gets_no_work_that_anothers_lease_left_behind(town: Town) -> None:
    ask(town, 1)
    first, second = town.browsers[:2]
    assert first.lease()
    town.clock.jump(60_000)
    second.paused = True
    assert not second.lease()
    second.paused, second.signed_in = False, town.linkedin.person(9)
    assert not second.lease()
    second.signed_in = second.account
    assert second.lease()


def test_a_wish_to_cancel_is_told_after_the_way_back_to_the_queue(town: Town) -> None:
    task = ask(town, 1)
    browser = town.browsers[0]
    assert browser.lease()
    browser.start()
    town.run(intake.cancel, task.team_id, task.id)
    town.clock.jump(15_000)
    browser.act(None, 0, dies=False)
    browser.finish()
    town.database.run_now(town.oracle.check)
    events = town.database.run_now(
        lambda store, _now: store.rows.all("SELECT type FROM events WHERE task_id = :id ORDER BY n", {"id": task.id})
    )
    assert [kind for (kind,) in events][-3:] == ["task.started", "task.requeued", "task.cancelled"]
