"""What a command says when it is done, and the ways in which it can end."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

DONE = 0
REFUSED = 1
USAGE = 2
NOT_REACHABLE = 3
IN_VAIN = 4

people = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 200)
"""For answers; in a pipe, lines are wide enough for an id in each column."""
aside = Console(stderr=True, highlight=False, markup=False)
"""Where progress and advice go: beside the answer, never into it."""


@dataclass(frozen=True, slots=True)
class Said:
    """The end of a command: ``body`` for programs, ``shown`` for people, and the exit code."""

    body: dict[str, Any]
    shown: RenderableType
    exit_code: int = DONE


class Ended(Exception):
    """A command that cannot go on; the message says why and what to do."""

    def __init__(self, error: str, code: str, exit_code: int = REFUSED, **fields: object) -> None:
        super().__init__(error)
        self.code = code
        self.exit_code = exit_code
        self.fields = fields

    def body(self) -> dict[str, Any]:
        """The refusal in the shape that the API gives one."""
        return {"success": False, "error": str(self), "code": self.code, **self.fields}


class NotReachable(Ended):
    """Nothing answers at the server's address."""

    def __init__(self, error: str) -> None:
        super().__init__(error, "not_reachable", NOT_REACHABLE)


def put(body: dict[str, Any]) -> None:
    """Print one JSON object on a line of its own, at once."""
    put_line(json.dumps(body))


def put_line(text: str) -> None:
    """Print a line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def leave_unread() -> None:
    """Whoever read what is printed has had enough, as `head` has: what is left to print goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def table(columns: list[str], rows: list[list[object]], empty: str) -> RenderableType:
    """Rows for people, or the sentence to say when there are none."""
    if not rows:
        return Text(empty)
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return made
