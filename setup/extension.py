"""The Chrome extension: its locked npm packages, then the build that the demo and the browser stories load."""

import os
from collections.abc import Iterator
from pathlib import Path

from setup import node
from setup.step import ROOT, Step, announce, digest, run

HOME = ROOT / "extension"
MODULES = HOME / "node_modules"
BUILT = HOME / "dist" / "chrome" / "manifest.json"
MADE = {"node_modules", "dist"}


def environment() -> dict[str, str]:
    """Returns the environment in which npm is run: this project's node first on the PATH."""
    return {**os.environ, "PATH": node.path()}


def sources(folder: Path = HOME) -> Iterator[Path]:
    """Yields every file that the build may read, in a fixed order."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in MADE:
            yield from sources(path)
        elif path.is_file():
            yield path


def install() -> str:
    """Installs exactly what package-lock.json says; install scripts of packages are not run."""
    announce("installing the locked npm packages")
    run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        "No npm packages could be installed. Is a registry within reach? `npm config get registry` shows which.",
        cwd=HOME,
        env=environment(),
    )
    return "packages of extension/package-lock.json"


def build() -> str:
    """Builds the folders and zips for Chrome and Firefox."""
    run(["npm", "run", "--silent", "build"], "The extension does not build.", cwd=HOME, env=environment())
    return f"built into {BUILT.parent.parent.relative_to(ROOT)}"


PACKAGES = Step(
    "npm",
    lambda: digest([HOME / "package.json", HOME / "package-lock.json", str(ROOT), node.fingerprint()]),
    (MODULES / ".package-lock.json").exists,
    install,
)
STEP = Step(
    "extension",
    lambda: digest(part for path in sources() for part in (str(path.relative_to(HOME)), path)),
    BUILT.exists,
    build,
)
