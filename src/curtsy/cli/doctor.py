"""`curtsy doctor`: whether this machine has what Curtsy needs, a line a check."""

from __future__ import annotations

import platform
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Group
from rich.text import Text

from curtsy.cli import cellar, options
from curtsy.cli.said import DONE, REFUSED, Said
from curtsy.clock import system_clock
from curtsy.domain.errors import TryAgain
from curtsy.service import review, webhooks
from curtsy.service.sealing import Seal
from curtsy.settings import Settings
from curtsy.storage.database import CannotOpen, Database, open_database
from curtsy.storage.key_file import place_of_key, read_key
from curtsy.storage.migrate import pending
from curtsy.storage.store import CLOCK_JUMPED, Store

OLDEST_PYTHON = (3, 11)
NOT_BEFORE_MS = 1_767_225_600_000
"""2026 began here; a clock that says less has never been set."""
CLOCK_SLACK_MS = 60_000
CLOCKS_APART_MS = 5_000
ZIPS = ("curtsy-chrome.zip", "curtsy-firefox.zip")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is well, and a sentence that says what to do if it is not."""

    check: str
    ok: bool
    said: str


def doctor(
    confirm_clock: Annotated[
        bool,
        typer.Option("--confirm-clock", help="Say that the clock is right now, after it jumped: acts may go on."),
    ] = False,
    database: options.Database = None,
    json: options.Json = False,
) -> Said:
    """Look at everything a server needs on this machine, and change nothing but what --confirm-clock says.

    Example: curtsy doctor --database sqlite:/var/lib/curtsy/curtsy.db
    """
    settings = cellar.settings(database)
    path = _path(settings)
    if confirm_clock and (path is None or path.exists()):
        with cellar.opened(database) as opened:
            opened.run_now(review.confirm_clock)
    findings = [_python(), *_database(settings), _port(settings), _public_url(settings), _extension(settings)]
    findings += [_chromium(), _clock(settings)]
    ok = all(finding.ok for finding in findings)
    body = {
        "ok": ok,
        "findings": [{"check": one.check, "ok": one.ok, "said": one.said} for one in findings],
    }
    lines = [
        Text.assemble(("well " if one.ok else "ILL  ", "green" if one.ok else "bold red"), f"{one.check:11} {one.said}")
        for one in findings
    ]
    return Said(body, Group(*lines), DONE if ok else REFUSED)


def _python() -> Finding:
    return Finding(
        "python",
        sys.version_info[:2] >= OLDEST_PYTHON,
        f"Python {platform.python_version()}; {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer is needed",
    )


# ------------------------------------------------------------------ the database


def _path(settings: Settings) -> Path | None:
    """The file of the database, None when the address names none."""
    kind, _, path = settings.database.partition(":")
    return Path(path).expanduser().absolute() if kind == "sqlite" and path else None


def _database(settings: Settings) -> Iterator[Finding]:
    """Opening a database would make it, so one that is not there is only told of."""
    path = _path(settings)
    if path is not None and path.parent.is_dir() and not path.exists():
        yield Finding("database", True, f"there is none at {path} yet; `curtsy serve` makes it")
        return
    try:
        opened = open_database(settings.database, clock=system_clock)
    except CannotOpen as error:
        yield Finding("database", False, str(error))
        return
    try:
        facts = opened.facts()
        yield Finding("database", True, f"{opened.place} opens, with {facts.pop('version')}")
        # A database that is not durable does not open.
        yield Finding("durability", True, ", ".join(f"{name}={value}" for name, value in facts.items()))
        schema = _schema(opened)
        yield schema
        if schema.ok:
            yield _clock_jump(opened)
            yield _webhooks(settings, opened)
        yield Finding("server", True, _server(opened))
        if (theirs := opened.their_time()) is not None:
            yield _clocks(theirs, system_clock())
    except TryAgain as error:
        yield Finding("database", False, str(error))
    finally:
        opened.close()


def _schema(opened: Database) -> Finding:
    try:
        missing = pending(opened)
    except CannotOpen as error:
        return Finding("schema", False, str(error))
    if missing:
        return Finding(
            "schema", False, f"not at this version ({', '.join(missing)} to be applied): run `curtsy migrate`"
        )
    return Finding("schema", True, "the database is at the schema of this version")


def _clock_jump(opened: Database) -> Finding:
    if opened.run_now(_jumped) is None:
        return Finding("clock_jump", True, "the clock did not jump, or a person has confirmed it")
    return Finding(
        "clock_jump",
        False,
        "the clock was set by more than five minutes, so nothing is sent: when it is right, run "
        "`curtsy doctor --confirm-clock`",
    )


def _jumped(store: Store, _now: int) -> str | None:
    return store.house(CLOCK_JUMPED)


def _webhooks(settings: Settings, opened: Database) -> Finding:
    """Secrets are sealed: without the key they were made with nothing can be signed."""
    path = place_of_key(settings.secret_file, opened)
    try:
        seal = Seal(read_key(path)) if path is not None and (settings.secret_file or path.exists()) else None
    except CannotOpen as error:
        return Finding("webhooks", False, str(error))
    there_are, open_ = opened.run_now(webhooks.sealed, seal)
    if open_ < there_are:
        said = f"{there_are - open_} of {there_are} endpoints have a secret that cannot be read: name the file it was "
        return Finding("webhooks", False, said + "sealed with in CURTSY_SECRET_FILE, or rotate the secret")
    if path is None:
        return Finding("webhooks", True, "none: they need CURTSY_SECRET_FILE with PostgreSQL")
    return Finding("webhooks", True, f"{there_are} endpoints; the key is in {path}")


def _server(opened: Database) -> str:
    return f"{'a' if opened.served() else 'no'} server runs on this database"


def _clocks(theirs: int, ours: int) -> Finding:
    """Every server goes by the database's clock; a large difference says that one of the two is wrong."""
    apart = abs(theirs - ours) / 1000
    if apart * 1000 > CLOCKS_APART_MS:
        return Finding(
            "clocks",
            False,
            f"the database's clock is {apart:.0f} s off this machine's: set both by the same time server",
        )
    return Finding("clocks", True, "the database's clock and this machine's agree")


# ------------------------------------------------------------------ the way in


def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((settings.host, settings.port))
        except OSError as error:
            if _serves(settings):
                return Finding("port", True, f"a Curtsy server answers on {where}")
            return Finding("port", False, f"{where} cannot be had ({error.strerror}): choose another with CURTSY_PORT")
    return Finding("port", True, f"{where} is free")


def _serves(settings: Settings) -> bool:
    """Whether what listens there is Curtsy."""
    import httpx

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        answer = httpx.get(f"http://{host}:{settings.port}/healthz", timeout=2, trust_env=False)
        return bool(answer.json()["success"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False


def _public_url(settings: Settings) -> Finding:
    """Browsers send their token over https only, except on their own machine (docs/agent-protocol.md)."""
    if settings.public_url is None:
        near = _is_loopback(settings.host)
        said = "not set; people reach the server on this machine only"
        return Finding(
            "public_url", near, said if near else f"{settings.host} is open to others: set CURTSY_PUBLIC_URL"
        )
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if (parts.scheme == "https" and host) or (parts.scheme == "http" and _is_loopback(host)):
        return Finding("public_url", True, settings.public_url)
    return Finding(
        "public_url", False, f"{settings.public_url}: browsers pair over https only; set CURTSY_PUBLIC_URL=https://…"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# ------------------------------------------------------------------ the rest


def _extension(settings: Settings) -> Finding:
    missing = [name for name in ZIPS if not (settings.extension_dir / name).is_file()]
    if missing:
        return Finding(
            "extension", False, f"no {' and no '.join(missing)} in {settings.extension_dir}: `make extension`"
        )
    return Finding("extension", True, f"both zips are in {settings.extension_dir}")


def _chromium() -> Finding:
    """No server needs it, so its absence is told and no fault."""
    try:
        from curtsy.twin.browser import ChromiumMissing, find_chromium
    except ModuleNotFoundError as missing:
        return Finding(
            "chromium", True, f"not looked for, {missing.name} is not installed; only `curtsy demo` needs it"
        )
    try:
        return Finding("chromium", True, str(find_chromium()))
    except ChromiumMissing as missing:
        return Finding("chromium", True, f"{missing} Only `curtsy demo` needs it")


def _clock(settings: Settings, clock: Callable[[], int] = system_clock) -> Finding:
    """A clock that was set back would let tasks expire late and pauses last long."""
    now, path = clock(), _path(settings)
    said = f"it is {datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if now < NOT_BEFORE_MS:
        return Finding("clock", False, f"{said}: set the clock of this machine")
    if path is not None and path.exists() and path.stat().st_mtime * 1000 > now + CLOCK_SLACK_MS:
        return Finding("clock", False, f"{said}, but {path.name} was written later: set the clock of this machine")
    return Finding("clock", True, said)
