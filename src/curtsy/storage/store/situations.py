"""Everything that decides whether a member may act now, in one question: it is asked at every poll and every status."""

from __future__ import annotations

from dataclasses import dataclass, field

from curtsy.domain.hours import hours_of
from curtsy.domain.member import Cause, Member, Pause, Role
from curtsy.domain.task import Kind
from curtsy.storage.rows import Rows

_MEMBER = (
    "SELECT 'member', id, team_id, email, name, role, joined_at, removed_at, day, week, spacing_from_s, spacing_to_s "
    "FROM members WHERE id = :member"
)
_PACE = (
    "SELECT 'pace', hours, NULL, NULL, NULL, NULL, warm_up, warm_from, profile_reads, connection_reads, NULL, NULL "
    "FROM members WHERE id = :member"
)
_ALLOWS = (
    "SELECT 'allows', NULL, NULL, NULL, NULL, NULL, approve_first, own_day, own_week, NULL, NULL, NULL "
    "FROM members WHERE id = :member"
)
_AGENTS = (
    "SELECT 'agent', id, account, seen_account, version, outdated, last_seen_at, paused, premium, NULL, NULL, NULL "
    "FROM agents WHERE member_id = :member AND revoked_at IS NULL"
)
_PAUSES = (
    "SELECT 'pause', id, cause, NULL, NULL, NULL, since, until, NULL, NULL, NULL, NULL "
    "FROM pauses WHERE member_id = :member AND lifted_at IS NULL AND (until IS NULL OR until > :now)"
)
_SPENT = (
    "SELECT 'spent', lease_id, account, (SELECT kind FROM tasks WHERE id = attempts.task_id), NULL, NULL, "
    "started_at, NULL, NULL, NULL, NULL, NULL "
    "FROM attempts WHERE spent = 1 AND started_at > :since AND account IN "
    "(SELECT account FROM agents WHERE member_id = :member AND revoked_at IS NULL)"
)
_BY_HAND = (
    "SELECT 'by_hand', profile_key, account, NULL, NULL, NULL, sent_at, NULL, NULL, NULL, NULL, NULL "
    "FROM invitations_by_hand WHERE sent_at > :since AND account IN "
    "(SELECT account FROM agents WHERE member_id = :member AND revoked_at IS NULL)"
)
_REFUSED = (
    "SELECT 'refused', NULL, NULL, NULL, NULL, NULL, MAX(since), NULL, NULL, NULL, NULL, NULL "
    "FROM pauses WHERE member_id = :member AND cause = 'invitation_limit' AND since > :refused_since"
)
_HOUSE = "SELECT 'house', name, value, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM house"
_ALL = " UNION ALL ".join((_MEMBER, _PACE, _ALLOWS, _AGENTS, _PAUSES, _SPENT, _BY_HAND, _REFUSED, _HOUSE))


@dataclass(frozen=True, slots=True)
class Browser:
    """A paired browser of the member: what it last said of itself; ``seen_account`` is who it saw signed in."""

    id: str
    account: str
    seen_account: str | None
    version: str
    outdated: str | None
    last_seen_at: int
    paused: bool
    premium: bool | None


@dataclass(frozen=True, slots=True)
class Situation:
    """A member, their browsers, the pauses that stand, and the facts of the house.

    ``refused_at``: when LinkedIn last refused further invitations, if it did lately; ``by_hand``: whom the member
    invited without us.
    """

    member: Member
    browsers: list[Browser] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    house: dict[str, str] = field(default_factory=dict)
    acts: dict[str, list[tuple[int, str, Kind]]] = field(default_factory=dict)
    refused_at: int | None = None
    by_hand: set[str] = field(default_factory=set)

    def spent(self, account: str, kind: Kind | None = None) -> list[tuple[int, str]]:
        """Acts of one of the member's LinkedIn accounts, all or of a kind, oldest first: when, under which lease.

        What the member did by hand is among them, under the name of the person invited.
        """
        return sorted((at, lease) for at, lease, what in self.acts.get(account, ()) if kind in (None, what))


def as_bool(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)


class Situations:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def of(self, member_id: str, now: int, since: int, refused_since: int) -> Situation:
        """How things stand for a member, with their acts after ``since``; the member must exist."""
        rows = self._rows.all(_ALL, {"member": member_id, "now": now, "since": since, "refused_since": refused_since})
        said = next(row for row in rows if row[0] == "member")
        pace = next(row for row in rows if row[0] == "pace")
        allows = next(row for row in rows if row[0] == "allows")
        fields = [*said[1:5], Role(said[5]), *said[6:], hours_of(pace[1]), *pace[6:10], *allows[6:9]]
        found = Situation(Member(*fields), refused_at=next(row[6] for row in rows if row[0] == "refused"))
        for what, first, second, third, fourth, fifth, one, two, three, *_ in rows:
            if what == "house":
                found.house[first] = second
            elif what == "agent":
                found.browsers.append(Browser(first, second, third, fourth, fifth, one, bool(two), as_bool(three)))
            elif what == "by_hand":
                found.acts.setdefault(second, []).append((one, first, Kind.INVITE))
                found.by_hand.add(first)
            elif what == "pause":
                found.pauses.append(Pause(first, member_id, Cause(second), one, two))
            elif what == "spent":
                # Of an act that a restore forgot only the browser knows: it may have been an invitation.
                found.acts.setdefault(second, []).append((one, first, Kind(third or Kind.INVITE)))
        found.browsers.sort(key=lambda browser: browser.id)
        return found
