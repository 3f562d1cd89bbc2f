"""`curtsy ceilings`: what nobody on this server exceeds."""

from __future__ import annotations

from typing import Annotated

import typer

from curtsy.cli import options
from curtsy.cli.cellar import opened
from curtsy.cli.said import Said
from curtsy.service import pacing


def ceilings(
    day: Annotated[int | None, typer.Option("--day", metavar="N", help="Invitations in any 24 hours, 1 to 50.")] = None,
    week: Annotated[
        int | None, typer.Option("--week", metavar="N", help="Invitations in any 7 days, 1 to 200.")
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Let no member of any team do more than this, whatever their pace says. Without options: show it.

    Example: curtsy ceilings --day 30 --week 120
    """
    with opened(database) as cellar:
        found = cellar.run_now(pacing.set_ceilings, day, week)
    body = {"day": found.day, "week": found.week}
    return Said(body, f"Nobody on this server does more than {found.day} a day and {found.week} a week.")
