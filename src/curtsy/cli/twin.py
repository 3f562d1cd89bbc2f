"""`curtsy twin`: a LinkedIn of our own, to try things against."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curtsy.cli import options
from curtsy.cli.said import Ended, people, put

if TYPE_CHECKING:
    from curtsy.twin.remote import Twin


def twin(
    context: typer.Context,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Port of https; 0 takes any.")
    ] = 0,
    tls: Annotated[
        Path | None, typer.Option("--tls", metavar="DIR", help="Keep the certificate in this folder.")
    ] = None,
    clock_control: Annotated[
        bool, typer.Option("--clock-control", help="Let the control API move the twin's clock.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Run the twin, a LinkedIn of our own on 127.0.0.1, until Ctrl-C.

    Example: curtsy twin --port 8443 --clock-control
    """
    try:
        from curtsy.twin.server import TwinSettings, serve
    except ModuleNotFoundError as missing:
        raise Ended(f"The twin needs {missing.name}: pip install 'curtsy[server,twin]'", "not_installed") from None
    try:
        serve(TwinSettings(port, tls, clock_control), _to_programs if context.obj.json else _to_people)
    except OSError as error:
        raise Ended(f"The twin cannot listen: {error.strerror or error}", "cannot_listen") from None


def _to_programs(at: Twin) -> None:
    put(asdict(at))


def _to_people(at: Twin) -> None:
    people.print("The twin listens. Ctrl-C ends it.")
    for what, said in asdict(at).items():
        people.print(f"  {what:8} {said}", soft_wrap=True)
    people.print("A person can look at it: open the http address, and sign in as sam-viewer.")
