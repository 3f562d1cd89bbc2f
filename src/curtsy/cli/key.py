"""`curtsy key`: the keys that callers of the API prove themselves with."""

from __future__ import annotations

from typing import Annotated

import typer

from curtsy.cli import options
from curtsy.cli.cellar import opened, team_of
from curtsy.cli.said import Said, table
from curtsy.service import access
from curtsy.service.access import Scope
from curtsy.web.wire import moment, rfc3339

commands = typer.Typer(no_args_is_help=True, help="Make API keys, list them and end them.")


def scopes(scope: Scope) -> list[str]:
    """What a key may do, from the least to the most."""
    return [one.value for one in Scope if scope.covers(one)]


@commands.command()
def create(
    scope: Annotated[
        Scope, typer.Option("--scope", help="What the key may do; each includes the one before it.")
    ] = Scope.INVITE,
    test: Annotated[
        bool, typer.Option("--test", help="For test mode: the same API, with no browser and no LinkedIn behind it.")
    ] = False,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Make an API key. It is shown this once; only its hash is kept.

    Example: export CURTSY_API_KEY=$(curtsy key create)
    """
    with opened(database) as cellar:
        key = cellar.run_now(access.create_key, team_of(cellar, team), scope, test=test)
    return Said({"key": key.secret, "id": key.id, "scopes": scopes(key.scope)}, key.secret)


@commands.command("list")
def list_keys(team: options.Team = None, database: options.Database = None, json: options.Json = False) -> Said:
    """List the keys of a team, without their secrets.

    Example: curtsy key list
    """
    with opened(database) as cellar:
        found = cellar.run_now(access.keys, team_of(cellar, team))
    body = [
        {
            "id": key.id,
            "hint": key.hint,
            "scopes": scopes(Scope(key.scope)),
            "created_at": rfc3339(key.created_at),
            "revoked_at": moment(key.revoked_at),
        }
        for key in found
    ]
    rows: list[list[object]] = [
        [f"{key.hint}…", key.scope, rfc3339(key.created_at), moment(key.revoked_at), key.id] for key in found
    ]
    columns = ["BEGINS", "SCOPE", "MADE", "REVOKED", "ID"]
    return Said({"data": body}, table(columns, rows, "There is no key yet: curtsy key create"))


@commands.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `curtsy key list` shows.")],
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """End a key: from now on nobody can call with it.

    Example: curtsy key revoke 0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f
    """
    with opened(database) as cellar:
        cellar.run_now(access.revoke_key, team_of(cellar, team), key_id)
    return Said({"id": key_id, "revoked": True}, f"Key {key_id} is revoked.")
