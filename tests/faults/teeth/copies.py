"""Stories of a database that came back from a copy: each holds as long as its guard stands."""

from __future__ import annotations

from curtsy.service import review
from curtsy.storage.store import CLOCK_JUMPED, Store
from tests.faults.machine.town import Town
from tests.faults.teeth.words import COUNTS_MS, MINUTE, announce, ask, doubtful, leased, look, row, sound, state, wait


def a_restore_begins_another_life(t: Town) -> None:
    t.back_up()
    t.restore(0)
    assert t.incarnation() > t.browsers[0].incarnation


def a_restored_task_is_in_doubt(t: Town) -> None:
    ask(t)
    t.back_up()
    t.browsers[0].turn("late_commit", 100_000)
    t.restore(0)
    t.browsers[1].turn()
    t.clock.jump(120_000)
    sound(t)


def back(t: Town) -> None:
    """A copy is made and put back at once, and a server has started on it."""
    t.back_up()
    t.restore(0)
    wait(t, 0)


def what_a_restore_forgot_is_not_sent_again_at_once(t: Town) -> None:
    t.back_up()
    _, browser, _ = leased(t)
    browser.start()
    browser.act("late_commit", 120_000, dies=True)
    t.restore(0)
    again = ask(t)
    for _ in range(5):
        wait(t, 30_000)
        t.browsers[1].turn()
    wait(t, COUNTS_MS)
    t.browsers[1].turn()
    sound(t)
    assert state(t, again) == "failed"


def nobody_is_given_an_act_in_the_quiet(t: Town) -> None:
    back(t)
    ask(t)
    wait(t, COUNTS_MS - 1)
    assert not t.browsers[0].lease()
    wait(t, 1)
    assert t.browsers[0].lease()


def the_quiet_is_looked_at_in_the_start(t: Town) -> None:
    task, browser, held = leased(t)
    t.run(_restored_now)
    announce(t, browser, task, held.lease)
    assert state(t, task) == "queued"


def _restored_now(store: Store, _now: int) -> None:
    store.set_house("restored", "0")


def what_was_read_in_the_quiet_is_too_old(t: Town) -> None:
    back(t)
    wait(t, COUNTS_MS)
    task, browser, held = leased(t)
    announce(t, browser, task, held.lease, ago=1)
    assert state(t, task) == "queued"
    wait(t, MINUTE)
    assert browser.journal is not None
    browser.journal = None
    browser.turn()
    assert state(t, task) == "completed"


def the_quiet_counts_from_a_servers_start(t: Town) -> None:
    t.back_up()
    t.restore(0)
    t.clock.jump(10 * MINUTE)
    ask(t)
    assert not t.browsers[0].lease()
    wait(t, 0)
    assert not t.browsers[0].lease()


def absence_counts_from_a_servers_start(t: Town) -> None:
    task, browser = doubtful(t)
    t.back_up()
    t.restore(0)
    t.clock.jump(10 * MINUTE)
    wait(t, 0)
    assert look(t, browser)
    assert row(t, task).absent_at is None


def the_quiet_of_a_wrong_clock_begins_anew(t: Town) -> None:
    back(t)
    t.run(_jumped)
    wait(t, COUNTS_MS)
    t.run(review.confirm_clock)
    ask(t)
    assert not t.browsers[0].lease()


def a_wrong_clock_does_not_end_the_quiet(t: Town) -> None:
    back(t)
    t.run(_jumped)
    wait(t, 10 * MINUTE)
    t.run(review.confirm_clock)
    wait(t, 0)
    ask(t)
    assert not t.browsers[0].lease()


def _jumped(store: Store, _now: int) -> None:
    store.set_house(CLOCK_JUMPED, "1")
