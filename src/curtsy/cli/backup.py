"""`curtsy backup` and `restore`: a copy of the database, and the way back to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from curtsy.cli import cellar, options
from curtsy.cli.said import USAGE, Ended, Said
from curtsy.clock import system_clock
from curtsy.service.restoring import begin_again
from curtsy.storage.backup import back_up, put_back
from curtsy.storage.database import CannotOpen, takes_several_processes
from curtsy.storage.put_back import HOW_TO_COPY, begin_where_put_back

WHAT_FOLLOWS = (
    "Once a server runs and a member's browser is open, it looks whether LinkedIn holds each; nothing of them is sent "
    "before that."
)
ALSO_BACK = "Keys, browsers and members that were ended since the backup are back too: end them again."


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; no file may stand there.")],
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Copy the database into one file, whole and checked, also while a server runs on it.

    That is for SQLite; for PostgreSQL it says which of its own programs does it.

    Example: curtsy backup /var/backups/curtsy-monday.db
    """
    address = cellar.settings(database).database
    if takes_several_processes(address):
        raise CannotOpen(HOW_TO_COPY)
    size = back_up(address, file)
    return Said({"file": str(file.absolute()), "bytes": size}, f"{file} holds the database, {size} bytes.")


def restore(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="A copy that `curtsy backup` made. PostgreSQL takes none.", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Put a backup in the place of the database; stop the server first.

    What stood there is kept beside it. A PostgreSQL is put back with its own programs before, and told of it by this.
    Every open invitation of the backup is in doubt afterwards: a browser may have sent it since.

    Example: curtsy restore /var/backups/curtsy-monday.db
    """
    address = cellar.settings(database).database
    theirs = takes_several_processes(address)
    if theirs is (file is not None):
        raise Ended("A restore takes a FILE for SQLite, and none for PostgreSQL", "usage", USAGE)
    if not yes:
        _confirm(file, ask=sys.stdin.isatty() and not context.obj.json)
    kept: Path | None = None
    if file is None:
        doubtful = begin_where_put_back(address, begin_again)
    else:
        doubtful, kept = put_back(file, address, begin_again, clock=system_clock)
    lines = [
        f"{file or 'The database'} is restored.",
        f"{_tasks(doubtful)} in doubt. {WHAT_FOLLOWS}" if doubtful else "No task was open.",
    ]
    lines += [ALSO_BACK] + ([f"The database that stood there is kept as {kept}"] if kept else [])
    body = {"doubtful": doubtful, "kept": None if kept is None else str(kept)}
    return Said(body, "\n".join(lines))


def _tasks(count: int) -> str:
    return "One open task is" if count == 1 else f"{count} open tasks are"


def _confirm(file: Path | None, *, ask: bool) -> None:
    what = f"Put {file} in the place of the database" if file else "Take the database for one that was put back"
    if not ask:
        raise Ended(f"{what}: say --yes if that is meant", "usage", USAGE)
    try:
        meant = typer.confirm(f"{what}?", err=True)
    except typer.Abort:
        meant = False
    if not meant:
        raise Ended("Nothing was changed.", "declined")
