"""The guards of what is told beforehand, as ``guards`` has them; their stories are in ``foretold``."""

from __future__ import annotations

from tests.faults.teeth.guards import guard

FORETELLING = (
    guard(
        "who_may_begin_only_later_is_not_waited_for",
        "storage/store/queues.py",
        "if waiting >= MOST_AHEAD else waiting - later",
        "if waiting >= MOST_AHEAD else waiting",
    ),
    guard(
        "a_pause_that_is_over_is_not_made_longer",
        "service/pauses.py",
        "    end_over(store, now, len(PAUSES), member_id)\n",
        "",
    ),
    guard(
        "a_pause_made_longer_meanwhile_is_not_lifted",
        "storage/store/teams.py",
        " AND lifted_at IS NULL AND until <= :now RETURNING id",
        " AND lifted_at IS NULL RETURNING id",
    ),
)
