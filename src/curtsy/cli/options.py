"""The options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer


@dataclass(slots=True)
class Manner:
    """How this run of a command speaks: to people, or with one JSON object."""

    json: bool = False


def _as_json(context: typer.Context, wanted: bool) -> bool:
    if wanted:
        context.obj.json = True
    return wanted


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print exactly one JSON object on stdout.",
        callback=_as_json,
        expose_value=False,
        rich_help_panel="For programs",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="ADDRESS",
        help="Where the tasks are kept: sqlite:PATH. Else CURTSY_DATABASE, else sqlite:./curtsy.db.",
    ),
]
Team = Annotated[
    str | None,
    typer.Option("--team", metavar="NAME|ID", help="Which team; may be left out while there is one."),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="The address people reach the server at. Else CURTSY_PUBLIC_URL, else where `serve` would listen.",
    ),
]
Server = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="The server to call. Else CURTSY_URL, else http://127.0.0.1:8080."),
]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="The team's API key. Else CURTSY_API_KEY."),
]
Sender = Annotated[
    str | None,
    typer.Option("--sender", metavar="EMAIL|ID", help="The member to act as. Else the team's oldest admin."),
]
Wait = Annotated[
    int | None,
    typer.Option(
        "--wait",
        metavar="[N]",
        min=0,
        help="Wait for the outcome, at most N seconds (600 if no number follows).",
        show_default=False,
    ),
]

WAIT_S = 600


def spelled_out(words: list[str]) -> list[str]:
    """The words of a command with the number that `--wait` may leave out; what follows `--` is left alone."""
    spelled: list[str] = []
    for at, word in enumerate(words):
        if word == "--":
            return spelled + words[at:]
        number = words[at + 1] if at + 1 < len(words) else ""
        spelled.append(f"--wait={WAIT_S}" if word == "--wait" and not number.isdecimal() else word)
    return spelled
