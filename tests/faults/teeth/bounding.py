"""The guards of what bounds a member and a team, as ``guards`` has them; their stories are in ``bounds``."""

from __future__ import annotations

from tests.faults.teeth.guards import DISPATCH, LATER, guard

ACCOUNTS = "service/accounts.py"

BOUNDING = (
    guard(
        "whom_a_member_left_behind_is_left_alone",
        "service/teams.py",
        "    leave_behind(store, now, leaving.id)\n",
        "",
    ),
    guard(
        "whom_nobody_looked_for_in_half_a_year_waits_no_more",
        "storage/store/people.py",
        "AND coalesce(checked_at, sent_at) > :unseen_since AND EXISTS",
        "AND :unseen_since > 0 AND EXISTS",
    ),
    guard(
        "what_is_settled_after_its_sender_left_counts",
        LATER,
        "if sender is not None and sender.removed_at is not None:",
        "if False:",
    ),
    guard(
        "whom_a_colleague_asks_is_refused_at_once",
        "storage/store/senders.py",
        "AND tasks.state IN ('started', 'unconfirmed', 'needs_review')",
        "AND tasks.state IN ('none')",
    ),
    guard(
        "an_account_that_comes_back_is_looked_after", "service/pairing.py", "    bring_along(", "    (lambda *_: None)("
    ),
    guard("what_linkedin_did_stays_with_the_account", ACCOUNTS, "    _pauses(", "    (lambda *_: None)("),
    guard(
        "what_linkedin_did_to_another_account_stays_there",
        "storage/store/teams.py",
        '"WHERE account = :account AND member_id <> :beside',
        '"WHERE :account <> :beside',
    ),
    guard(
        "a_slow_beginning_goes_on_for_who_is_made_slower",
        "service/teams.py",
        "raised = pace.day > chosen.day or",
        "raised = day is not None or",
    ),
    guard(
        "the_first_look_reads_a_week",
        "domain/acceptance.py",
        "if last_look is None:\n        pending",
        "if False:\n        pending",
    ),
    guard(
        "a_note_that_was_refused_is_given_back", "service/settle.py", "unsent=outcome in NOTHING_SENT", "unsent=False"
    ),
    guard("a_note_in_doubt_is_none_to_give", "service/gate.py", "NoteWish.REQUIRE and member_id in self.notes", "0"),
    guard(
        "a_note_is_dropped_before_it_is_refused",
        "service/pacing.py",
        "if not paused and not note_refused(",
        "if not paused or (lambda *_, **__: 0)(",
    ),
    guard("who_begins_to_pay_may_send_notes", DISPATCH, "        pays_now(store, now, agent)\n", "        pass\n"),
)
