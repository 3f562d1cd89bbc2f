"""The database for the length of one command, and the addresses that go with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from curtsy.cli.said import USAGE, Ended
from curtsy.clock import boot, steady_clock, system_clock
from curtsy.service import teams
from curtsy.settings import Settings, read_settings
from curtsy.storage.database import Database, open_database, takes_several_processes
from curtsy.storage.migrate import migrate


def settings(database: str | None = None) -> Settings:
    """The settings of this environment, with the database the command line names, if any."""
    try:
        read = read_settings()
    except ValueError as error:
        raise Ended(f"A setting in the environment cannot be read: {error}", "usage", USAGE) from None
    return read if database is None else replace(read, database=database)


@contextmanager
def opened(address: str | None) -> Iterator[Database]:
    """The database of a command, brought to the schema of this version and counting time as its server does."""
    named = settings(address).database
    clock = None if takes_several_processes(named) else system_clock
    database = open_database(named, clock=clock, steady=steady_clock, boot=boot())
    try:
        migrate(database)
        database.keep_time(serves=False)
        yield database
    finally:
        database.close()


def team_of(database: Database, team: str | None) -> str:
    """The id of the team meant; raises UnknownTeam."""
    return database.run_now(teams.team, team)[0]


def public_url(given: str | None) -> str:
    """The address people reach the server at: as given, as set, or where `serve` would listen."""
    known = settings()
    host = f"[{known.host}]" if ":" in known.host else known.host
    return (given or known.public_url or f"http://{host}:{known.port}").rstrip("/")
