"""What the demo runs on: a server process, and a browser with the extension; both gone when their block ends."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from curtsy.cli.said import Ended
from curtsy.settings import environment

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from curtsy.twin.remote import Twin

STOP_S = 15
PAGE_MS = 20_000
HEX, LETTERS = "0123456789abcdef", "abcdefghijklmnop"


class Broken(Ended):
    """The demo could not go on."""

    def __init__(self, error: str) -> None:
        super().__init__(error, "demo_failed")


@contextmanager
def serving(folder: Path, database: str) -> Iterator[str]:
    """`curtsy serve` as a process of its own, stopped as an operator would stop it; gives its address."""
    log = folder / "server.log"
    plain = {name: value for name, value in environment().items() if not name.startswith("CURTSY_")}
    command = [sys.executable, "-m", "curtsy", "serve", "--json", "--port", "0", "--database", database]
    with log.open("w") as errors:
        # In a session of its own, so that Ctrl-C reaches it once, through us, when the browser has gone.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=plain, start_new_session=True
        )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            url = json.loads(said)["listening"]
        except (ValueError, KeyError):
            raise Broken(f"The server did not start: {said.decode().strip()} {log.read_text().strip()}") from None
        yield url
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def built_extension(dist: Path) -> Path:
    """The folder that Chromium loads."""
    folder = dist / "chrome"
    if not (folder / "manifest.json").is_file():
        raise Broken(f"The extension is not built: there is no {folder}. Run `make extension`, or `make setup`")
    return folder


def extension_id(folder: Path) -> str:
    """The id that Chromium gives an extension with this key: 16 bytes of its SHA-256, in the letters a to p."""
    key = json.loads((folder / "manifest.json").read_text("utf-8"))["key"]
    digest = hashlib.sha256(base64.b64decode(key)).hexdigest()[:32]
    return digest.translate(str.maketrans(HEX, LETTERS))


@contextmanager
def browsing(extension: Path, twin: Twin, folder: Path) -> Iterator[BrowserContext]:
    """Chromium with the extension, signed in to the twin as Sam; raises Broken when it will not start."""
    from playwright.sync_api import Error

    from curtsy.twin.browser import ChromiumMissing, launch, sign_in

    browser = launch(extension, twin, user_data_dir=folder / "browser")
    try:
        context = browser.__enter__()
    except ChromiumMissing as missing:
        raise Broken(f"{missing}") from None
    except Error as error:
        raise Broken(_why(error.message)) from None
    try:
        sign_in(context, twin)
        yield context
    finally:
        # After Ctrl-C, which reaches Playwright's own process too, there is nothing left to close.
        with suppress(Error):
            browser.__exit__(None, None, None)


def _why(told: str) -> str:
    """What Chromium itself wrote before it ended, out of the long account that Playwright gives."""
    wrote = list(dict.fromkeys(line.partition("[err]")[2].strip() for line in told.splitlines() if "[err]" in line))
    return ("; ".join(wrote[:5]) or told.partition("\n")[0]) + ". `make setup` finds or installs a Chromium that runs"


def pair(context: BrowserContext, extension: Path, address: str) -> str:
    """Connect the browser by the extension's options page, as a member would; returns the number it shows."""
    page = context.new_page()
    page.set_default_timeout(PAGE_MS)
    page.goto(f"chrome-extension://{extension_id(extension)}/options.html")
    page.fill("#address", address)
    page.click("#connect")
    page.wait_for_function(
        "() => document.querySelector('#check').textContent || document.querySelector('#problem').textContent"
    )
    check, problem = page.inner_text("#check"), page.inner_text("#problem")
    if not check:
        raise Broken(f"The browser would not pair: {problem}")
    page.close()
    return check
