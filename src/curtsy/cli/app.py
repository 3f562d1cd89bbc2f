"""The commands, put together; how each of them ends is decided here."""

from __future__ import annotations

import sys
from typing import Any

import typer
from rich.text import Text

from curtsy.cli import (
    backup,
    calls,
    ceilings,
    copying,
    demo,
    do_not_contact,
    doctor,
    feed,
    key,
    member,
    options,
    pairing,
    privacy,
    prune,
    server,
    team,
    twin,
)
from curtsy.cli.options import Manner, spelled_out
from curtsy.cli.said import DONE, REFUSED, USAGE, Ended, Said, aside, people, put
from curtsy.domain.errors import Refusal
from curtsy.storage.database import CannotOpen
from curtsy.web.wire import rfc3339

HINTS = {
    "missing_api_key": "Make one with `curtsy key create`, then give it with --key or CURTSY_API_KEY.",
    "invalid_api_key": "`curtsy key list` shows which keys there are; `curtsy key create` makes one.",
    "no_active_agent": "Pair a browser: curtsy pair --member EMAIL",
    "unknown_member": "`curtsy member list` shows who is there.",
    "no_admin": "`curtsy member add EMAIL --role admin` makes one.",
}

commands = typer.Typer(
    name="curtsy",
    help="Sends LinkedIn connection requests from a member's own browser, once.",
    epilog="First steps: `curtsy serve`, open the link it prints, and follow the page. Or try it all: `curtsy demo`.",
    no_args_is_help=True,
    add_completion=False,
)


@commands.callback()
def root(json: options.Json = False) -> None:
    """Sends LinkedIn connection requests from a member's own browser, once."""


SERVER = "The server"
PEOPLE = "Who may do what (on the database)"
CALLS = "What a caller asks (over HTTP)"
TRY = "Trying it out"

commands.command(rich_help_panel=SERVER)(server.serve)
commands.command(rich_help_panel=SERVER)(server.migrate)
commands.command(rich_help_panel=SERVER)(backup.backup)
commands.command(rich_help_panel=SERVER)(backup.restore)
commands.command(rich_help_panel=SERVER)(copying.copy)
commands.command(rich_help_panel=SERVER)(prune.prune)
commands.command(rich_help_panel=SERVER)(privacy.forget)
commands.command(rich_help_panel=SERVER)(privacy.export)
commands.command(rich_help_panel=SERVER)(doctor.doctor)
commands.add_typer(team.commands, name="team", rich_help_panel=PEOPLE)
commands.add_typer(member.commands, name="member", rich_help_panel=PEOPLE)
commands.command(rich_help_panel=PEOPLE)(ceilings.ceilings)
commands.add_typer(do_not_contact.commands, name="do-not-contact", rich_help_panel=PEOPLE)
commands.add_typer(key.commands, name="key", rich_help_panel=PEOPLE)
commands.command(rich_help_panel=PEOPLE)(pairing.pair)
commands.command(rich_help_panel=CALLS)(calls.invite)
commands.command(rich_help_panel=CALLS)(calls.profile)
commands.command(rich_help_panel=CALLS)(feed.events)
commands.add_typer(calls.tasks, name="task", rich_help_panel=CALLS)
commands.command(rich_help_panel=TRY)(demo.demo)
commands.command(rich_help_panel=TRY)(twin.twin)


def run(words: list[str]) -> int:
    """Run one command; returns its exit code."""
    manner = Manner("--json" in words)
    try:
        said = commands(spelled_out(words), prog_name="curtsy", standalone_mode=False, obj=manner)
    except typer.TyperException as error:
        return _misused(error, manner)
    except Ended as ended:
        return _refused(ended, manner)
    except Refusal as refusal:
        return _refused(_ended(refusal), manner)
    except CannotOpen as error:
        return _refused(Ended(str(error), "cannot_open"), manner)
    if not isinstance(said, Said):
        return said if isinstance(said, int) else DONE
    if manner.json:
        put(said.body)
    else:
        people.print(said.shown, soft_wrap=isinstance(said.shown, str | Text))
    return said.exit_code


def _ended(refusal: Refusal) -> Ended:
    fields: dict[str, Any] = dict(refusal.fields)
    if refusal.retry_at is not None:
        fields["retry_at"] = rfc3339(refusal.retry_at)
    return Ended(str(refusal), refusal.code, REFUSED, **fields)


def _refused(ended: Ended, manner: Manner) -> int:
    if manner.json:
        put(ended.body())
    else:
        aside.print(Text(str(ended)), soft_wrap=True)
        if ended.code in HINTS:
            aside.print(HINTS[ended.code], soft_wrap=True)
    return ended.exit_code


def _misused(error: typer.TyperException, manner: Manner) -> int:
    """A command that was typed wrongly, or not to its end."""
    said = error.format_message()
    if manner.json:
        put({"success": False, "error": said or "A command is missing", "code": "usage"})
    elif said:
        context = getattr(error, "ctx", None)
        aside.print(Text(said), soft_wrap=True)
        aside.print(f"How it goes: {context.command_path if context else 'curtsy'} --help")
    else:
        sys.stdout.flush()  # a command without its second word has printed its help
    return USAGE
