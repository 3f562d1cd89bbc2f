"""Programs that tests need of the machine: its own, else Debian's package."""

import os
import shutil

from setup.step import Step, Stuck, announce, answers, run


def installable() -> bool:
    """Tells whether we may install packages here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def program(name: str, package: str, version: str, needed_by: str) -> Step:
    """A step that finds a program, or installs its package where we may; the demo and the server lack nothing."""

    def fingerprint() -> str:
        """Names the program in use."""
        return shutil.which(name) or "none"

    def present() -> bool:
        """Tells whether it is there, or cannot be brought here."""
        return shutil.which(name) is not None or not installable()

    def make() -> str:
        """Installs it where we may."""
        if not present():
            announce(f"no {name}: installing it with apt-get")
            quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            try:
                run(["apt-get", "update", "--quiet"], "", env=quietly)
                run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package], "", env=quietly)
            except Stuck as stuck:
                announce(f"apt-get could not: {str(stuck).splitlines()[0]}")
        found = answers([name, version])
        lacking = f"none here: {needed_by} need it (Debian: sudo apt-get install {package}), nothing else does"
        return lacking if found is None else found

    return Step(package, fingerprint, present, make)


STRACE = program("strace", "strace", "--version", "the tests of failing disks")
IPROUTE2 = program("ip", "iproute2", "-Version", "the tests of networks that are cut")
