"""The guards of a no that holds, as ``guards`` has them; their stories are in ``holds``."""

from __future__ import annotations

from tests.faults.teeth.guards import BACK, LATER, START, guard

ALONE = "service/leaving_alone.py"
LIST = "service/do_not_contact.py"
ERASED = "storage/store/personal.py"
PAST = "storage/store/past.py"
PEOPLE = "storage/store/people.py"

HOLDING = (
    guard(
        "who_cools_down_is_not_invited_by_another_name",
        START,
        "if refusal := left_alone(store, now, task, key):",
        "if refusal := None:",
    ),
    guard("gone_frees_the_person_in_time", LATER, "        store.tasks.let_go(followed.task_id, now)\n", ""),
    guard("who_was_withdrawn_from_is_left_alone", BACK, "    leave_alone(", "    (lambda *_: None)("),
    guard("gone_counts_as_a_no", LATER, "leave_alone(store, now, task, followed.profile_key, Why.GONE)", "pass"),
    guard("a_no_is_the_teams", ALONE, "team = task.team_id if why in OF_THE_TEAM else None", "team = None"),
    guard("linkedins_lock_is_the_inviters", ALONE, "task.team_id if why in OF_THE_TEAM else None", "task.team_id"),
    guard("a_shorter_no_ends_no_longer_one", PEOPLE, "THEN cooldowns.until ELSE", "THEN excluded.until ELSE"),
    guard("whom_a_colleague_waits_for_is_left_alone", ALONE, "- {member_id} for key in", "& set() for key in"),
    guard(
        "whom_a_colleague_may_have_asked_is_left_alone",
        ALONE,
        "if refusal is None and store.tasks.acting_for(",
        "if False and store.tasks.acting_for(",
    ),
    guard("who_is_listed_is_refused", ALONE, "if any((team_id, key) in listed for key in keys):", "if False:"),
    guard("listing_ends_what_waits", LIST, "for task in store.tasks.before_act(team_id, keys):", "for task in ():"),
    guard(
        "who_is_listed_by_name_is_listed_by_id", ALONE, "    _same_person(store, team_id, (profile_key,", "    len(("
    ),
    guard("who_is_listed_is_asked_about_at_the_start", START, "if refusal := left_alone(", "if refusal := 0 and ("),
    guard("lifting_needs_a_reason", LIST, "if not SHORTEST_REASON <= len(reason) <=", "if not len(reason) <="),
    guard("what_is_lifted_is_kept", LIST, "    store.do_not_contact.lift(lifted)\n", ""),
    guard("who_was_forgotten_is_refused", ALONE, "store.do_not_contact.named([*asked, *marks]):", "():"),
    guard("who_was_forgotten_is_known_by_no_name", ERASED, "profile_urn = NULL, profile_slug = NULL, ", ""),
    guard("who_was_forgotten_is_not_kept_anew", LATER, "if one[0] not in nobody]", "]"),
    guard("words_go_at_their_age", PAST, "SET wiped = 1, note = NULL, person", "SET wiped = 1, person"),
    guard("words_stay_until_then", PAST, "AND wiped = 0 AND finished_at < :before ", "AND wiped = 0 AND :before > 0 "),
    guard("the_list_is_the_teams", LIST, "if entry is None or entry.team_id != team_id:", "if entry is None:"),
)
