"""Teams, their members, and the pauses of those members."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from curtsy.domain.hours import hours_of
from curtsy.domain.member import Cause, Member, Pause, Role
from curtsy.storage.rows import Row, Rows, Value

_MEMBER = (
    "id, team_id, email, name, role, joined_at, removed_at, day, week, spacing_from_s, spacing_to_s, hours, warm_up, "
    "warm_from, profile_reads, connection_reads, approve_first, own_day, own_week"
)


def _member(row: Row) -> Member:
    fields = [*row[:4], Role(row[4]), *row[5:11], hours_of(row[11]), *row[12:]]
    return Member(*fields)


def _pace(member: Member) -> dict[str, Value]:
    return {
        "day": member.day,
        "week": member.week,
        "spacing_from": member.spacing_from_s,
        "spacing_to": member.spacing_to_s,
        "hours": None if member.hours is None else str(member.hours),
        "warm_up": member.warm_up,
        "profiles": member.profile_reads,
        "connections": member.connection_reads,
    }


class Teams:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    # ------------------------------------------------------------------ teams

    def add(self, team_id: str, name: str, now: int) -> None:
        self._rows.one(
            "INSERT INTO teams (id, name, created_at) VALUES (:id, :name, :now)",
            {"id": team_id, "name": name, "now": now},
        )

    def all(self) -> list[tuple[str, str]]:
        """Every team that means it: id and name, oldest first."""
        return [
            (row[0], row[1])
            for row in self._rows.all("SELECT id, name FROM teams WHERE rehearses IS NULL ORDER BY created_at, id", {})
        ]

    def name(self, team_id: str) -> str | None:
        row = self._rows.one("SELECT name FROM teams WHERE id = :id", {"id": team_id})
        return row[0] if row else None

    def absence_requeues(self, team_id: str) -> bool:
        """Whether an invitation that was twice not found may be sent again; off as shipped."""
        row = self._rows.one("SELECT absence_requeues FROM teams WHERE id = :id", {"id": team_id})
        return row is not None and row[0] == 1

    def set_absence_requeues(self, team_id: str, requeues: bool) -> None:
        self._rows.one("UPDATE teams SET absence_requeues = :on WHERE id = :id", {"id": team_id, "on": int(requeues)})

    # ------------------------------------------------------------------ members

    def add_member(self, member: Member) -> bool:
        """Take a member in; False when the email is taken in this team."""
        return (
            self._rows.one(
                f"INSERT INTO members ({_MEMBER}) VALUES (:id, :team, :email, :name, :role, :joined, NULL, :day, "
                ":week, :spacing_from, :spacing_to, :hours, :warm_up, NULL, :profiles, :connections, 0, NULL, NULL) "
                "ON CONFLICT DO NOTHING RETURNING id",
                {
                    "id": member.id,
                    "team": member.team_id,
                    "email": member.email,
                    "name": member.name,
                    "role": member.role,
                    "joined": member.joined_at,
                    **_pace(member),
                },
            )
            is not None
        )

    def member(self, member_id: str) -> Member | None:
        row = self._rows.one(f"SELECT {_MEMBER} FROM members WHERE id = :id", {"id": member_id})
        return _member(row) if row else None

    def members(self, team_id: str) -> list[Member]:
        """Who is in the team now, first who joined first."""
        rows = self._rows.all(
            f"SELECT {_MEMBER} FROM members WHERE team_id = :team AND removed_at IS NULL ORDER BY joined_at, id",
            {"team": team_id},
        )
        return [_member(row) for row in rows]

    def named(self, team_id: str, name: str) -> Member | None:
        """A member of the team by id or email."""
        row = self._rows.one(
            f"SELECT {_MEMBER} FROM members WHERE team_id = :team AND removed_at IS NULL "
            "AND (id = :name OR email = :email)",
            {"team": team_id, "name": name, "email": name.lower()},
        )
        return _member(row) if row else None

    def remove(self, member_id: str, now: int) -> None:
        self._rows.one(
            "UPDATE members SET removed_at = :now WHERE id = :id AND removed_at IS NULL", {"id": member_id, "now": now}
        )

    def set_role(self, member_id: str, role: Role) -> None:
        self._rows.one("UPDATE members SET role = :role WHERE id = :id", {"id": member_id, "role": role})

    def set_pace(self, member: Member) -> None:
        """Keep the pace that this member has now."""
        self._rows.one(
            "UPDATE members SET day = :day, week = :week, spacing_from_s = :spacing_from, spacing_to_s = :spacing_to, "
            "hours = :hours, warm_up = :warm_up, profile_reads = :profiles, connection_reads = :connections "
            "WHERE id = :id",
            {"id": member.id, **_pace(member)},
        )

    def warm_from(self, member_id: str, now: int) -> None:
        """Their first browser was paired."""
        self._rows.one(
            "UPDATE members SET warm_from = :now WHERE id = :id AND warm_from IS NULL", {"id": member_id, "now": now}
        )

    def set_consent(self, member: Member) -> None:
        """Keep what the member allows."""
        self._rows.one(
            "UPDATE members SET approve_first = :first, own_day = :day, own_week = :week WHERE id = :id",
            {"id": member.id, "first": int(member.approve_first), "day": member.own_day, "week": member.own_week},
        )

    # ------------------------------------------------------------------ pauses

    def pauses(self, member_id: str, now: int) -> list[Pause]:
        """The pauses that stand."""
        return self.pauses_of([member_id], now)

    def pauses_of(self, member_ids: Sequence[str], now: int) -> list[Pause]:
        """The pauses of several members that stand."""
        rows = self._rows.all(
            "SELECT id, member_id, cause, since, until FROM pauses WHERE member_id IN $EACH(:members) "
            "AND lifted_at IS NULL AND (until IS NULL OR until > :now)",
            {"members": json.dumps(member_ids), "now": now},
        )
        return [Pause(row[0], row[1], Cause(row[2]), row[3], row[4]) for row in rows]

    def paused_since(self, member_id: str, causes: Collection[Cause]) -> int | None:
        """Since when a pause of one of these causes stands, also one whose time has come and that nobody has lifted."""
        row = self._rows.one(
            "SELECT min(since) FROM pauses WHERE member_id = :member AND lifted_at IS NULL AND cause IN $EACH(:causes)",
            {"member": member_id, "causes": json.dumps(sorted(causes))},
        )
        return row[0] if row else None

    def last_length(self, member_id: str, cause: Cause, since: int) -> int | None:
        """How long the newest pause of this cause lasted that began after ``since``."""
        row = self._rows.one(
            "SELECT lasted FROM pauses WHERE member_id = :member AND cause = :cause AND since > :since "
            "ORDER BY since DESC LIMIT 1",
            {"member": member_id, "cause": cause, "since": since},
        )
        return row[0] if row else None

    def was_paused(self, member_id: str, cause: Cause, since: int, now: int) -> bool:
        """Whether a pause of this cause began after ``since`` and is over."""
        row = self._rows.one(
            "SELECT 1 FROM pauses WHERE member_id = :member AND cause = :cause AND since > :since "
            "AND (lifted_at IS NOT NULL OR until <= :now)",
            {"member": member_id, "cause": cause, "since": since, "now": now},
        )
        return row is not None

    def pause(
        self, pause_id: str, team_id: str, member_id: str, cause: Cause, now: int, until: int | None, lasted: int | None
    ) -> bool:
        """Let a pause stand; one that stands already is only made longer. True when it is new.

        It is kept beside the LinkedIn account that the member acts with.
        """
        row = self._rows.one(
            "INSERT INTO pauses (id, team_id, member_id, cause, since, until, lasted, account) "
            "VALUES (:id, :team, :member, :cause, :now, :until, :lasted, "
            "(SELECT account FROM agents WHERE agents.member_id = :member AND revoked_at IS NULL LIMIT 1)) "
            "ON CONFLICT (member_id, cause) WHERE lifted_at IS NULL "
            "DO UPDATE SET until = CASE WHEN excluded.until IS NULL OR pauses.until IS NULL THEN NULL "
            "WHEN excluded.until > pauses.until THEN excluded.until ELSE pauses.until END, lasted = excluded.lasted, "
            "account = coalesce(excluded.account, pauses.account) "
            "RETURNING id",
            {
                "id": pause_id,
                "team": team_id,
                "member": member_id,
                "cause": cause,
                "now": now,
                "until": until,
                "lasted": lasted,
            },
        )
        return row is not None and row[0] == pause_id

    def pauses_of_account(
        self, account: str, beside: str, causes: Collection[Cause], since: int
    ) -> list[tuple[Pause, str, int | None, bool]]:
        """Pauses that members but this one had with a LinkedIn account: those that stand, and those since then.

        Each with the team, how long it was to last, and whether it was lifted; the oldest first.
        """
        rows = self._rows.all(
            "SELECT id, member_id, cause, since, until, team_id, lasted, lifted_at FROM pauses "
            "WHERE account = :account AND member_id <> :beside AND cause IN $EACH(:causes) "
            "AND (lifted_at IS NULL OR since > :since) ORDER BY since, id",
            {"account": account, "beside": beside, "causes": json.dumps(sorted(causes)), "since": since},
        )
        return [(Pause(row[0], row[1], Cause(row[2]), *row[3:5]), row[5], row[6], row[7] is not None) for row in rows]

    def hand_over(self, pause_id: str, team_id: str, member_id: str) -> bool:
        """A pause is this member's from now on; False when one of its cause stands against them already."""
        return (
            self._rows.changed(
                "UPDATE pauses SET member_id = :member, team_id = :team WHERE id = :id AND (lifted_at IS NOT NULL "
                "OR NOT EXISTS (SELECT 1 FROM pauses AS own WHERE own.member_id = :member "
                "AND own.cause = pauses.cause AND own.lifted_at IS NULL))",
                {"id": pause_id, "team": team_id, "member": member_id},
            )
            == 1
        )

    def lift(self, pause_id: str, now: int, by: str) -> bool:
        """End a pause; False when it had ended."""
        return (
            self._rows.one(
                "UPDATE pauses SET lifted_at = :now, lifted_by = :by WHERE id = :id AND lifted_at IS NULL RETURNING id",
                {"id": pause_id, "now": now, "by": by},
            )
            is not None
        )

    def lift_over(self, pause_id: str, now: int) -> bool:
        """End a pause whose time has come; False when it had ended, or was made longer meanwhile."""
        return (
            self._rows.one(
                "UPDATE pauses SET lifted_at = :now, lifted_by = 'time' "
                "WHERE id = :id AND lifted_at IS NULL AND until <= :now RETURNING id",
                {"id": pause_id, "now": now},
            )
            is not None
        )

    def pauses_over(self, now: int, limit: int, member_id: str | None = None) -> list[tuple[str, str, str, Cause, int]]:
        """Pauses of everybody or of one member whose time has come: id, team, member, cause, and since when."""
        rows = self._rows.all(
            "SELECT id, team_id, member_id, cause, since FROM pauses WHERE lifted_at IS NULL AND until <= :now"
            + ("" if member_id is None else " AND member_id = :member")
            + " LIMIT :limit",
            {"now": now, "limit": limit} | ({} if member_id is None else {"member": member_id}),
        )
        return [(row[0], row[1], row[2], Cause(row[3]), row[4]) for row in rows]
