"""The key under which secrets are sealed: in a file of its own, so that a copy of the database alone opens nothing."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from curtsy.storage.cellar import CannotOpen, Database

KEY_BYTES = 32


def place_of_key(named: Path | None, database: Database) -> Path | None:
    """Where the key of a database is: where it was named, else beside SQLite's file; for PostgreSQL nowhere."""
    if named is not None or database.kind != "sqlite":
        return named
    return Path(f"{database.place}.secret")


def read_key(path: Path) -> bytes:
    """The key in a file; raises CannotOpen."""
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except OSError as error:
        raise CannotOpen(
            f"{path} cannot be read ({error.strerror}): make it with `openssl rand -base64 {KEY_BYTES}`, the same for "
            "every server process"
        ) from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CannotOpen(f"{path} holds no key: it must be {KEY_BYTES} bytes in base64")
    return key


def make_key(path: Path, key: bytes) -> None:
    """Keep a key in a new file, for its owner alone; one that is there stays. Raises CannotOpen.

    The file is there whole or not at all: half a key would keep the server from ever starting again.
    """
    if path.exists():
        return
    written = path.with_name(f"{path.name}.new")
    try:
        handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(key).decode("ascii") + "\n")
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise CannotOpen(f"{path} cannot be made ({error.strerror}): name another with CURTSY_SECRET_FILE") from None
