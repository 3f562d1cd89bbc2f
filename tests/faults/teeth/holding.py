"""The guards of a no that holds, as ``guards`` has them; their stories are in ``holds``."""

from __future__ import annotations

from tests.faults.teeth.guards import BACK, LATER, REPORTS, START, SWAP, guard

ALONE = "service/leaving_alone.py"
LIST = "service/do_not_contact.py"
LEARNING = "service/learning.py"
UNTELL = "service/untelling.py"
FORGET = "service/forgetting.py"
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
        "store.tasks.acting_for(of_team) if Held.COLLEAGUES in held else ()",
        "()",
    ),
    guard("who_is_listed_is_refused", ALONE, "if any((team_id, key) in listed for key in keys):", "if False:"),
    guard("listing_ends_what_waits", LIST, "for task in store.tasks.before_act(team_id, keys):", "for task in ():"),
    guard("who_is_listed_by_name_is_listed_by_id", ALONE, "store.do_not_contact.name(team_id, entry, as_kept)", "pass"),
    guard(
        "what_a_read_by_id_says_is_learned",
        LEARNING,
        '[task.profile_slug, said.get("profile_slug")]',
        "[task.profile_slug]",
    ),
    guard("who_is_read_instead_is_another", LEARNING, "or is_other(task.profile_urn, ", "or is_other(None, "),
    guard("a_page_says_who_is_who", LEARNING, "return [one for person in found for one in _of(person)]", "return []"),
    guard("the_name_read_before_the_act_counts", START, "[task.profile_slug, self.slug]", "[task.profile_slug]"),
    guard(
        "what_waits_for_who_turns_out_to_be_listed_ends",
        LEARNING,
        "end_what_waits(store, now, team_id, keys, but) if",
        "() if",
    ),
    guard("who_is_listed_is_listed_by_every_name", LIST, "(profile.key, *ids, *names)", "(profile.key, *ids)"),
    guard(
        "a_wait_holds_under_a_name_learned_later",
        LEARNING,
        "in store.people.unnamed(team_id, sorted(names.keys() - nobody)):",
        "in ():",
    ),
    guard("who_is_listed_is_asked_about_at_the_start", START, "if refusal := left_alone(", "if refusal := 0 and ("),
    guard("lifting_needs_a_reason", LIST, "if not SHORTEST_REASON <= len(reason) <=", "if not len(reason) <="),
    guard("what_is_lifted_is_kept", LIST, "    store.do_not_contact.lift(lifted)\n", ""),
    guard("who_was_forgotten_is_refused", ALONE, "store.do_not_contact.named([*asked, *marks]):", "():"),
    guard("who_was_forgotten_is_known_by_no_name", ERASED, "profile_urn = NULL, profile_slug = NULL, ", ""),
    guard("who_was_forgotten_is_forgotten_again", ERASED, "pruned = 0, holds_person = 0 ", "pruned = 0 "),
    guard(
        "who_was_seen_by_hand_is_forgotten_again",
        ERASED,
        "invitations_by_hand WHERE profile_key = :instead AND",
        "invitations_by_hand WHERE profile_key = '' AND",
    ),
    guard("a_reading_keeps_who_was_read", LEARNING, "store.tasks.saw(about or task.id, *people[-1])", "pass"),
    guard(
        "a_reading_of_before_says_who_was_read", FORGET, "for text in (trace.person, trace.output)", "for text in ()"
    ),
    guard(
        "a_page_that_is_kept_says_who_is_one",
        FORGET,
        "(_keys_of(trace), *_keys_on_page(trace.output))",
        "[_keys_of(trace)]",
    ),
    guard("a_task_keeps_the_name_read_before_the_act", SWAP, "coalesce(CAST(:slug AS TEXT), seen_slug)", "seen_slug"),
    guard("a_task_keeps_who_was_not_to_be_invited", START, "store.tasks.saw(task.id, *told[-1])", "pass"),
    guard("what_was_told_of_others_stays", UNTELL, '_GOES_ON = r"', '_GOES_ON = "" and r"'),
    guard(
        "what_another_team_was_told_stays",
        ERASED,
        "FROM webhook_messages WHERE id > :after AND endpoint_id IN ",
        "FROM webhook_messages WHERE id > :after AND endpoint_id NOT IN ",
    ),
    guard(
        "what_is_still_to_be_told_is_told",
        UNTELL,
        "for message_id, _, due in about if not due]",
        "for message_id, *_ in about]",
    ),
    guard(
        "who_was_forgotten_is_nobody_at_the_start",
        START,
        "if learning.is_nobody(store, task, told, key):",
        "if False:",
    ),
    guard("who_was_forgotten_is_nobody_in_a_report", REPORTS, "if told and learning.is_nobody(", "if 0 and ("),
    guard(
        "who_was_forgotten_is_nobody_while_they_wait",
        LEARNING,
        "            for task_id in ended:",
        "            for task_id in ():",
    ),
    guard(
        "names_of_who_was_forgotten_are_not_learned",
        LEARNING,
        "for one in people if one.id not in nobody}",
        "for one in people}",
    ),
    guard("what_was_searched_for_goes_with_who_was_found", ERASED, ", question = '{}', profile_key = '{}' ", " "),
    guard(
        "what_was_searched_for_goes_at_its_age",
        PAST,
        "profile_key = CASE WHEN kind = 'fetch_connections' THEN '{}' ELSE",
        "profile_key = CASE WHEN 1 = 0 THEN '{}' ELSE",
    ),
    guard("who_was_forgotten_is_not_kept_anew", LATER, "if one[0] not in nobody]", "]"),
    guard("words_go_at_their_age", PAST, "SET wiped = 1, note = NULL, person", "SET wiped = 1, person"),
    guard("words_stay_until_then", PAST, "AND wiped = 0 AND finished_at < :before ", "AND wiped = 0 AND :before > 0 "),
    guard("the_list_is_the_teams", LIST, "if entry is None or entry.team_id != team_id:", "if entry is None:"),
)
