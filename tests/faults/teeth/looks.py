"""Stories of the second look, of keys, strangers and time: each holds as long as its guard stands."""

from __future__ import annotations

from functools import partial
from typing import Any

from curtsy.domain.agent import Agent, AgentRevoked, LeaseLost, UnknownCode
from curtsy.domain.errors import IdempotencyKeyReused, InvalidApiKey, TaskNotFound, TryAgain
from curtsy.domain.outcome import Relation
from curtsy.service import access, dispatch, intake, pairing, pauses, start
from curtsy.service.start import Intent
from curtsy.storage.store import Store
from tests.faults.machine.browser import Browser
from tests.faults.machine.linkedin import urn
from tests.faults.machine.town import Town
from tests.faults.teeth.words import (
    COUNTS_MS,
    MINUTE,
    absent_twice,
    announce,
    ask,
    doubtful,
    leased,
    look,
    report,
    row,
    sound,
    state,
    wait,
)

# ------------------------------------------------------------------ the second look


def absence_counts_from_165_seconds(t: Town) -> None:
    _, browser = doubtful(t, "late_commit", 120_000)
    for ms in (30_000, 30_000, 30_000, 20_000):
        t.clock.jump(ms)
        look(t, browser)
    browser.turn()
    t.clock.jump(120_000)
    sound(t)


def absence_is_seen_twice(t: Town) -> None:
    task, browser = doubtful(t)
    t.clock.jump(COUNTS_MS)
    look(t, browser)
    assert state(t, task) == "unconfirmed"


def absences_are_apart(t: Town) -> None:
    task, browser = doubtful(t)
    t.clock.jump(COUNTS_MS)
    look(t, browser)
    t.run(lambda store, now: store.rows.one("UPDATE tasks SET look_at = :now", {"now": now}))
    t.clock.jump(29_999)
    look(t, browser)
    assert state(t, task) == "unconfirmed"


def absence_is_seen_by_who_acted(t: Town) -> None:
    task, _ = doubtful(t)
    t.clock.jump(COUNTS_MS)
    for _ in range(3):
        assert look(t, t.browsers[1])
        t.clock.jump(15 * MINUTE)
    assert state(t, task) == "unconfirmed"


def the_tab_is_closed_first(t: Town) -> None:
    task, browser, _ = leased(t)
    browser.start()
    browser.act("drop_before", 0, dies=False)
    browser.finish()
    t.clock.jump(COUNTS_MS)
    for _ in range(3):
        assert look(t, browser, tab_closed=False)
        t.clock.jump(MINUTE)
    assert state(t, task) == "unconfirmed"


def an_older_invitation_is_not_ours(t: Town) -> None:
    task, browser = doubtful(t)
    report_look(t, browser, "pending", invitation_sent_ms_ago=2 * MINUTE, message_equal=True)
    assert state(t, task) == "failed"


def an_invitation_in_other_words_is_not_ours(t: Town) -> None:
    task, browser = doubtful(t)
    report_look(t, browser, "pending", invitation_sent_ms_ago=0, message_equal=False)
    assert state(t, task) == "failed"


def report_look(t: Town, browser: Browser, seen: str, **evidence: Any) -> None:
    assert browser.lease()
    assert browser.journal is not None
    report(t, browser, browser.journal.task, browser.journal.lease, seen, **evidence)


def two_acts_are_enough(t: Town) -> None:
    task, browser = doubtful(t)
    absent_twice(t, browser)
    assert state(t, task) == "queued"
    browser.lease()
    browser.start()
    browser.act("drop_before", 0, dies=True)
    browser.finish()
    t.run(pauses.resume, t.members[0].team_id, t.members[0].id)
    absent_twice(t, browser)
    assert state(t, task) == "needs_review"


def absence_leads_on_only_where_a_team_wants_it(t: Town) -> None:
    task, browser = doubtful(t)
    t.run(lambda store, _now: store.teams.set_absence_requeues(t.members[0].team_id, False))
    absent_twice(t, browser)
    assert state(t, task) == "needs_review"


def _looking(t: Town) -> tuple[str, Browser, str]:
    task, browser = doubtful(t)
    assert browser.lease()
    assert browser.journal is not None
    return task, browser, browser.journal.lease


def a_look_never_starts(t: Town) -> None:
    task, browser, lease = _looking(t)
    announce(t, browser, task, lease)
    assert (state(t, task), row(t, task).acts) == ("unconfirmed", 1)


def a_look_is_never_released(t: Town) -> None:
    task, browser, lease = _looking(t)
    t.call(browser.token, _released, task, lease)
    assert state(t, task) == "unconfirmed"


def _released(store: Store, now: int, agent: Agent, task: str, lease: str) -> Any:
    return dispatch.release(store, now, agent, task, lease)


def a_look_that_runs_out_leaves_the_doubt(t: Town) -> None:
    task, _, _ = _looking(t)
    wait(t, MINUTE)
    assert state(t, task) == "unconfirmed"


def a_look_that_ran_out_says_nothing(t: Town) -> None:
    task, browser, lease = _looking(t)
    wait(t, MINUTE)
    report(t, browser, task, lease, "pending", invitation_sent_ms_ago=0, message_equal=True)
    assert state(t, task) == "unconfirmed"


# ------------------------------------------------------------------ keys, strangers


def a_key_gets_its_answer_again(t: Town) -> None:
    first = ask(t, 1, key="k")
    t.run(intake.cancel, t.members[0].team_id, first)
    assert ask(t, 1, key="k") == first


def a_key_belongs_to_one_request(t: Town) -> None:
    ask(t, 1, key="k")
    before = len(t.oracle.promises)
    t.submit(0, 2, by_name=False, note=None, key="k", times=1)
    assert len(t.oracle.promises) == before, IdempotencyKeyReused.__name__


def strangers_find_nothing(t: Town) -> None:
    task = ask(t)
    t.expect(TaskNotFound, intake.find, t.members[2].team_id, task)


def strangers_report_nothing(t: Town) -> None:
    task, _, held = leased(t)
    answer = report(t, t.browsers[4], task, held.lease, "not_found")
    assert isinstance(answer, LeaseLost)
    assert answer.fields.get("state") is None


def wrong_codes_are_braked(t: Town) -> None:
    said: dict[str, Any] = {"installation_id": "i", "browser": "", "version": "0.1.0", "linkedin_urn": None}
    guess = partial(pairing.pair, code="ABCDEFGH", linkedin_name="", **said)
    for _ in range(pairing.MOST_WRONG_CODES):
        assert isinstance(t.run(guess), UnknownCode)
    t.expect(TryAgain, guess)


def a_revoked_browser_is_refused(t: Town) -> None:
    token = t.browsers[0].token
    agent = t.run(pairing.agent_of, token)
    t.run(pairing.unpair, agent.team_id, agent.id)
    t.expect(AgentRevoked, pairing.agent_of, token)


def a_revoked_browser_does_not_start(t: Town) -> None:
    task, browser, held = leased(t)
    agent = t.run(pairing.agent_of, browser.token)
    t.run(pairing.unpair, agent.team_id, agent.id)
    intent = Intent(held.lease, browser.boot, urn(browser.account), urn(held.person), Relation.NONE, 0)
    t.expect(AgentRevoked, start.start, agent, task, intent)


def a_revoked_key_is_refused(t: Town) -> None:
    key = t.run(access.create_key, t.members[0].team_id)
    t.run(access.revoke_key, t.members[0].team_id, key.id)
    t.expect(InvalidApiKey, access.caller, key.secret)


# ------------------------------------------------------------------ time


def three_leases_for_nothing_are_enough(t: Town) -> None:
    task = ask(t)
    for _ in range(3):
        t.browsers[0].lease()
        t.browsers[0].journal = None
        wait(t, MINUTE)
    assert state(t, task) == "failed"


def who_acted_and_is_gone_is_not_waited_for(t: Town) -> None:
    task, _ = doubtful(t)
    wait(t, 73 * 60 * MINUTE)
    assert state(t, task) == "needs_review"
