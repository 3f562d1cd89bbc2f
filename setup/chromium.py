"""Chromium: the machine's own, else Debian's package, else the one Playwright downloads for itself.

Branded Chrome will not do: it no longer takes --load-extension.
"""

import os
import shutil
from pathlib import Path

from setup.step import PYTHON, Step, Stuck, announce, answers, run

NAMES = ("chromium", "chromium-browser")
ADVICE = (
    "The demo and the browser stories need Chromium, and none could be installed here.\n"
    "  Debian:  sudo apt-get install chromium\n"
    "  Fedora:  sudo dnf install chromium\n"
    "  macOS:   brew install --cask chromium\n"
    "Branded Chrome will not do: it no longer loads unpacked extensions from its command line."
)
DOWNLOADED = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"


def on_path() -> str | None:
    """Returns the machine's Chromium."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def downloaded() -> str | None:
    """Returns the Chromium that Playwright has downloaded."""
    where = answers([str(PYTHON), "-c", DOWNLOADED])
    return where if where and Path(where).exists() else None


def fingerprint() -> str:
    """Names the Chromium in use; without one on the PATH it is Playwright's."""
    return on_path() or "playwright"


def present() -> bool:
    """Tells whether there is a Chromium where the fingerprint says it is."""
    return on_path() is not None or downloaded() is not None


def from_debian() -> str | None:
    """Installs Debian's package where we may, and returns the Chromium it brings."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    announce("no Chromium on the PATH: installing the package chromium with apt-get")
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(["apt-get", "update", "--quiet"], "", env=quietly)
        run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"], "", env=quietly)
    except Stuck as stuck:
        announce(f"apt-get could not: {str(stuck).splitlines()[0]}")
    return on_path()


def from_playwright() -> str | None:
    """Has Playwright download the Chromium it was tested with, and returns it."""
    announce("no Chromium on the PATH: downloading the one that belongs to Playwright")
    run([str(PYTHON), "-m", "playwright", "install", "chromium"], ADVICE)
    return downloaded()


def make() -> str:
    """Takes the first Chromium that starts, installing one if need be."""
    for find in (on_path, from_debian, downloaded, from_playwright):
        if (found := find()) and (version := answers([found, "--version"])):
            return f"{version.strip()} at {found}"
    raise Stuck(ADVICE)


STEP = Step("chromium", fingerprint, present, make)
