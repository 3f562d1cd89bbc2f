"""Chromium pointed at a twin: www.linkedin.com is the twin, every other name is nowhere."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, sync_playwright

from curtsy.twin.remote import Twin

NAMES = ("chromium", "chromium-browser")


class ChromiumMissing(Exception):
    """No Chromium was found: install Debian's package `chromium`, or run `playwright install chromium`."""


def find_chromium() -> Path:
    """Return the system's Chromium, else the one Playwright downloaded."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if not own.exists():
        raise ChromiumMissing(ChromiumMissing.__doc__)
    return own


def flags(twin: Twin, extension_dir: Path | None) -> list[str]:
    """Return the flags of every start; only our own key is trusted and no other host can be reached."""
    port = urlsplit(twin.https).port
    given = [
        f"--host-resolver-rules=MAP www.linkedin.com:443 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={twin.spki}",
        "--disable-component-update",
        "--disable-background-networking",
        "--no-first-run",
    ]
    if extension_dir is not None:
        given += [f"--disable-extensions-except={extension_dir}", f"--load-extension={extension_dir}"]
    return given


@contextmanager
def launch(
    extension_dir: Path | None, twin: Twin, *, user_data_dir: Path, headless: bool = True, chromium: Path | None = None
) -> Iterator[BrowserContext]:
    """Run Chromium under Playwright; an attached debugger keeps the extension's worker alive."""
    program = chromium or find_chromium()
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            user_data_dir,
            headless=headless,
            executable_path=program,
            chromium_sandbox=not _unsandboxed(),
            args=flags(twin, extension_dir),
        )
        try:
            yield context
        finally:
            context.close()


def start_raw(
    extension_dir: Path | None,
    twin: Twin,
    *,
    user_data_dir: Path,
    chromium: Path | None = None,
    debugging_port: int | None = None,
    address: str = "about:blank",
) -> subprocess.Popen[bytes]:
    """Start Chromium with nothing attached, in a process group of its own so that all of it can be killed at once."""
    given = [
        str(chromium or find_chromium()),
        "--headless=new",
        *flags(twin, extension_dir),
        f"--user-data-dir={user_data_dir}",
    ]
    if debugging_port is not None:
        given.append(f"--remote-debugging-port={debugging_port}")
    if _unsandboxed():
        given.append("--no-sandbox")
    return subprocess.Popen(
        [*given, address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a Chromium of `start_raw` and all its processes, as a power cut would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def sign_in(context: BrowserContext, twin: Twin, viewer: str = "sam-viewer") -> None:
    """Sign a browser in as a viewer, as if they had used the login page."""
    context.add_cookies(twin.tell("sign-in", viewer=viewer)["cookies"])


def _unsandboxed() -> bool:
    """Return whether this is root, for whom Chromium's sandbox can't start; says so in one line."""
    if os.geteuid() != 0:
        return False
    sys.stderr.write("Running as root: Chromium starts with --no-sandbox.\n")
    return True
