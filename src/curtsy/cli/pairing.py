"""`curtsy pair`: a code that connects one browser to one member."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import typer

from curtsy.cli import options
from curtsy.cli.cellar import opened, public_url, team_of
from curtsy.cli.said import IN_VAIN, Said, aside
from curtsy.service import pairing, teams
from curtsy.storage.database import Database
from curtsy.web.wire import rfc3339

LOOK_EVERY_S = 0.25


def pair(
    member: Annotated[str, typer.Option("--member", metavar="EMAIL|ID", help="The member whose browser it is.")],
    wait: options.Wait = None,
    url: options.Url = None,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Make a code that pairs a member's browser: once, within ten minutes.

    The member opens the extension's options page, pastes the address with the code, and clicks Connect.
    With --wait the command ends when they have, and shows the number that the browser shows too.

    Example: curtsy pair --member ada@example.com --wait
    """
    with opened(database) as cellar:
        person = cellar.run_now(teams.named, team_of(cellar, team), member)
        made = cellar.run_now(pairing.make_code, person.team_id, person.id)
        address = f"{public_url(url)}#{made.code}"
        body: dict[str, Any] = {"code": made.code, "url": address, "expires_at": rfc3339(made.expires_at)}
        if wait is None:
            return Said(body, f"{address}\nPaste this into the options page of the extension, within ten minutes.")
        aside.print(f"Waiting for a browser to connect with {address}", soft_wrap=True)
        until = min(float(wait), (made.expires_at - cellar.now()) / 1000)
        swapped = _swapped(cellar, made.code, until)
    if swapped is None:
        return Said(body, f"No browser connected with {made.code}: ask for a new code.", IN_VAIN)
    agent_id, check = swapped
    return Said({**body, "agent_id": agent_id, "check": check}, f"Paired. The browser shows the same number: {check}")


def _swapped(cellar: Database, code: str, seconds: float) -> tuple[str, str] | None:
    """The agent and the check number once a browser has used the code; None when the time is over."""
    until = time.monotonic() + seconds
    while True:
        found = asyncio.run(cellar.read(pairing.paired_with, code))
        if found is not None or time.monotonic() >= until:
            return found
        time.sleep(LOOK_EVERY_S)
