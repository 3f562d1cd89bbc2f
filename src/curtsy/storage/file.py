"""The file that SQLite keeps: which one an address names, and whose it is while a server runs."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from curtsy.storage.cellar import CannotOpen


def path_of(address: str) -> Path:
    """The file that ``sqlite:PATH`` names, in a folder that is there; raises CannotOpen."""
    kind, _, path = address.partition(":")
    if kind != "sqlite" or not path:
        raise CannotOpen(f"{address!r} names no file: write sqlite:PATH, for example sqlite:./curtsy.db")
    named = Path(path).expanduser().absolute()
    if not named.parent.is_dir():
        raise CannotOpen(f"the folder {named.parent} does not exist: create it first")
    return named


def claim(path: Path) -> int:
    """Claim a database file for one server process; closing the handle lets go. Raises CannotOpen when it is taken."""
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotOpen(f"{path}.lock cannot be opened ({error.strerror}): is this the server's account?") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise CannotOpen(
            f"another server already runs on {path}: SQLite takes one server process; stop that one first"
        ) from None
    return lock
