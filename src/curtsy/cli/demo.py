"""`curtsy demo`: one invitation for real, through every part, against the twin."""

from __future__ import annotations

import logging
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from curtsy.cli import options
from curtsy.cli.cellar import opened, settings
from curtsy.cli.client import Client
from curtsy.cli.said import Ended, Said, aside, people, put
from curtsy.cli.stage import Broken, browsing, built_extension, pair, serving
from curtsy.cli.steps import Steps
from curtsy.service import access, pairing, teams
from curtsy.settings import environment

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from curtsy.twin.remote import Twin

TEAM, ADMIN = "Demo", "sam@example.com"
PERSON = "ada-example"
NOTE = "Hello Ada, I read what you wrote about looms. May I stay in touch?"
OUTCOME_S = 60
READ_BACK_S, LOOK_EVERY_S = 10, 0.1


def demo(context: typer.Context, json: options.Json = False) -> Said | None:
    """Send one invitation end to end on this machine: API, server, Chromium, extension, and the twin as LinkedIn.

    It ends with 0 only if the twin's own book holds exactly that invitation. KEEP=1 leaves everything running.

    Example: KEEP=1 curtsy demo
    """
    programs: bool = context.obj.json
    steps = Steps(aside if programs else people)
    # Both end by leaving the blocks, which stops every process and removes every file. SIGINT is named too because
    # a shell starts what it runs in the background with SIGINT ignored.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)
    # Ctrl-C ends Playwright's own process too; asyncio would report that as an error nobody asked about.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    with _explained(steps), ExitStack() as stage:
        folder = Path(stage.enter_context(tempfile.TemporaryDirectory(prefix="curtsy-demo-")))
        extension = built_extension(settings().extension_dir)
        steps.begin("start the twin")
        twin = stage.enter_context(_twin())
        steps.end(f"The twin plays www.linkedin.com on {twin.https}")
        steps.begin("start the server")
        url = stage.enter_context(serving(folder, _database(folder)))
        steps.end(f"curtsy serve listens on {url}, its database is new")
        steps.begin("make a team")
        key, code = _team(folder)
        steps.end(f"Team {TEAM}, its admin {ADMIN}, an API key and a pairing code are made")
        steps.begin("start Chromium")
        browser = stage.enter_context(browsing(extension, twin, folder))
        steps.end("Chromium runs with the extension, signed in to the twin as Sam Viewer")
        steps.begin("pair the browser")
        check = pair(browser, extension, f"{url}#{code}")
        steps.end(f"The browser is paired; both sides show {check}")
        client = stage.enter_context(Client(url, key))
        task = _read_back(steps, client, _sent(steps, client))
        steps.begin("look into the twin's book")
        invitation = _booked(twin)
        steps.end(f"The twin's book holds this one invitation: {invitation['invitation_urn']}")
        said = _said(task, invitation, steps)
        if environment().get("KEEP") != "1":
            return said
        _keep(said, programs, browser, url, twin, key, folder)
    return None


@contextmanager
def _explained(steps: Steps) -> Iterator[None]:
    """Turn what goes wrong into a sentence that says at which step, and what to do."""
    try:
        yield
    except (Ended, ModuleNotFoundError) as error:
        raise Broken(f"The demo could not {steps.doing}: {error}") from None
    except Exception as error:
        if not type(error).__module__.startswith("playwright"):
            raise
        raise Broken(f"The demo could not {steps.doing}: {str(error).strip()}") from None


@contextmanager
def _twin() -> Iterator[Twin]:
    try:
        from curtsy.twin.server import running_twin
    except ModuleNotFoundError as missing:
        raise Broken(f"{missing.name} is not installed: pip install 'curtsy[server,twin]'") from None
    with running_twin() as twin:
        yield twin


def _database(folder: Path) -> str:
    return f"sqlite:{folder / 'curtsy.db'}"


def _team(folder: Path) -> tuple[str, str]:
    """A team with one admin; returns its key and a pairing code."""
    with opened(_database(folder)) as cellar:
        team_id, member = cellar.run_now(teams.found, TEAM, ADMIN)
        key = cellar.run_now(access.create_key, team_id)
        return key.secret, cellar.run_now(pairing.make_code, team_id, member.id).code


def _sent(steps: Steps, client: Client) -> dict[str, Any]:
    """Read the person's profile, then invite them: two calls of the public API; returns the completed task."""
    steps.begin("read a profile")
    read = _completed(client, client.post("/linkedin-agent/fetch-profile", {"profile_slug": PERSON}))
    person = read["task_output"]
    steps.end(f"{PERSON} is {person['name']}, {person['headline']}")
    steps.begin("ask for the invitation")
    asked = {"profile_urn": person["profile_urn"], "note": NOTE}
    made = client.post("/linkedin-agent/send-connection-request", asked)
    steps.end(f"POST /linkedin-agent/send-connection-request: task {made['api_agent_task_id']}")
    steps.begin("send the invitation")
    task = _completed(client, made)
    steps.end(f"The extension sent it: {task['task_output']['invitation_urn']}")
    return task


def _read_back(steps: Steps, client: Client, task: dict[str, Any]) -> dict[str, Any]:
    """The task with what the extension saw when it looked again, which it reports after the outcome."""
    steps.begin("look again")
    until = time.monotonic() + READ_BACK_S
    while not task["evidence"].get("after") and time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
        task = client.status(task["id"])["data"]
    steps.end(f"The extension looked again: before {task['evidence']['before']}, now {task['evidence'].get('after')}")
    return task


def _completed(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    task: dict[str, Any] = client.outcome(made["api_agent_task_id"], OUTCOME_S)["data"]
    if task["status"] != "completed":
        why = task["error"]["message"] if task["error"] else task["blocked_by"] or "the browser has not answered"
        raise Broken(f"the task is {task['status']} after at most {OUTCOME_S} s: {why}")
    return task


def _booked(twin: Twin) -> dict[str, Any]:
    """The one invitation in the twin's book, with its note; anything else is a failure."""
    book = twin.book()
    found: list[dict[str, Any]] = book["invitations"]
    if len(found) != 1 or book["posts"] != 1:
        raise Broken(f"it holds {len(found)} invitations after {book['posts']} POSTs, not one after one: {found}")
    if (found[0]["slug"], found[0]["message"]) != (PERSON, NOTE):
        raise Broken(f"it holds another invitation than the one that was asked for: {found[0]}")
    return found[0]


def _said(task: dict[str, Any], invitation: dict[str, Any], steps: Steps) -> Said:
    evidence = task["evidence"]
    lines = [
        "",
        '{"sent": true}',
        f"  task        {task['id']}, {task['status']} at {task['finished_at']}",
        f"  invitation  {task['task_output']['invitation_urn']}",
        f"  evidence    before {evidence.get('before')}, after {evidence.get('after')}, "
        f"HTTP {evidence.get('http_status')}",
        f"  the twin    {invitation['state']}, to {invitation['slug']}, with the note “{invitation['message']}”",
        f"  in all      {steps.seconds:.1f} s",
    ]
    body = {"sent": True, "task": task, "invitation": invitation, "steps": steps.done}
    return Said(body, Text("\n".join(lines)))


def _keep(said: Said, programs: bool, browser: BrowserContext, url: str, twin: Twin, key: str, folder: Path) -> None:
    """Leave everything running until Ctrl-C, and say where it is."""
    if programs:
        put(said.body)
    else:
        people.print(said.shown, soft_wrap=True)
    database = _database(folder)
    with opened(database) as cellar:
        admin = cellar.run_now(teams.named, cellar.run_now(teams.team, None)[0], ADMIN)
        link = cellar.run_now(access.sign_in_link, admin.id)
    kept = {
        "server": url,
        "pages": f"{url}/sign-in/{link} (works once)",
        "API key": key,
        "database": database,
        "LinkedIn": f"{twin.http} (the twin; sign in as sam-viewer)",
        "control": twin.control,
        "try": f"curtsy profile williamhgates --wait --server {url} --key {key}",
    }
    aside.print("\nEverything goes on running. Ctrl-C ends it.")
    for what, where in kept.items():
        aside.print(Text(f"  {what:9} {where}"), soft_wrap=True)
    page = browser.new_page()
    try:
        while True:
            # Not a sleep: the line to the browser is served meanwhile.
            page.wait_for_timeout(1000)
    except KeyboardInterrupt:
        aside.print("Ending the server, the browser and the twin.")
