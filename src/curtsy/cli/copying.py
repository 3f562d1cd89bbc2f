"""`curtsy copy`: move from SQLite to PostgreSQL, or back."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from curtsy.cli import options
from curtsy.cli.said import Said, aside
from curtsy.clock import system_clock
from curtsy.storage.copying import copy as copy_rows
from curtsy.storage.database import must_exist, open_database

DOING = {"copy": "Copying", "check": "Checking"}


def copy(
    source: Annotated[str, typer.Option("--from", metavar="ADDRESS", help="The database there is.")],
    target: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="An empty database of the other kind.")],
    json: options.Json = False,
) -> Said:
    """Copy everything into an empty database of the other kind and compare both; stop the servers first.

    Keys, browsers and open tasks go on in the copy as they were. Interrupted, the same command goes on where it was.

    Example: curtsy copy --from sqlite:/var/lib/curtsy/curtsy.db --to postgresql://curtsy@db.example/curtsy
    """
    must_exist(source)
    with (
        closing(open_database(source, clock=system_clock)) as there,
        closing(open_database(target, clock=system_clock)) as here,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=aside
        ) as shown,
    ):
        bars = {doing: shown.add_task(said, total=None) for doing, said in DOING.items()}

        def begun(rows: int) -> None:
            for bar in bars.values():
                shown.update(bar, total=rows)

        counts = copy_rows(there, here, begun, lambda doing, _table, rows: shown.advance(bars[doing], rows))
        rows = sum(counts.values())
        body = {"from": there.place, "to": here.place, "rows": rows, "tables": counts}
        return Said(body, f"{here.place} holds all {rows:,} rows of {there.place}, compared one by one.")
