"""`curtsy team`: whose members, keys and tasks belong together."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from curtsy.cli import options
from curtsy.cli.cellar import opened
from curtsy.cli.said import Said, table
from curtsy.service import teams

commands = typer.Typer(no_args_is_help=True, help="Make teams, list them, and say what follows doubt.")

ASSUMES = "This assumes that a request sent by a member's browser reaches LinkedIn within 120 seconds or never."


class Absence(StrEnum):
    """What follows when an invitation in doubt was twice not found."""

    REVIEW = "review"
    REQUEUE = "requeue"


MEANS = {
    Absence.REVIEW: "An invitation that was twice not found waits for a person's review; it is not sent again.",
    Absence.REQUEUE: f"An invitation that was twice not found is sent once more, and never a third time. {ASSUMES}",
}


@commands.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the team is called.")],
    admin: Annotated[str, typer.Option("--admin", metavar="EMAIL", help="Its first member, who may do everything.")],
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Make a team with its first admin.

    Example: curtsy team create Acme --admin ada@example.com
    """
    with opened(database) as cellar:
        team_id, member = cellar.run_now(teams.found, name, admin)
        made = {"id": team_id, "name": cellar.run_now(teams.team, team_id)[1]}
    body = {"team": made, "member": {"id": member.id, "email": member.email, "role": member.role}}
    shown = f"Team {made['name']} is made; {member.email} is its admin.\n"
    return Said(body, shown + f"Next: curtsy key create, and curtsy pair --member {member.email}")


@commands.command("list")
def list_teams(database: options.Database = None, json: options.Json = False) -> Said:
    """List the teams.

    Example: curtsy team list
    """
    with opened(database) as cellar:
        found = cellar.run_now(teams.teams)
    body = {"data": [{"id": team_id, "name": name} for team_id, name in found]}
    rows: list[list[object]] = [[name, team_id] for team_id, name in found]
    return Said(body, table(["NAME", "ID"], rows, "There is no team yet: curtsy team create NAME --admin EMAIL"))


@commands.command()
def absence(
    follows: Annotated[
        Absence | None,
        typer.Argument(metavar="review|requeue", help="`review`, as shipped, or `requeue`. Left out: show it."),
    ] = None,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Say what follows when an invitation in doubt was twice not found on LinkedIn.

    `review` asks a person. `requeue` sends it once more, which assumes that a request sent by a member's browser
    reaches LinkedIn within 120 seconds or never.

    Example: curtsy team absence requeue --team Acme
    """
    with opened(database) as cellar:
        team_id, name = cellar.run_now(teams.team, team)
        if follows is not None:
            cellar.run_now(teams.set_absence_requeues, team_id, follows is Absence.REQUEUE)
        stands = Absence.REQUEUE if cellar.run_now(teams.absence_requeues, team_id) else Absence.REVIEW
    return Said({"team": {"id": team_id, "name": name}, "absence": stands}, MEANS[stands])
