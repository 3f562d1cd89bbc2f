"""Every guard: where it stands, the text that takes it away, and the story that must then break."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cut:
    """A place under ``curtsy/``, the exact text that stands there once, and what is put in its stead."""

    file: str
    text: str
    instead: str


@dataclass(frozen=True)
class Guard:
    """What is cut away, and the story that cannot be told then."""

    story: str
    cuts: tuple[Cut, ...]

    @property
    def name(self) -> str:
        return f"{self.story}: {self.cuts[0].file}"


def guard(story: str, file: str, text: str, instead: str, *more: Cut) -> Guard:
    return Guard(story, (Cut(file, text, instead), *more))


TABLE = "storage/migrations/0001_first.sql"
SWAP = "storage/store/leases.py"
START = "service/start.py"
DISPATCH = "service/dispatch.py"
PACING = "service/pacing.py"
REPORTS = "service/reports.py"
LOOK = "service/second_look.py"
SETTLE = "service/settle.py"
INTAKE = "service/intake.py"
UPKEEP = "service/upkeep.py"
RESTORE = "service/restoring.py"
WATCH = "storage/watch.py"
LATER = "service/acceptance.py"
BACK = "service/withdrawing.py"
PRESENCE = "service/presence.py"
WAITS = "web/waiting.py"
FEED = "web/streams.py"
MESSAGES = "storage/store/messages.py"
TELLING = "service/telling.py"
HOOKS = "service/webhooks.py"
POSTMAN = "web/postman.py"

GUARDS = (
    guard("one_a_person", TABLE, "CREATE UNIQUE INDEX tasks_one_a_person", "CREATE INDEX tasks_one_a_person"),
    guard("one_in_hand", TABLE, "CREATE UNIQUE INDEX tasks_one_in_hand", "CREATE INDEX tasks_one_in_hand"),
    guard("anothers_lease", DISPATCH, "if held.lease_until > now and held.lease_agent != agent.id:", "if False:"),
    # start: the compare-and-set
    guard("swap_names_the_state", SWAP, "AND state = 'leased' AND lease_id = :lease AND", "AND lease_id = :lease AND"),
    guard("swap_names_the_lease", SWAP, "'leased' AND lease_id = :lease AND", "'leased' AND"),
    guard("swap_names_the_agent", SWAP, '= :lease AND lease_agent = :agent "', '= :lease "'),
    guard("swap_names_the_time", SWAP, "AND lease_until > :now AND lease_purpose", "AND lease_purpose"),
    guard("swap_names_the_purpose", SWAP, "AND lease_purpose = 'act' AND cancel", "AND cancel"),
    guard("swap_obeys_the_wish", SWAP, "'act' AND cancel_wanted = 0\"", "'act'\""),
    # start: what is checked before it
    guard(
        "a_lease_not_held_moves_nothing",
        START,
        'held = (task.lease_id, task.lease_agent, task.lease_purpose) == (lease_id, agent.id, "act")',
        "held = True",
    ),
    guard("a_lease_that_ran_out_moves_nothing", START, "or (task.lease_until or 0) <= now ", ""),
    guard("the_wrong_member_does_not_act", START, "if intent.account != agent.account:", "if False:"),
    guard("who_is_pending_is_not_invited", START, "if intent.relation is not Relation.NONE:", "if False:"),
    guard(
        "one_person_by_two_names_is_merged",
        START,
        "merged := merged_into_other(store, now, task, key)",
        "merged := None",
    ),
    guard(
        "a_pause_that_came_meanwhile_stops_the_act",
        START,
        "stop = barrier(stands.pauses, act=True)",
        "stop = None",
    ),
    guard("the_pace_is_checked_at_the_start", START, "stop is None and slot.at <= now and", "stop is None and"),
    guard(
        "a_day_has_its_limit",
        PACING,
        "return next_slot([at for at, _ in stands.spent(account, kind)], bounds or "
        "allowed_of(stands, now), now, chance, at)",
        "return Slot(now, None)",
    ),
    guard(
        "a_clock_that_jumped_stops_acts",
        START,
        "doubt, restored = CLOCK_JUMPED in stands.house,",
        "doubt, restored = False,",
    ),
    guard("a_clock_that_jumped_stops_acts", DISPATCH, " and not doubt and", " and"),
    guard("a_jump_of_the_clock_is_noticed", WATCH, "if abs(apart) > JUMP_MS * LEAN:", "if False:"),
    guard("a_small_step_lets_no_absence_count_early", WATCH, "max(-passed, min(apart, passed))", "apart"),
    guard("a_restart_does_not_hide_a_step", WATCH, 'steady + left["ahead"] if same_run else', "0,"),
    guard("a_clock_set_while_nothing_ran_is_noticed", WATCH, "            if left is None:", "            if True:"),
    guard("a_clock_set_back_before_a_reboot_is_noticed", WATCH, 'max(left["now"], steady', "max(0, steady"),
    guard("another_run_has_no_time_left", START, "if boot_id != task.act_boot or ", "if "),
    guard("time_to_act_runs_out", START, "task.started_at + ACT_WITHIN_MS - now)", "ACT_WITHIN_MS)"),
    # finish
    guard("sent_is_said_when_seen", REPORTS, "return _seen_sent(report.evidence)", "return True"),
    guard(
        "only_the_same_run_knows_that_it_did_not",
        REPORTS,
        "did_not = report.boot_id == task.act_boot and not",
        "did_not = not",
    ),
    guard("who_acted_cannot_take_it_back", REPORTS, "or attempt.outcome is None)", "or True)"),
    guard(
        "an_unknown_answer_is_no_answer",
        "domain/outcome.py",
        "TaskState.UNCONFIRMED, \"LinkedIn's answer was lost",
        "_Q, \"LinkedIn's answer was lost",
    ),
    guard(
        "a_started_lease_that_runs_out_is_doubt",
        UPKEEP,
        "if task.state is TaskState.LEASED:",
        "if task.state is not TaskState.UNCONFIRMED:",
    ),
    guard("an_old_act_says_nothing_of_a_new_one", REPORTS, " or attempt.lease_id != task.act_lease:", ":"),
    guard("a_lost_lease_says_nothing", REPORTS, "if task.lease_id != report.lease_id or task.state", "if task.state"),
    guard(
        "anothers_report_says_nothing",
        REPORTS,
        "(attempt.task_id, attempt.agent_id) != (task_id, agent.id)",
        "attempt.task_id != task_id",
    ),
    guard("what_was_not_started_was_not_sent", REPORTS, "if not DISPOSITIONS[outcome].before_act:", "if False:"),
    guard(
        "a_wish_to_cancel_stops_a_second_act",
        SETTLE,
        "return withdraw_promise(store, now, queued) if queued.cancel_wanted else queued",
        "return queued",
    ),
    # the second look
    guard("absence_counts_from_165_seconds", LOOK, "if now < counts_from:", "if False:"),
    guard("absence_is_seen_twice", LOOK, "if task.absent_at is None or now - task", "if task.absent_at and now - task"),
    guard("absences_are_apart", LOOK, "or now - task.absent_at < ABSENCE_APART_MS:", "or False:"),
    guard(
        "absence_is_seen_by_who_acted",
        LOOK,
        "if task.act_installation not in (None, agent.installation_id):",
        "if False:",
    ),
    guard("the_tab_is_closed_first", LOOK, "if same_run and not report.evidence.tab_closed:", "if False:"),
    guard("an_older_invitation_is_not_ours", SETTLE, "return equal and now - ago >=", "return equal or now - ago >="),
    guard("an_invitation_in_other_words_is_not_ours", SETTLE, "return equal and now - ago >=", "return now - ago >="),
    guard("two_acts_are_enough", LOOK, " and task.acts < MOST_ACTS:", ":"),
    guard(
        "absence_leads_on_only_where_a_team_wants_it",
        LOOK,
        "if store.teams.absence_requeues(task.team_id) and",
        "if",
    ),
    guard(
        "a_look_never_starts",
        START,
        "if task.state is not TaskState.LEASED or not held or",
        "if",
        Cut(SWAP, "state = 'leased' AND lease_id = :lease AND", "lease_id = :lease AND"),
        Cut(SWAP, "AND lease_purpose = 'act' AND", "AND"),
    ),
    guard(
        "a_look_is_never_released",
        DISPATCH,
        "if task.state is not TaskState.LEASED or (task.lease_id",
        "if (task.lease_id",
    ),
    guard(
        "a_look_that_runs_out_leaves_the_doubt",
        UPKEEP,
        "if task.state is TaskState.LEASED:",
        "if task.state is not TaskState.STARTED:",
    ),
    guard("a_look_that_ran_out_says_nothing", LOOK, "    if not held:", "    if False:"),
    # keys, copies, strangers
    guard("a_key_gets_its_answer_again", INTAKE, "remember(store, now, [kept", "list([kept"),
    guard(
        "a_key_belongs_to_one_request",
        "service/idempotency.py",
        "if fingerprint == once.fingerprint else IdempotencyKeyReused()",
        "",
    ),
    guard("a_restore_begins_another_life", RESTORE, "max(incarnation(store) + 1, now)", "incarnation(store)"),
    guard("a_restored_task_is_in_doubt", RESTORE, "for task in store.leases.open():", "for task in []:"),
    guard(
        "what_a_restore_forgot_is_not_sent_again_at_once",
        RESTORE,
        "    if restored is None:\n        return 0",
        "    if True:\n        return 0",
    ),
    guard("nobody_is_given_an_act_in_the_quiet", DISPATCH, " and not quiet\n", "\n"),
    guard("the_quiet_is_looked_at_in_the_start", START, " and not stale and not quiet:", " and not stale:"),
    guard(
        "what_was_read_in_the_quiet_is_too_old",
        START,
        "quiet_since(restored, now - intent.read_ms_ago)",
        "quiet_since(restored, now)",
    ),
    guard(
        "the_quiet_counts_from_a_servers_start",
        RESTORE,
        'set_house(RESTORED, "0")\n    doubtful',
        "set_house(RESTORED, str(now))\n    doubtful",
    ),
    guard("absence_counts_from_a_servers_start", RESTORE, "store.leases.doubt_anew(now)", "pass"),
    guard("the_quiet_of_a_wrong_clock_begins_anew", "service/review.py", "    be_quiet_anew(store)\n", ""),
    guard("a_wrong_clock_does_not_end_the_quiet", RESTORE, " or store.house(CLOCK_JUMPED) is not None:", ":"),
    guard(
        "strangers_find_nothing",
        "storage/store/tasks.py",
        "task is not None and task.team_id == team_id and task.kind",
        "task is not None and task.kind",
    ),
    guard(
        "strangers_report_nothing", REPORTS, "task is not None and task.team_id == agent.team_id", "task is not None"
    ),
    guard(
        "wrong_codes_are_braked",
        "service/pairing.py",
        "if wrong >= MOST_WRONG_CODES:",
        "if False:",
    ),
    guard(
        "a_revoked_browser_is_refused",
        "service/pairing.py",
        "if agent is None or agent.revoked_at is not None:\n        raise AgentRevoked\n    return agent",
        "if agent is None:\n        raise AgentRevoked\n    return agent",
    ),
    guard(
        "a_revoked_browser_does_not_start",
        START,
        "if paired is None or paired.revoked_at is not None:",
        "if paired is None:",
    ),
    guard(
        "a_revoked_key_is_refused",
        "service/access.py",
        "if key is None or key.revoked_at is not None:",
        "if key is None:",
    ),
    # time
    guard("three_leases_for_nothing_are_enough", UPKEEP, "if fruitless >= MOST_FRUITLESS_LEASES:", "if False:"),
    guard(
        "who_acted_and_is_gone_is_not_waited_for",
        UPKEEP,
        "gone = _in_peace(store, store.leases.abandoned(now - ACTING_BROWSER_GONE_MS, SLICE))",
        "gone: list[Task] = []",
    ),
    # what is told
    guard("every_move_is_told", START, 'tell(store, now, started, "task.started")', "pass"),
    guard("a_browser_that_is_gone_is_told_of_once", PRESENCE, "if told_before is False:", "if True:"),
    guard("a_browser_that_is_back_is_told_of", PRESENCE, "if agent.told_offline and", "if False and"),
    guard("who_is_let_go_is_told_of", PRESENCE, "if told_before is False:", "if False:"),
    guard("who_hung_up_is_forgotten", WAITS, "if waiter.gone:", "if False:"),
    guard("a_revoked_key_waits_no_longer", WAITS, "if waiter.revoked:", "if False:"),
    guard(
        "a_server_that_stops_answers_who_waits",
        WAITS,
        "left <= 0 or self._closed:\n                    return",
        "left <= 0:\n                    return",
    ),
    guard("no_more_wait_than_may", WAITS, " or len(self._parked) >= self._limits.waiters:", ":"),
    guard("what_is_done_beside_the_server_is_noticed", WAITS, "for task_id in ended)", "for task_id in ())"),
    guard("a_revoked_key_follows_no_longer", FEED, "(caller.key_id, follower.end)", "(caller.key_id, lambda: None)"),
    guard("no_more_follow_than_may", FEED, " or len(self._followers) + self._coming >= self._limits.streams:", ":"),
    guard("who_comes_back_before_the_first_event_misses_nothing", FEED, "1000\\nid: %s\\n", "1000\\nretry: %s\\n"),
    # webhooks
    guard(
        "what_is_taken_is_nobody_elses",
        MESSAGES,
        'due_at <= :now AND taken_until <= :now "\n            "AND id IN',
        'due_at <= :now "\n            "AND id IN',
        Cut(MESSAGES, "AND taken_until <= :now ORDER BY", "ORDER BY"),
        Cut(MESSAGES, ':now AND taken_until <= :now "\n            "ORDER BY', ':now "\n            "ORDER BY'),
    ),
    guard("who_died_has_it_no_longer", TELLING, "now + TAKEN_MS, limit", "now * 2, limit"),
    guard("an_event_is_put_in_line_by_one", TELLING, "if told.events and store", "if told.events and True or store"),
    guard("who_lost_hold_says_nothing", MESSAGES, "WHERE id = :id AND taken_until = :until", "WHERE id = :id"),
    guard("an_event_has_one_name_for_an_endpoint", TELLING, "message_id(endpoint.id, line.event.id)", "store.new_id()"),
    guard("a_redirect_is_no_yes", "domain/webhook.py", "200 <= status < 300", "200 <= status < 400"),
    guard("who_asks_for_quiet_has_it", TELLING, " or (endpoint.quiet_until or 0) > now:", ":"),
    guard("who_wants_no_more_is_told_no_more", TELLING, " or endpoint.off_at is not None or", " or"),
    guard("one_message_that_fails_switches_nothing_off", TELLING, "_at or 0) < message.created_at", "_at or 0) >= 0"),
    guard("what_ended_an_endpoint_is_told_once_it_is_on_again", TELLING, "elif it_ends:", "elif False:"),
    guard("strangers_find_no_endpoint", HOOKS, "endpoint is None or endpoint.team_id != team_id", "endpoint is None"),
    guard("secrets_lie_sealed", HOOKS, "secret=seal.close(secret, endpoint_id),", "secret=secret,"),
    guard("secrets_lie_sealed", HOOKS, '"secret": made.endpoint.secret}', '"secret": made.secret}'),
    guard("each_secret_has_its_day", HOOKS, "now + OLD_SECRET_MS), older)", "now + OLD_SECRET_MS), [])"),
    guard("an_endpoint_begins_now", HOOKS, "txid, n = store.events.last(team_id)", "txid, n = 0, 0"),
    guard("after_a_restore_events_have_numbers_nobody_was_given", RESTORE, "store.events.begin_life(now)", "now = now"),
    guard("a_place_that_was_never_given_is_refused", "service/events.py", "oldest_open or n > last:", "oldest_open:"),
    guard(
        "a_team_has_its_share_of_the_way_out", POSTMAN, "self._free, self._share - self._lent[team_id]", "self._free"
    ),
    guard("the_first_message_to_each_waits_for_nobody", POSTMAN, "first = 0 if way.under_way else 1", "first = 0"),
    guard("an_address_within_is_not_called", "web/dial.py", " if is_public(one, self._allowed)]", "]"),
    # what comes after an invitation
    guard("a_list_that_broke_off_says_nothing_of_absence", LATER, "looked.complete and store.house", "store.house"),
    guard("a_list_says_nothing_while_the_clock_is_in_doubt", LATER, " and store.house(CLOCK_JUMPED) is None", ""),
    guard("what_was_not_read_back_to_is_not_missed", LATER, ' and followed.sent_at >= since["pending_since"]', ""),
    guard("gone_is_seen_twice_and_apart", LATER, " and now - followed.missed_at >= GONE_APART_MS", ""),
    guard("gone_is_in_the_relationship_too", LATER, "if again and relation in (", "if again or relation in ("),
    guard("another_accounts_lists_say_nothing", LATER, " if one.account in (None, account)]", "]"),
    guard(
        "what_is_being_taken_back_is_not_gone",
        LATER,
        "if store.tasks.holding(followed.member_id, Kind.WITHDRAW, followed.profile_key) is None:",
        "if True:",
    ),
    guard("who_accepts_at_once_is_seen", "domain/acceptance.py", "MARGIN_MS = HOUR_MS", "MARGIN_MS = 0"),
    guard("a_look_for_nothing_is_not_made_again_at_once", SETTLE, "elif task.kind in UNTOLD:", "elif False:"),
    guard(
        "an_older_browser_is_not_given_what_it_cannot_do",
        DISPATCH,
        "for kind in READS if kind in kinds)",
        "for kind in READS)",
    ),
    guard(
        "a_second_withdrawal_waits_for_the_first_to_land",
        LOOK,
        "or now < counts_from:\n        return",
        "or False:\n        return",
    ),
    guard(
        "withdrawn_is_not_said_against_what_is_seen",
        REPORTS,
        "return report.evidence.after in (Relation.NONE, Relation.PENDING_IN)",
        "return True",
    ),
    guard("no_act_ends_in_the_words_of_another", REPORTS, " if word not in FOREIGN[task.kind]]", "]"),
    guard(
        "no_read_ends_in_the_words_of_an_act", REPORTS, "words = [READ_DONE, *words]", "words = [READ_DONE, *Outcome]"
    ),
    guard(
        "an_older_browser_is_given_no_look_it_cannot_take",
        SWAP,
        "AND kind IN $EACH(:kinds) ",
        "AND :kinds IS NOT NULL ",
    ),
    guard("what_waits_to_be_sent_is_not_withdrawn", BACK, "if invite is None or (", "if True or ("),
    guard(
        "what_may_have_been_sent_is_not_taken_away_unseen",
        START,
        "if sending(store, task.member_id, key):",
        "if False:",
    ),
    guard(
        "what_may_have_been_sent_is_not_said_to_be_absent",
        REPORTS,
        "and sending(store, task.member_id, key):",
        "and False:",
    ),
    guard(
        "two_names_of_one_withdrawal_meet",
        START,
        "if merged := merged_into_other(store, now, task, key):",
        "if task.kind is Kind.INVITE and (merged := merged_into_other(store, now, task, key)):",
    ),
    guard(
        "what_is_gone_at_the_second_try_was_withdrawn",
        SETTLE,
        "if task.acts > 0 and outcome is Outcome.NOT_PENDING else",
        "if False else",
    ),
    guard(
        "two_kinds_of_acts_keep_their_distance",
        PACING,
        "bounds or allowed_of(stands, now), now, chance, at)",
        "bounds or allowed_of(stands, now), now, chance)",
    ),
    guard("gone_that_nobody_remembers_is_no_withdrawal", LOOK, " and task.act_lease is not None:", ":"),
    guard(
        "a_withdrawal_in_the_journal_is_no_invitation", RESTORE, "task.kind is Kind.INVITE and _was_sent", "_was_sent"
    ),
    guard("a_withdrawal_is_told_on_the_invitation", BACK, "store.invitations.end(sent.id, ", "(lambda *_: True)("),
    guard("a_withdrawal_frees_the_person", BACK, "        store.tasks.let_go(sent.id, now)\n", ""),
    guard(
        "tests_and_earnest_never_meet",
        "service/access.py",
        "team_for(store, now, team_id) if test else team_id",
        "team_id",
    ),
)
