"""Where databases of tests lie: in memory where the machine has such a folder, so that many commits are quick."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

_MEMORY = Path("/dev/shm")


@contextlib.contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder that is gone when the block ends. Nothing that is about durability may use it."""
    with tempfile.TemporaryDirectory(prefix="curtsy-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)
