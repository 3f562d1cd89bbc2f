"""One step of the setup: done once, and again only when what it was made from has changed."""

import hashlib
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
STAMPS = TOOLS / "stamps"


class Stuck(Exception):
    """The setup cannot go on by itself; the text says what a person should do."""


@dataclass(frozen=True)
class Step:
    """What is to be there, what it is made from, and how it is made."""

    name: str
    fingerprint: Callable[[], str]
    present: Callable[[], bool]
    make: Callable[[], str]

    def take(self) -> None:
        """Makes what is missing or out of date, and prints one line with what was done and how long it took."""
        stamp = STAMPS / self.name
        began = time.monotonic()
        if stamp.exists() and stamp.read_text() == self.fingerprint() and self.present():
            print(f"  {self.name:<10} ready", flush=True)
            return
        stamp.unlink(missing_ok=True)
        done = self.make()
        STAMPS.mkdir(parents=True, exist_ok=True)
        stamp.write_text(self.fingerprint())
        print(f"  {self.name:<10} {done} ({time.monotonic() - began:.1f} s)", flush=True)


def announce(text: str) -> None:
    """Says what is about to take a while."""
    print(f"  ...        {text}", flush=True)


def digest(parts: Iterable[str | Path]) -> str:
    """Returns one hash over texts and the contents of files, in the order given."""
    whole = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        whole.update(f"{len(content)}:".encode() + content)
    return whole.hexdigest()


def run(command: list[str], advice: str, *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Runs a program to its end; if it fails, raises Stuck with the end of what it printed and the advice."""
    try:
        ended = subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", check=False,
        )  # fmt: skip
    except OSError as error:
        raise Stuck(f"{command[0]} could not be started: {error}\n{advice}") from error
    if ended.returncode != 0:
        tail = "\n".join("    " + line for line in ended.stdout.splitlines()[-12:])
        raise Stuck(f"{' '.join(command[:4])} ... ended with {ended.returncode}:\n{tail}\n{advice}")


def answers(command: list[str]) -> str | None:
    """Returns the first line a program prints, or None if it cannot be run or fails."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip().partition("\n")[0] if ended.returncode == 0 else None
