"""`curtsy do-not-contact`: whom nobody of a team invites."""

from __future__ import annotations

from typing import Annotated

import typer

from curtsy.cli import options
from curtsy.cli.cellar import opened, team_of
from curtsy.cli.said import Said, table
from curtsy.domain.invitation import ask
from curtsy.service import do_not_contact
from curtsy.storage.store.do_not_contact import Lifted
from curtsy.web.do_not_contact import entry_body
from curtsy.web.wire import rfc3339

commands = typer.Typer(no_args_is_help=True, help="Say whom nobody invites, list them, and lift that with a reason.")

BY = "the operator"
MOST_LISTED = 1_000
Profile = Annotated[str, typer.Argument(metavar="PROFILE", help="An address, a public name, a profile id or URN.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")]


@commands.command()
def add(
    profile: Profile,
    reason: Reason,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Never contact a person again: what waits to invite them ends as failed, and every new try is refused.

    Example: curtsy do-not-contact add williamhgates --reason "asked us to stop"
    """
    who = ask(profile).profile
    with opened(database) as cellar:
        made = cellar.run_now(do_not_contact.add, team_of(cellar, team), who, reason, BY)
    told = f"{who.text} was on the list already." if made.stood else f"Nobody invites {who.text} any more."
    ended = f" {len(made.ended)} waiting tasks were ended." if made.ended else ""
    return Said({**entry_body(made.entry), "stood": made.stood, "ended": list(made.ended)}, told + ended)


@commands.command("list")
def list_them(team: options.Team = None, database: options.Database = None, json: options.Json = False) -> Said:
    """List whom a team leaves alone, for good and for a time, and what was lifted.

    Example: curtsy do-not-contact list
    """
    with opened(database) as cellar:
        found = cellar.run_now(do_not_contact.left_alone, team_of(cellar, team), MOST_LISTED)
    body = {
        "data": [entry_body(one) for one in found.entries],
        "cooling_down": [
            {
                "profile_urn": (one.other_key or one.profile_key).removeprefix("in/"),
                "reason": one.reason,
                "whole_team": one.team_id is not None,
                "since": rfc3339(one.since),
                "until": rfc3339(one.until),
            }
            for one in found.cooling
        ],
        "lifted": [_lifted(one) for one in found.lifted],
    }
    rows: list[list[object]] = [
        [one.profile or "(forgotten)", one.reason, one.added_by, rfc3339(one.added_at)] for one in found.entries
    ]
    rows += [
        [(one.other_key or one.profile_key).removeprefix("in/"), one.reason, "", f"until {rfc3339(one.until)}"]
        for one in found.cooling
    ]
    return Said(body, table(["PERSON", "WHY", "SAID BY", "SINCE"], rows, "Nobody is left alone."))


@commands.command()
def remove(
    profile: Profile,
    reason: Reason,
    cooldown: Annotated[
        bool, typer.Option("--cooldown", help="End a time of being left alone instead, before it is over.")
    ] = False,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Let a person be invited again; the reason is kept, with what stood before.

    Example: curtsy do-not-contact remove williamhgates --reason "wrote to us and asked for it"
    """
    who = ask(profile).profile
    desk = do_not_contact.lift_cooldown if cooldown else do_not_contact.lift
    with opened(database) as cellar:
        lifted = cellar.run_now(desk, team_of(cellar, team), who, reason, BY)
    return Said({"lifted": [_lifted(one) for one in lifted]}, f"{who.text} may be invited again.")


def _lifted(lifted: Lifted) -> dict[str, object]:
    return {
        "what": lifted.what,
        "profile_urn": lifted.profile,
        "reason": lifted.reason,
        "lifted_by": lifted.lifted_by,
        "lifted_at": rfc3339(lifted.lifted_at),
        "stood_because": lifted.stood_because,
        "stood_since": rfc3339(lifted.stood_since),
    }
