"""`curtsy events`: what happens in a team, page by page or as it happens."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from curtsy.cli import options
from curtsy.cli.client import AWAY_S, Client
from curtsy.cli.options import Manner
from curtsy.cli.said import Ended, NotReachable, Said, aside, leave_unread, put, put_line, table

AGAIN_S = 1.0


def events(
    context: typer.Context,
    cursor: Annotated[
        str | None, typer.Option("--cursor", metavar="CURSOR", help="Go on after this place, however long ago.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", help="At most this many, up to 100.")] = None,
    types: Annotated[
        str | None, typer.Option("--types", metavar="TYPES", help="These only, as task.completed,task.failed.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as it happens, until Ctrl-C.")] = False,
    server: options.Server = None,
    key: options.Key = None,
    json: options.Json = False,
) -> Said | None:
    """Tell what happened in the team, oldest first.

    Example: curtsy events --follow --json

    With --follow it begins now, or after --cursor, and outlives a restart of the server; with --json each event is one
    line, with its `cursor` beside it.
    """
    with Client(server, key) as client:
        if follow:
            manner: Manner = context.obj
            # SIGTERM ends it as Ctrl-C does.
            for told in (signal.SIGINT, signal.SIGTERM):
                signal.signal(told, signal.default_int_handler)
            try:
                for event in _followed(client, cursor, types):
                    _tell(event, json=manner.json)
            except KeyboardInterrupt:
                return None
            except BrokenPipeError:
                leave_unread()
                return None
        body = client.get("/v1/events", cursor=cursor, limit=limit, types=types)
    rows: list[list[object]] = [[one["timestamp"], one["type"], _about(one)] for one in body["data"]]
    if body["has_more"]:
        aside.print(f"There are more: --cursor {body['next_cursor']}")
    return Said(body, table(["WHEN", "WHAT", "ABOUT"], rows, "Nothing has happened since."))


def _followed(client: Client, cursor: str | None, types: str | None) -> Iterator[dict[str, Any]]:
    """Every event from there on; a server that is away is waited for a little, and nothing is missed meanwhile."""
    patience = time.monotonic() + AWAY_S
    while True:
        try:
            for place, event in client.follow("/v1/events", cursor, types=types):
                cursor, patience = place, time.monotonic() + AWAY_S
                if event is not None:
                    yield event | {"cursor": place}
        except Ended as ended:
            away = isinstance(ended, NotReachable) or ended.code == "try_again"
            if not away or time.monotonic() >= patience:
                raise
        time.sleep(AGAIN_S)


def _tell(event: dict[str, Any], *, json: bool) -> None:
    if json:
        put(event)
    else:
        put_line(f"{event['timestamp']}  {event['type']:<20}  {_about(event)}")


def _about(event: dict[str, Any]) -> str:
    task, sender = event["data"].get("task"), event["data"].get("sender")
    return f"task {task['id']}" if task else f"member {sender['id']}" if sender else ""
