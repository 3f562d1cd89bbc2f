"""The guards of what a member allows, as ``guards`` has them; their stories are in ``allowed``."""

from __future__ import annotations

from tests.faults.teeth.guards import DISPATCH, START, guard

ALLOWING = (
    guard("no_start_without_a_yes", START, "if asks_first(stands.member, task.kind, task.approved_at):", "if False:"),
    guard(
        "what_waits_for_a_yes_is_given_to_no_browser",
        DISPATCH,
        "approved=asks_first(stands.member, kind))",
        "approved=False)",
    ),
    guard("nobody_says_yes_for_another", "service/approvals.py", "or task.member_id != member_id ", ""),
    guard("the_members_own_pace_rules", "domain/member.py", "min(self.day, self.own_day)", "self.day"),
)
