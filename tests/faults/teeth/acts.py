"""Stories of the table, of `start` and of `finish`: each holds as long as its guard stands."""

from __future__ import annotations

from typing import Any

import apsw

from curtsy.domain.member import Cause
from curtsy.domain.outcome import Relation
from curtsy.domain.task import Task
from curtsy.service import dispatch, intake, pauses, teams
from curtsy.storage.sqlite import SqliteDatabase
from curtsy.storage.store import CLOCK_JUMPED, Store
from tests.faults.machine.linkedin import urn
from tests.faults.machine.town import Town
from tests.faults.teeth.words import (
    MINUTE,
    absent_twice,
    announce,
    ask,
    doubtful,
    leased,
    look,
    report,
    sound,
    state,
    wait,
)
from tests.harness.clock import Clocks


def swap(t: Town, task: str, **other: Any) -> Task | None:
    """The compare-and-set of `start` alone, without the checks before it."""

    def change(store: Store, now: int) -> Task | None:
        found = store.tasks.get(task)
        assert found is not None
        said: dict[str, Any] = {"lease": found.lease_id or "", "agent": found.lease_agent or "", "now": now} | other
        return store.leases.start(
            found, boot="b", installation="i", key=t.linkedin.person(1), urn="u", until=now + 1, **said
        )

    return t.database.run_now(change)


# ------------------------------------------------------------------ the table


def one_a_person(t: Town) -> None:
    t.submit(0, 1, by_name=False, note=None, key=None, times=50)


def one_in_hand(t: Town) -> None:
    leased(t)
    other = ask(t, 2)
    try:
        t.database.run_now(
            lambda store, _now: store.rows.one(
                "UPDATE tasks SET account_in_hand = (SELECT account_in_hand FROM tasks WHERE lease_id IS NOT NULL) "
                "WHERE id = :id",
                {"id": other},
            )
        )
    except apsw.ConstraintError:
        return
    raise AssertionError("two tasks of one account are in hand")


def anothers_lease(t: Town) -> None:
    leased(t)
    assert not t.browsers[1].lease()


def swap_names_the_state(t: Town) -> None:
    task, browser, _ = leased(t)
    browser.start()
    assert state(t, task) == "started"
    assert swap(t, task) is None


def swap_names_the_lease(t: Town) -> None:
    assert swap(t, leased(t)[0], lease="another") is None


def swap_names_the_agent(t: Town) -> None:
    assert swap(t, leased(t)[0], agent="another") is None


def swap_names_the_time(t: Town) -> None:
    assert swap(t, leased(t)[0], now=t.clock() + MINUTE) is None


def swap_names_the_purpose(t: Town) -> None:
    task, _, _ = leased(t)
    t.database.run_now(lambda store, _now: store.rows.one("UPDATE tasks SET lease_purpose = 'verify'", {}))
    assert swap(t, task) is None


def swap_obeys_the_wish(t: Town) -> None:
    task, _, _ = leased(t)
    t.database.run_now(lambda store, _now: store.rows.one("UPDATE tasks SET cancel_wanted = 1", {}))
    assert swap(t, task) is None


# ------------------------------------------------------------------ start


def a_lease_not_held_moves_nothing(t: Town) -> None:
    task, _, held = leased(t)
    announce(t, t.browsers[1], task, held.lease, relation=Relation.CONNECTED)
    assert state(t, task) == "leased"


def a_lease_that_ran_out_moves_nothing(t: Town) -> None:
    task, browser, held = leased(t)
    t.clock.jump(MINUTE)
    announce(t, browser, task, held.lease, relation=Relation.CONNECTED)
    assert state(t, task) == "leased"


def the_wrong_member_does_not_act(t: Town) -> None:
    task, browser, held = leased(t)
    announce(t, browser, task, held.lease, account=urn(t.linkedin.person(9)))
    assert state(t, task) == "queued"


def who_is_pending_is_not_invited(t: Town) -> None:
    t.linkedin.by_hand(t.members[0].account, t.linkedin.person(1), None)
    task, browser, _ = leased(t)
    browser.turn()
    assert state(t, task) == "failed"


def one_person_by_two_names_is_merged(t: Town) -> None:
    named, browser, held = leased(t, by_name=True)
    ask(t, 1)
    announce(t, browser, named, held.lease)
    assert state(t, named) == "merged"


def a_pause_that_came_meanwhile_stops_the_act(t: Town) -> None:
    task, browser, held = leased(t)
    t.run(pauses.pause, t.members[0].team_id, t.members[0].id, Cause.CHALLENGE)
    announce(t, browser, task, held.lease)
    assert state(t, task) == "queued"


def the_pace_is_checked_at_the_start(t: Town) -> None:
    ask(t, 2)
    t.browsers[0].turn()
    task, browser, held = leased(t)
    t.run(teams.set_pace, t.members[0].team_id, t.members[0].id, 1)
    announce(t, browser, task, held.lease)
    assert state(t, task) == "queued"


def a_day_has_its_limit(t: Town) -> None:
    for person in range(4):
        ask(t, person)
        t.browsers[0].turn()
    assert len(t.linkedin.posts) == 3
    sound(t)


def who_cools_down_is_not_invited_by_another_name(t: Town) -> None:
    named, browser, held = leased(t, by_name=True)
    person = t.linkedin.person(1)

    def cool_down(store: Store, now: int) -> None:
        store.people.cool_down(t.members[0].id, person, None, None, reason="withdrawn", now=now, until=now + MINUTE)

    t.run(cool_down)
    announce(t, browser, named, held.lease)
    assert state(t, named) == "failed"


def a_clock_that_jumped_stops_acts(t: Town) -> None:
    task, browser, held = leased(t)
    t.run(lambda store, _now: store.set_house(CLOCK_JUMPED, "1"))
    announce(t, browser, task, held.lease)
    assert state(t, task) == "queued"
    assert not t.browsers[1].lease()


def _machine(t: Town) -> Clocks:
    """The server again, in a machine of whose clocks one is set by people."""
    clocks = Clocks(steady=t.clock)
    clocks.wall.set_by(t.clock() - clocks.wall())
    _restarted(t, clocks)
    return clocks


def _restarted(t: Town, clocks: Clocks, boot: str = "monday") -> None:
    t.database.close()
    t.database = SqliteDatabase(t.path, clock=clocks.wall, steady=clocks.steady, boot=boot)
    t.database.keep_time(serves=True)


def a_jump_of_the_clock_is_noticed(t: Town) -> None:
    clocks = _machine(t)
    t.database.run_now(_doubted)
    clocks.wall.set_by(6 * MINUTE)
    assert t.database.run_now(_doubted)


def a_small_step_lets_no_absence_count_early(t: Town) -> None:
    clocks = _machine(t)
    task, browser = doubtful(t)
    clocks.wall.set_by(4 * MINUTE)
    for _ in range(4):
        look(t, browser)
        clocks.pass_(35_000)
    assert state(t, task) == "unconfirmed"


def a_restart_does_not_hide_a_step(t: Town) -> None:
    clocks = _machine(t)
    task, browser = doubtful(t)
    clocks.wall.set_by(4 * MINUTE)
    _restarted(t, clocks)
    for _ in range(4):
        look(t, browser)
        clocks.pass_(35_000)
    assert state(t, task) == "unconfirmed"


def a_clock_set_while_nothing_ran_is_noticed(t: Town) -> None:
    clocks = _machine(t)
    t.database.close()
    clocks.wall.set_by(6 * MINUTE)
    _restarted(t, clocks)
    assert t.database.run_now(_doubted)


def a_clock_set_back_before_a_reboot_is_noticed(t: Town) -> None:
    clocks = _machine(t)
    t.database.close()
    clocks.wall.set_by(-6 * MINUTE)
    _restarted(t, clocks, "tuesday")
    assert t.database.run_now(_doubted)


def _doubted(store: Store, _now: int) -> bool:
    return dispatch.clock_in_doubt(store)


def another_run_has_no_time_left(t: Town) -> None:
    task, browser, held = leased(t)
    browser.start()
    assert announce(t, browser, task, held.lease, boot="another") == 0


def time_to_act_runs_out(t: Town) -> None:
    task, browser, held = leased(t)
    browser.start()
    t.clock.jump(10_000)
    assert announce(t, browser, task, held.lease) == 5_000


# ------------------------------------------------------------------ finish


def sent_is_said_when_seen(t: Town) -> None:
    _, browser, _ = leased(t)
    browser.start()
    browser.act("drop_before", 0, dies=True)
    browser.finish(careless="sent")
    sound(t)


def only_the_same_run_knows_that_it_did_not(t: Town) -> None:
    task, browser, _ = leased(t)
    browser.start()
    browser.act("drop_after", 0, dies=True)
    browser.finish(careless="not_attempted")
    assert state(t, task) == "unconfirmed"


def who_acted_cannot_take_it_back(t: Town) -> None:
    task, browser, held = leased(t)
    browser.start()
    report(t, browser, task, held.lease, "unknown", acted=True)
    report(t, browser, task, held.lease, "not_attempted")
    assert state(t, task) == "unconfirmed"


def an_unknown_answer_is_no_answer(t: Town) -> None:
    task, browser = doubtful(t, "late_commit", 100_000)
    browser.lease()
    assert state(t, task) == "unconfirmed"


def a_started_lease_that_runs_out_is_doubt(t: Town) -> None:
    task, browser, _ = leased(t)
    browser.start()
    wait(t, 150_000)
    assert state(t, task) == "unconfirmed"


def an_old_act_says_nothing_of_a_new_one(t: Town) -> None:
    task, browser, held = leased(t)
    browser.start()
    browser.act("drop_before", 0, dies=True)
    browser.finish()
    absent_twice(t, browser)
    browser.lease()
    browser.start()
    browser.act("late_commit", 100_000, dies=True)
    browser.finish()
    report(t, browser, task, held.lease, "refused")
    assert state(t, task) == "unconfirmed"


def a_lost_lease_says_nothing(t: Town) -> None:
    task, browser, held = leased(t)
    wait(t, MINUTE)
    assert t.browsers[1].lease()
    report(t, browser, task, held.lease, "not_found")
    assert state(t, task) == "leased"


def anothers_report_says_nothing(t: Town) -> None:
    task, _, held = leased(t)
    report(t, t.browsers[1], task, held.lease, "not_found")
    assert state(t, task) == "leased"


def what_was_not_started_was_not_sent(t: Town) -> None:
    task, browser, held = leased(t)
    report(t, browser, task, held.lease, "sent", invitation_urn="urn:li:fsd_invitation:1")
    assert state(t, task) == "leased"


def a_wish_to_cancel_stops_a_second_act(t: Town) -> None:
    task, browser = doubtful(t)
    t.run_refused(intake.cancel, t.members[0].team_id, task)
    absent_twice(t, browser)
    assert state(t, task) == "cancelled"
