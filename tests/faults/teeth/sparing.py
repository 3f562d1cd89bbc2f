"""The guards that keep one trouble from stopping what has nothing to do with it; their stories are in ``spared``."""

from __future__ import annotations

from tests.faults.teeth.guards import DISPATCH, SETTLE, guard

SPARING = (
    guard(
        "a_list_that_changed_stops_no_invitation",
        SETTLE,
        "elif outcome is Outcome.CLIENT_OUTDATED and task.kind in UNTOLD:",
        "elif False:",
    ),
    guard(
        "a_list_that_changed_is_not_read_again",
        DISPATCH,
        "kinds = agent.able(beat.kinds, beat.version)",
        "kinds = beat.kinds",
    ),
    guard(
        "a_pause_of_one_team_stops_no_test_of_another",
        "storage/store/rehearsals.py",
        "WHERE pauses.member_id = tasks.member_id AND",
        "WHERE 1 = 0 AND",
    ),
)
