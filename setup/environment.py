"""The virtual environment: the locked packages, each checked against its hash, and Curtsy itself on top."""

import sys
import tomllib

from setup.step import PYTHON, ROOT, VENV, Step, announce, answers, digest, run

LOCK = ROOT / "requirements" / "dev.txt"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
OFFLINE = (
    "Python packages could not be installed. Is a package index within reach? `pip config list` shows the one in use."
)


def fingerprint() -> str:
    """Covers the lock, the parts of pyproject.toml that pip reads, the interpreter and the folder."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return digest([LOCK, repr(project["project"]), repr(project["build-system"]), sys.version, str(ROOT)])


def present() -> bool:
    """Tells whether the environment's own Python finds Curtsy in this folder."""
    where = answers([str(PYTHON), "-c", "import curtsy; print(curtsy.__file__)"])
    return where is not None and where.startswith(str(ROOT))


def belongs() -> bool:
    """Tells whether the environment there was made by this interpreter for this folder."""
    prefix = answers([str(PYTHON), "-c", "import sys; print(sys.prefix, sys.version_info[:3])"])
    return prefix == f"{VENV} {sys.version_info[:3]}"


def make() -> str:
    """Installs the locked packages, then Curtsy in editable form; an environment of another Python is made anew."""
    if not belongs():
        announce(f"making {VENV.name} with {sys.executable} ({sys.version.split()[0]})")
        run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "The virtual environment could not be made. On Debian: apt-get install python3-venv",
        )
    announce("installing the locked Python packages")
    run([*PIP, "install", "--quiet", "--require-hashes", "--requirement", str(LOCK)], OFFLINE)
    # The build backend comes from the lock too, so that nothing unlocked is fetched.
    run([*PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], OFFLINE)
    return f"Python {sys.version.split()[0]}, packages of {LOCK.relative_to(ROOT)}"


STEP = Step("python", fingerprint, present, make)
