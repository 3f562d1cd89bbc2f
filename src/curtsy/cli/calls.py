"""`curtsy invite`, `profile` and `task`: what a caller asks of a server over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import RenderableType
from rich.text import Text

from curtsy.cli import options
from curtsy.cli.client import OPEN, Client
from curtsy.cli.said import DONE, IN_VAIN, REFUSED, Said, aside, table

tasks = typer.Typer(no_args_is_help=True, help="Look at tasks, cancel them, and settle what nobody could see.")

TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id.")]


def invite(
    profile: Annotated[
        str, typer.Argument(metavar="PROFILE", help="Whom: a URN, a bare id, a public name or a profile address.")
    ],
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="A note, at most 300 characters.")] = None,
    sender: options.Sender = None,
    wait: options.Wait = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be answered; store nothing.")] = False,
    server: options.Server = None,
    key: options.Key = None,
    json: options.Json = False,
) -> Said:
    """Send one connection request.

    Example: curtsy invite williamhgates --note "We met in Seattle." --wait

    Exit codes: 0 made (with --wait: sent), 1 refused or not sent, 3 no server, 4 still open after --wait.
    """
    asked: dict[str, Any] = {"profile_urn": profile, "note": note, "sender": sender, "dry_run": dry_run or None}
    with Client(server, key) as client:
        body = client.post("/linkedin-agent/send-connection-request", _given(asked))
        return _previewed(body) if dry_run else _made(client, body, wait)


def profile(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="Whose: a public name, an id or a profile address.")],
    sender: options.Sender = None,
    wait: options.Wait = None,
    server: options.Server = None,
    key: options.Key = None,
    json: options.Json = False,
) -> Said:
    """Read one profile, as a member sees it.

    Example: curtsy profile williamhgates --wait 60
    """
    with Client(server, key) as client:
        body = client.post("/linkedin-agent/fetch-profile", _given({"profile_slug": slug, "sender": sender}))
        return _made(client, body, wait)


@tasks.command("list")
def list_tasks(
    status: Annotated[
        str | None,
        typer.Option("--status", metavar="STATUS", help="pending, processing, completed, failed or cancelled."),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", help="At most this many, up to 100.")] = None,
    cursor: Annotated[
        str | None, typer.Option("--cursor", metavar="CURSOR", help="The next_cursor of the page before.")
    ] = None,
    server: options.Server = None,
    key: options.Key = None,
    json: options.Json = False,
) -> Said:
    """List the team's tasks, newest first.

    Example: curtsy task list --status pending --limit 20
    """
    with Client(server, key) as client:
        body = client.get("/v1/tasks", status=status, limit=limit, cursor=cursor)
    rows: list[list[object]] = [
        [task["created_at"], task["status"], _whom(task), _reason(task), task["id"]] for task in body["data"]
    ]
    shown = table(["MADE", "STATUS", "PERSON", "BECAUSE", "ID"], rows, "There is no such task.")
    if body["next_cursor"]:
        aside.print(f"There are more: --cursor {body['next_cursor']}")
    return Said(body, shown)


@tasks.command()
def show(task_id: TaskId, server: options.Server = None, key: options.Key = None, json: options.Json = False) -> Said:
    """Show where a task stands, and what came of it.

    Example: curtsy task show 0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f
    """
    with Client(server, key) as client:
        body = client.status(task_id)
    return Said(body, _shown(body["data"]))


@tasks.command()
def cancel(task_id: TaskId, server: options.Server = None, key: options.Key = None, json: options.Json = False) -> Said:
    """Cancel a task that no browser has started.

    Example: curtsy task cancel 0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f
    """
    with Client(server, key) as client:
        body = client.post("/linkedin-agent/cancel-task", {"api_agent_task_id": task_id})
    return Said(body, _shown(body["data"]))


@tasks.command()
def settle(
    task_id: TaskId,
    sent: Annotated[bool, typer.Option("--sent/--not-sent", help="Whether LinkedIn holds this invitation.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What was seen, and where; it is kept.")],
    server: options.Server = None,
    key: options.Key = None,
    json: options.Json = False,
) -> Said:
    """Say what became of a task that needs review. Look at Sent invitations on LinkedIn first; the key must manage.

    Example: curtsy task settle 0199f2c4-8d1e-7b3a-9c55-0a1b2c3d4e5f --sent --reason "It is under Sent invitations."
    """
    with Client(server, key) as client:
        body = client.post(f"/v1/tasks/{quote(task_id, safe='')}/settle", {"sent": sent, "reason": reason})
    return Said(body, _shown(body["data"]))


# ------------------------------------------------------------------ from answers to what is said


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _made(client: Client, body: dict[str, Any], wait: int | None) -> Said:
    """The task as made, or its status once it has ended or the wait is over."""
    for warning in body.get("warnings", []):
        aside.print(f"Note: {warning}")
    task_id = body["api_agent_task_id"]
    if wait is None:
        stood = " It stood already." if body.get("deduplicated") else ""
        return Said(body, f"Task {task_id} is made.{stood}\nWatch it: curtsy task show {task_id}")
    with aside.status("Waiting for a browser") as waiting:
        body = client.outcome(task_id, wait, lambda now: waiting.update(_waits(now["data"])))
    status = body["data"]["status"]
    return Said(body, _shown(body["data"]), DONE if status == "completed" else IN_VAIN if status in OPEN else REFUSED)


def _previewed(body: dict[str, Any]) -> Said:
    if body["would"] == "refuse":
        return Said(body, Text(f"It would be refused: {body['error']}"), REFUSED)
    same = body["would"] == "deduplicate"
    return Said(body, "The task that stands would be named." if same else "It would be accepted.")


def _waits(task: dict[str, Any]) -> str:
    return f"Task {task['status']}" + (f", blocked by {task['blocked_by']}" if task["blocked_by"] else "")


def _whom(task: dict[str, Any]) -> str:
    given = task["task_input"]
    return str(given.get("profile_urn") or given.get("profile_slug") or "")


def _reason(task: dict[str, Any]) -> object:
    error = task["error"]
    return error["code"] if error else task["blocked_by"]


def _shown(task: dict[str, Any]) -> RenderableType:
    """A task in a few lines."""
    lines = [f"Task {task['id']}: {task['status']}", f"  person  {_whom(task)}", f"  sender  {task['sender']['name']}"]
    output, error = task["task_output"] or {}, task["error"]
    if task["status"] == "completed":
        said = output.get("invitation_urn") or " · ".join(
            str(output[name]) for name in ("name", "headline", "profile_urn") if output.get(name)
        )
        done = next((word for word in ("sent", "withdrawn") if output.get(word)), "read")
        lines.append(f"  {done:<7} {said}")
    if error:
        lines.append(f"  because {error['message']}")
        if error["next_action"]:
            lines.append(f"  to do   {error['next_action']}")
    if task["blocked_by"]:
        lines.append(f"  waits   {task['blocked_by']}")
    if task["estimated_at"]:
        lines.append(f"  about   {task['estimated_at']}")
    return Text("\n".join(lines))
