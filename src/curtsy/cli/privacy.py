"""`curtsy forget` and `curtsy export`: what is held about people, erased or handed over."""

from __future__ import annotations

import json as json_text
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from curtsy.cli import options
from curtsy.cli.cellar import opened, team_of
from curtsy.cli.said import Ended, Said
from curtsy.domain.invitation import ask
from curtsy.service import exporting, forgetting, teams, untelling
from curtsy.service.forgetting import Forgotten
from curtsy.storage.database import Database
from curtsy.storage.store import Store

BY = "the operator"


def forget(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="An address, a public name, a profile id or URN.")],
    team: Annotated[
        str | None, typer.Option("--team", metavar="NAME|ID", help="In this team only; else in every one.")
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Erase a person who was invited, everywhere; what stays is that nobody invites them again. For good.

    A task for them that a browser has begun goes on to its end: where one is said to be open, run this again then.

    Example: curtsy forget https://www.linkedin.com/in/williamhgates/
    """
    who = ask(profile).profile
    with opened(database) as cellar:
        wanted = [team_of(cellar, team)] if team is not None else [one[0] for one in cellar.run_now(teams.teams)]
        wanted += [double for one in wanted if (double := cellar.run_now(_rehearsing, one)) is not None]
        done = [_forget(cellar, cellar.run_now(forgetting.begin, team_id, who, BY)) for team_id in wanted]
    tasks, left = sum(len(one.tasks) for one in done), sum(one.open for one in done)
    more = f" {left} of them are open: run this again once they have ended." if left else ""
    told = f"Erased from {tasks} tasks in {len(done)} teams. Nobody invites them again.{more}"
    return Said({"teams": len(done), "tasks": tasks, "open": left}, told)


def _rehearsing(store: Store, _now: int, team_id: str) -> str | None:
    return store.rehearsals.team_for(team_id)


def _forget(cellar: Database, done: Forgotten) -> Forgotten:
    """Slice by slice, so that whoever else writes is not kept waiting."""
    known = 0
    while known != len(done.keys):
        known = len(done.keys)
        _slices(lambda after: cellar.run_now(forgetting.gather, done, after), "")
    cellar.run_now(forgetting.anonymise, done)
    _slices(lambda after: cellar.run_now(forgetting.erase, done, after), "")
    _slices(lambda after: cellar.run_now(forgetting.erase_events, done.tasks, after), 0)
    _slices(lambda after: cellar.run_now(untelling.erase_messages, done, after), "")
    _slices(lambda after: cellar.run_now(untelling.erase_tries, done, after), "")
    return done


def _slices(do: Callable[[Any], Any], after: Any) -> None:
    while after is not None:
        after = do(after)


def export(
    member: Annotated[str, typer.Option("--member", metavar="EMAIL|ID", help="Whose data.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; else it is printed.")
    ] = None,
    team: options.Team = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Give a member everything that is held about them, as one JSON document; secrets are in none.

    Example: curtsy export --member ada@example.com --out ada.json
    """
    with opened(database) as cellar:
        found = cellar.run_now(exporting.export, team_of(cellar, team), member)
    text = json_text.dumps(found, indent=2, ensure_ascii=False)
    if out is None:
        return Said(found, text)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise Ended(f"{out} cannot be written: {error.strerror}", "cannot_open") from None
    count = sum(len(rows) for rows in found.values() if isinstance(rows, list))
    return Said({"file": str(out), "rows": count}, f"{count} rows are in {out}.")
