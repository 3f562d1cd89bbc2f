"""strace, with which tests make a disk fail: the machine's own, else Debian's package."""

import os
import shutil

from setup.step import Step, Stuck, announce, answers, run

LACKING = "none here: the tests of failing disks need it (Debian: sudo apt-get install strace), nothing else does"


def installable() -> bool:
    """Tells whether we may install packages here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def fingerprint() -> str:
    """Names the strace in use."""
    return shutil.which("strace") or "none"


def present() -> bool:
    """Tells whether it is there, or cannot be brought here."""
    return shutil.which("strace") is not None or not installable()


def make() -> str:
    """Installs it where we may; without it the demo and the server lack nothing."""
    if not present():
        announce("no strace: installing it with apt-get")
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        try:
            run(["apt-get", "update", "--quiet"], "", env=quietly)
            run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "strace"], "", env=quietly)
        except Stuck as stuck:
            announce(f"apt-get could not: {str(stuck).splitlines()[0]}")
    found = answers(["strace", "--version"])
    return LACKING if found is None else found


STEP = Step("strace", fingerprint, present, make)
