"""A consistent copy of a database while it is in use, and putting one back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

from curtsy.storage.cellar import CannotOpen
from curtsy.storage.file import claim, path_of
from curtsy.storage.migrate import migrate
from curtsy.storage.sqlite import SqliteDatabase, copy_database
from curtsy.storage.store import Store

T = TypeVar("T")

LOG = "-wal"
INDEX = "-shm"


def back_up(address: str, target: Path) -> int:
    """Copy the database to ``target`` and check the copy; returns its size in bytes.

    Works while a server runs. Nothing stands at ``target`` until the copy is whole; raises CannotOpen.
    """
    source = path_of(address)
    if not source.is_file():
        raise CannotOpen(f"there is no database at {source}")
    if target.exists():
        raise CannotOpen(f"{target} exists already: name a file that does not")
    if not target.absolute().parent.is_dir():
        raise CannotOpen(f"the folder {target.absolute().parent} does not exist: create it first")
    return _copy(source, target, like=source)


def put_back(
    backup: Path, address: str, begin: Callable[[Store, int], T], *, clock: Callable[[], int]
) -> tuple[T, Path | None]:
    """Put a copy in the place of the database; returns what ``begin`` said, and where the former one is kept.

    The copy is brought to this version's schema and ``begin`` has run on it before it takes the place, all at once: a
    restore that is cut short has not happened. Refused while a server runs; raises CannotOpen.
    """
    if not backup.is_file():
        raise CannotOpen(f"there is no backup at {backup}")
    target = path_of(address)
    fresh = _beside(target, ".restoring")
    claimed = claim(target)
    try:
        _copy(backup, fresh, like=target if target.exists() else backup)
        begun = _begin(fresh, begin, clock)
        kept = _set_aside(target, clock)
        fresh.replace(target)
        _make_durable(target.parent)
    finally:
        for rest in ("", LOG, INDEX):
            _beside(fresh, rest).unlink(missing_ok=True)
        os.close(claimed)
    return begun, kept


def _begin(fresh: Path, begin: Callable[[Store, int], T], clock: Callable[[], int]) -> T:
    opened = SqliteDatabase(fresh, clock=clock)
    try:
        migrate(opened)
        begun = opened.run_now(begin)
    finally:
        opened.close()
    if _beside(fresh, LOG).exists():
        raise CannotOpen(f"{fresh} could not be completed: is the disk full?")
    return begun


def _set_aside(target: Path, clock: Callable[[], int]) -> Path | None:
    """Give what stands there a second name, sound or not; returns that name, None when nothing stood there."""
    kept = next(name for n in count(1) if not (name := _beside(target, f".before-restore-{n}")).exists())
    log, kept_log = _beside(target, LOG), _beside(kept, LOG)
    if log.exists():
        _name_again(log, kept_log)
    if target.exists():
        try:
            SqliteDatabase(target, clock=clock).close()  # folds the log into the file, if nobody else has it open
        except CannotOpen:
            pass  # damaged: kept as it is, with its log
        else:
            kept_log.unlink(missing_ok=True)
            if log.exists():
                raise CannotOpen(f"another command is using {target}: let it end first")
        _name_again(target, kept)
    # A log that is left of the former database would be taken for one of the new.
    log.unlink(missing_ok=True)
    _beside(target, INDEX).unlink(missing_ok=True)
    _make_durable(target.parent)
    return kept if kept.exists() else None


def _name_again(file: Path, name: Path) -> None:
    try:
        name.hardlink_to(file)
    except OSError:  # a disk that knows no second names
        shutil.copy2(file, name)


def _copy(source: Path, target: Path, *, like: Path) -> int:
    """Copy page by page into a file beside ``target``, check it, and give it its name.

    Who may read ``like`` may read the copy, and nobody else.
    """
    part = _beside(target, ".part")
    part.unlink(missing_ok=True)
    try:
        _make_alike(part, like)
        copy_database(source, part)
        part.replace(target)
    except OSError as error:
        raise CannotOpen(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    _make_durable(target.absolute().parent)
    return target.stat().st_size


def _make_alike(part: Path, like: Path) -> None:
    known = like.stat()
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    if os.geteuid() == 0:
        os.chown(part, known.st_uid, known.st_gid)
    part.chmod(known.st_mode & 0o777)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _make_durable(folder: Path) -> None:
    """A new name in a folder survives a power cut once the folder itself was synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
