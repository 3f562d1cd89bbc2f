"""Teams and their members: founding, joining, leaving, pace."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from curtsy.domain.ending import ENDINGS, MEMBER_REMOVED
from curtsy.domain.errors import EmailTaken, InvalidEmail, InvalidName, LastAdmin, UnknownMember, UnknownTeam
from curtsy.domain.hours import Hours
from curtsy.domain.member import Member, Role
from curtsy.domain.pace import Pace, read_pace, read_reads
from curtsy.domain.task import UNTOLD, TaskState
from curtsy.service import presence
from curtsy.service.credentials import hashed
from curtsy.service.events import tell
from curtsy.service.intake import failed_output
from curtsy.service.leaving_alone import leave_behind
from curtsy.storage.store import Store

_EMAIL = re.compile(r"[^@\s\x00]{1,64}@[^@\s\x00]{1,190}")


def found(store: Store, now: int, name: str, email: str, session: str | None = None) -> tuple[str, Member]:
    """Make a team and its first admin; the session that was open before there was a team becomes theirs."""
    team_id = store.new_id()
    store.teams.add(team_id, _name(name), now)
    member = join(store, now, team_id, email, Role.ADMIN)
    if session is not None:
        store.access.give_session(hashed(session), member.id)
    return team_id, member


def join(store: Store, now: int, team_id: str, email: str, role: Role, name: str | None = None) -> Member:
    """Take a member into a team; raises InvalidEmail, InvalidName or EmailTaken."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidEmail
    pace = Pace()
    member = Member(
        store.new_id(),
        team_id,
        email,
        _name(name or email.partition("@")[0]),
        role,
        now,
        None,
        pace.day,
        pace.week,
        pace.spacing_from_s,
        pace.spacing_to_s,
        warm_up=1,
    )
    if not store.teams.add_member(member):
        raise EmailTaken
    return member


def leave(store: Store, now: int, team_id: str, member: str, *, even_last_admin: bool = False) -> Member:
    """Take a member out: their browsers are unpaired, what waited for them fails as member_removed.

    Whom they wait for an answer of is left alone by the team (docs/decisions/0012).

    Raises LastAdmin, unless whoever asks can make another admin without being one.
    """
    store.hold_team(team_id)
    leaving = named(store, now, team_id, member)
    if not even_last_admin:
        _keep_an_admin(store, leaving)
    store.hold_member(leaving.id)
    leaving = named(store, now, team_id, leaving.id)
    end_queue_of_removed(store, now, leaving.id)
    for agent in store.agents.of_member(leaving.id):
        presence.let_go(store, now, agent)
    store.access.end_sessions_of(leaving.id)
    store.teams.remove(leaving.id, now)
    leave_behind(store, now, leaving.id)
    return leaving


def set_role(store: Store, now: int, team_id: str, member: str, role: Role) -> Member:
    """Make a member an admin, or an admin a member; raises LastAdmin for the only admin."""
    store.hold_team(team_id)
    chosen = named(store, now, team_id, member)
    store.hold_member(chosen.id)
    chosen = named(store, now, team_id, chosen.id)
    if role is not Role.ADMIN:
        _keep_an_admin(store, chosen)
    store.teams.set_role(chosen.id, role)
    return replace(chosen, role=role)


def end_queue_of_removed(store: Store, now: int, member_id: str) -> None:
    """Fail what waits for a member who left, or is in the hands of one of their browsers before its start."""
    for task in store.tasks.queue_of(member_id):
        code, error = MEMBER_REMOVED, ENDINGS[MEMBER_REMOVED].meaning
        output = failed_output(task.kind, code, error)
        if failed := store.tasks.end(task, TaskState.FAILED, now, code=code, error=error, output=output):
            tell(store, now, failed, "task.failed")
            if failed.kind in UNTOLD:
                store.tasks.drop(failed)


def _keep_an_admin(store: Store, member: Member) -> None:
    admins = [one.id for one in store.teams.members(member.team_id) if one.role is Role.ADMIN]
    if admins == [member.id]:
        raise LastAdmin


def set_pace(
    store: Store,
    now: int,
    team_id: str,
    member: str,
    day: int | None = None,
    week: int | None = None,
    spacing: tuple[int, int] | None = None,
    *,
    hours: Hours | Literal[False] | None = None,
    warm_up: bool | None = None,
    profile_reads: int | None = None,
    connection_reads: int | None = None,
) -> Member:
    """Change what is given of a member's pace; raises InvalidPace above the ceilings. ``hours``: False for any hour.

    Who gives a member more in a day or a week than they had knows them: they are not warmed up any more, unless that is
    said too.
    """
    store.hold_member(named(store, now, team_id, member).id)
    chosen = named(store, now, team_id, member)
    spacing_from, spacing_to = spacing or (chosen.spacing_from_s, chosen.spacing_to_s)
    at_work = chosen.hours if hours is None else hours or None
    pace = read_pace(_or(day, chosen.day), _or(week, chosen.week), spacing_from, spacing_to, at_work)
    profiles, connections = read_reads(
        _or(profile_reads, chosen.profile_reads), _or(connection_reads, chosen.connection_reads)
    )
    raised = pace.day > chosen.day or pace.week > chosen.week
    changed = replace(
        chosen,
        day=pace.day,
        week=pace.week,
        spacing_from_s=pace.spacing_from_s,
        spacing_to_s=pace.spacing_to_s,
        hours=at_work,
        warm_up=int(chosen.warm_up == 1 and not raised if warm_up is None else warm_up),
        profile_reads=profiles,
        connection_reads=connections,
    )
    if changed != chosen:
        store.teams.set_pace(changed)
        store.ring(f"member:{chosen.id}")
    return changed


def _or(said: int | None, before: int) -> int:
    return before if said is None else said


def named(store: Store, _now: int, team_id: str, member: str) -> Member:
    """A member by id or email; raises UnknownMember."""
    found_member = store.teams.named(team_id, member.strip())
    if found_member is None:
        raise UnknownMember
    return found_member


def members(store: Store, _now: int, team_id: str) -> list[Member]:
    """Who is in the team, first who joined first."""
    return store.teams.members(team_id)


def team(store: Store, _now: int, name: str | None) -> tuple[str, str]:
    """A team by name or id, or the only one there is; raises UnknownTeam."""
    teams = store.teams.all()
    fitting = [one for one in teams if name is None or name in one]
    if len(fitting) != 1:
        raise UnknownTeam("Several teams fit: name one with --team" if len(fitting) > 1 else None)
    return fitting[0]


def teams(store: Store, _now: int) -> list[tuple[str, str]]:
    """Every team: id and name."""
    return store.teams.all()


def absence_requeues(store: Store, _now: int, team_id: str) -> bool:
    """Whether an invitation of the team that was twice not found may be sent once more."""
    return store.teams.absence_requeues(team_id)


def set_absence_requeues(store: Store, _now: int, team_id: str, requeues: bool) -> None:
    """Let it be sent once more, or ask a person, as shipped."""
    store.teams.set_absence_requeues(team_id, requeues)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidName
    return name
