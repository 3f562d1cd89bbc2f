"""`curtsy prune`: let go of what finished long ago."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from curtsy.cli import cellar, options
from curtsy.cli.said import USAGE, Ended, Said, aside
from curtsy.service import retention
from curtsy.service.retention import Pruned, Wiped
from curtsy.settings import FEWEST_DAYS

BREATH_S = 0.01


def prune(
    older_than: Annotated[
        int | None,
        typer.Option(
            "--older-than", metavar="DAYS", min=FEWEST_DAYS, help="How long ago they finished. Else CURTSY_KEEP_DAYS."
        ),
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Drop tasks that finished long ago, with all that was kept of them; safe while a server runs.

    Of an invitation that was sent the row stays, without its note: it keeps the person from a second one. Notes and
    what was read of profiles go by themselves, at the age that CURTSY_KEEP_WORDS_DAYS says.

    Example: curtsy prune --older-than 180
    """
    known = cellar.settings(database)
    days, words_days = older_than or known.keep_days, known.keep_words_days
    if days is None and words_days is None:
        raise Ended("Say how old they must be: --older-than DAYS, or set CURTSY_KEEP_DAYS", "usage", USAGE)
    done, wiped = Pruned(more=days is not None), Wiped(more=words_days is not None)
    with cellar.opened(database) as opened, aside.status("") as shown:
        while done.more or wiped.more:
            begun = time.monotonic()
            if days is not None and done.more:
                done += opened.run_now(retention.prune, days)
            elif words_days is not None:
                wiped += opened.run_now(retention.wipe, words_days)
            shown.update(_told(done, wiped))
            # Whoever else writes to the database has the other half of the time.
            time.sleep(max(BREATH_S, time.monotonic() - begun))
    body = {
        "tasks": done.tasks,
        "stripped": done.stripped,
        "evidence": done.evidence,
        "attempts": done.attempts,
        "events": done.events,
        "wiped": wiped.tasks,
    }
    return Said(body, _told(done, wiped))


def _told(done: Pruned, wiped: Wiped) -> str:
    return (
        f"{done.tasks:,} tasks dropped and {done.stripped:,} stripped, with {done.attempts:,} attempts, "
        f"{done.evidence:,} sights and {done.events:,} events; {wiped.tasks:,} tasks without their words."
    )
