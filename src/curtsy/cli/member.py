"""`curtsy member`: the people in whose name invitations are sent."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import typer

from curtsy.cli import options
from curtsy.cli.cellar import opened, public_url, team_of
from curtsy.cli.said import Said, table
from curtsy.domain.errors import InvalidHours, InvalidPace
from curtsy.domain.hours import Hours, parse_hours
from curtsy.domain.member import Member, Role
from curtsy.service import teams
from curtsy.service.access import sign_in_link
from curtsy.web.members import member_body

commands = typer.Typer(no_args_is_help=True, help="Take members in and out, and set how fast they may act.")

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The member's email address, or their id.")]
_SPACING = re.compile(r"(\d{1,5})-(\d{1,5})")


@commands.command()
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The new member's email address.")],
    role: Annotated[Role, typer.Option("--role", help="An admin may manage the team.")] = Role.MEMBER,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Else what stands before the @.")] = None,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Take a member into a team.

    Example: curtsy member add grace@example.com --role member --name "Grace H."
    """
    with opened(database) as cellar:
        member = cellar.run_now(teams.join, team_of(cellar, team), email, role, name)
    return Said(
        {"member": member_body(member)},
        f"{member.name} <{member.email}> is in the team as {member.role}.\nNext: curtsy pair --member {member.email}",
    )


@commands.command("list")
def list_members(team: options.Team = None, database: options.Database = None, json: options.Json = False) -> Said:
    """List the members of a team, first who joined first.

    Example: curtsy member list
    """
    with opened(database) as cellar:
        found = cellar.run_now(teams.members, team_of(cellar, team))
    rows: list[list[object]] = [
        [one.email, one.name, one.role, one.day, one.week, f"{one.spacing_from_s}-{one.spacing_to_s} s", one.id]
        for one in found
    ]
    columns = ["EMAIL", "NAME", "ROLE", "A DAY", "A WEEK", "SPACING", "ID"]
    return Said({"data": [member_body(one) for one in found]}, table(columns, rows, "There is no member yet."))


@commands.command()
def remove(
    email: Email, team: options.Team = None, database: options.Database = None, json: options.Json = False
) -> Said:
    """Take a member out: their browsers are unpaired, and what waits for them fails.

    Example: curtsy member remove grace@example.com
    """
    with opened(database) as cellar:
        team_id = team_of(cellar, team)
        member = cellar.run_now(teams.leave, team_id, email, even_last_admin=True)
        admins = [one for one in cellar.run_now(teams.members, team_id) if one.role is Role.ADMIN]
    left = f"{member.email} has left the team; their browsers are unpaired."
    alone = " The team has no admin now, so nobody sends: make one with `curtsy member role EMAIL admin`."
    return Said({"member": member_body(member)}, left if admins else left + alone)


@commands.command()
def role(
    email: Email,
    role: Annotated[Role, typer.Argument(help="What they are from now on.")],
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Make a member an admin, or an admin a member. The oldest admin sends when a request names nobody.

    Example: curtsy member role grace@example.com admin
    """
    with opened(database) as cellar:
        member = cellar.run_now(teams.set_role, team_of(cellar, team), email, role)
    return Said({"member": member_body(member)}, f"{member.email} is {member.role} now.")


@commands.command()
def pace(
    email: Email,
    day: Annotated[int | None, typer.Option("--day", metavar="N", help="Invitations in any 24 hours, 1 to 50.")] = None,
    week: Annotated[
        int | None, typer.Option("--week", metavar="N", help="Invitations in any 7 days, 1 to 200.")
    ] = None,
    spacing: Annotated[
        str | None,
        typer.Option("--spacing", metavar="A-B", help="Seconds between two: a new draw from A to B each time."),
    ] = None,
    hours: Annotated[
        str | None, typer.Option("--hours", metavar="HOURS", help="'mon-fri 09:00-17:00', or any for at any hour.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", metavar="ZONE", help="Whose clocks the hours go by: Europe/Berlin.")
    ] = None,
    warm_up: Annotated[
        bool | None, typer.Option("--warm-up/--no-warm-up", help="Begin slowly, as new members do, or at once.")
    ] = None,
    profile_reads: Annotated[
        int | None, typer.Option("--profile-reads", metavar="N", help="Profiles read in any 24 hours, 1 to 200.")
    ] = None,
    connection_reads: Annotated[
        int | None,
        typer.Option("--connection-reads", metavar="N", help="Pages of connections in any 24 hours, 1 to 40."),
    ] = None,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Set how fast a member may act; what is left out stays. Without options: show it.

    Example: curtsy member pace grace@example.com --day 15 --week 60 --spacing 90-240
    """
    seconds = None
    if spacing is not None:
        found = _SPACING.fullmatch(spacing)
        if found is None:
            raise InvalidPace
        seconds = int(found[1]), int(found[2])
    with opened(database) as cellar:
        member = cellar.run_now(
            teams.set_pace,
            team_of(cellar, team),
            email,
            day,
            week,
            seconds,
            hours=_hours(hours, time_zone),
            warm_up=warm_up,
            profile_reads=profile_reads,
            connection_reads=connection_reads,
        )
    return Said({"member": member_body(member)}, _sentence(member))


def _hours(said: str | None, zone: str | None) -> Hours | Literal[False] | None:
    if said is None and zone is None:
        return None
    if said == "any" and zone is None:
        return False
    if said is None or zone is None:
        raise InvalidHours("Name both --hours and --time-zone")
    return parse_hours(said, zone)


def _sentence(member: Member) -> str:
    said = (
        f"{member.email}: at most {member.day} a day and {member.week} a week, "
        f"{member.spacing_from_s} to {member.spacing_to_s} seconds apart"
    )
    said += f", {member.hours}" if member.hours else ", at any hour"
    said += "; beginning slowly" if member.warm_up else ""
    said += f". For callers {member.profile_reads} profiles and {member.connection_reads} pages a day are read."
    return said + _less(member)


def _less(member: Member) -> str:
    """What is in force instead, where the member allows less than the team set."""
    inforce = member.pace
    if (inforce.day, inforce.week) == (member.day, member.week):
        return ""
    return f"\nThe member allows less, and that rules: {inforce.day} a day and {inforce.week} a week."


@commands.command("sign-in")
def sign_in(
    email: Email,
    url: options.Url = None,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Make a link that signs a member in to the server's pages: once, within a day.

    Example: curtsy member sign-in ada@example.com --url https://curtsy.example.com
    """
    with opened(database) as cellar:
        member = cellar.run_now(teams.named, team_of(cellar, team), email)
        secret = cellar.run_now(sign_in_link, member.id)
    link = f"{public_url(url)}/sign-in/{secret}"
    return Said({"member": member_body(member), "sign_in": link}, link)
