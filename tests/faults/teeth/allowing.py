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
    guard("somebody_elses_link_allows_nothing_more", "service/consent.py", "if lent and loosens(", "if False and ("),
    guard("somebody_elses_link_resumes_nothing", "service/pauses.py", "if lent:", "if False:"),
    guard(
        "a_link_out_of_such_a_session_allows_nothing_more",
        "web/pages/members.py",
        "made_by=visit.lent_by or visit.me.id",
        "made_by=visit.me.id",
    ),
    guard("the_members_own_pace_rules", "domain/member.py", "min(self.day, self.own_day)", "self.day"),
)
