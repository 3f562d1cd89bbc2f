"""A consistent copy of a database while it is in use, and putting one back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from curtsy.storage.database import CannotOpen, Database, copy_database, open_database
from curtsy.storage.migrate import migrate


def back_up(address: str, target: Path, *, clock: Callable[[], int]) -> int:
    """Copy the database to ``target`` and check the copy; returns its size in bytes.

    Works while a server runs. Nothing stands at ``target`` until the copy is whole; raises CannotOpen.
    """
    if target.exists():
        raise CannotOpen(f"{target} exists already: name a file that does not")
    source = open_database(address, clock=clock)
    try:
        size = _copy(source.path, target)
    finally:
        source.close()
    return size


def put_back(backup: Path, address: str, *, clock: Callable[[], int]) -> Database:
    """Put a copy in the place of the database and open it, at the schema of this version; raises CannotOpen.

    Refused while a server runs. What stood there before is kept beside it, named ``.before-restore``.
    """
    if not backup.is_file():
        raise CannotOpen(f"there is no backup at {backup}")
    target = Path(address.removeprefix("sqlite:")).expanduser().absolute()
    standing = open_database(address, clock=clock)
    try:
        standing.hold()
        fresh = target.with_name(target.name + ".restoring")
        fresh.unlink(missing_ok=True)
        _copy(backup, fresh)
        kept = target.with_name(target.name + ".before-restore")
        kept.unlink(missing_ok=True)
        _copy(target, kept)
        standing.disconnect()
        for rest in ("-wal", "-shm"):
            target.with_name(target.name + rest).unlink(missing_ok=True)
        fresh.replace(target)
        _make_durable(target.parent)
    finally:
        standing.close()
    restored = open_database(address, clock=clock)
    restored.hold()
    migrate(restored)
    return restored


def _copy(source: Path, target: Path) -> int:
    """Copy page by page into a file beside ``target``, check it, and give it its name."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        copy_database(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _make_durable(target.parent)
    return target.stat().st_size


def _make_durable(folder: Path) -> None:
    """A new name in a folder survives a power cut once the folder itself was synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
