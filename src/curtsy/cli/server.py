"""`curtsy serve` and `migrate`: the server and its database."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from curtsy.cli import cellar, options
from curtsy.cli.said import Said, people, put
from curtsy.clock import system_clock
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate as bring_up

if TYPE_CHECKING:
    from curtsy.serve import Listening

TERMS = (
    "Before you pair a browser: LinkedIn's User Agreement forbids software that acts for its members, and LinkedIn may "
    "restrict or close an account that uses it. Whoever pairs a browser takes that risk: tell them."
)


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Else CURTSY_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes any. Else CURTSY_PORT, else 8080."),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", metavar="N", min=1, help="Server processes; SQLite takes one, PostgreSQL any number."
        ),
    ] = 1,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Run the server until Ctrl-C (or SIGTERM).

    Brings the database to this version first. While there is no team it prints a one-time link for its first admin.

    Example: curtsy serve --database sqlite:/var/lib/curtsy/curtsy.db --port 8080
    """
    from curtsy.serve import serve as run

    settings = cellar.settings(database)
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    # SIGTERM ends the server as Ctrl-C does: calls in hand are answered and the database is closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(settings, _announce_to_programs if context.obj.json else _announce_to_people, workers=workers)
    except KeyboardInterrupt:
        return


def migrate(database: options.Database = None, json: options.Json = False) -> Said:
    """Bring the database to the schema of this version; `serve` does so by itself.

    Example: curtsy migrate --database sqlite:/var/lib/curtsy/curtsy.db
    """
    opened = open_database(cellar.settings(database).database, clock=system_clock)
    try:
        applied = bring_up(opened)
    finally:
        opened.close()
    return Said(
        {"database": opened.place, "applied": applied},
        f"Applied {', '.join(applied)}." if applied else "The database is up to date.",
    )


def _announce_to_programs(at: Listening) -> None:
    put({"listening": at.url, "sign_in": at.sign_in})


def _announce_to_people(at: Listening) -> None:
    people.print(f"Curtsy listens on {at.url}. Ctrl-C ends it.", soft_wrap=True)
    if at.sign_in is not None:
        people.print(
            f"\nThere is no team yet. Make one here (the link works once, for a day):\n{at.sign_in}\n", soft_wrap=True
        )
        people.print(TERMS)
