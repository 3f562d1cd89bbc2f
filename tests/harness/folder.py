"""Where databases of tests lie: in memory where the machine has such a folder, so that many commits are quick."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

_MEMORY = Path("/dev/shm")
QUICK = _MEMORY if _MEMORY.is_dir() else None
"""Where files lie in memory, if anywhere; None is the usual temporary folder."""


@contextlib.contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder that is gone when the block ends. Nothing that is about durability may use it."""
    with tempfile.TemporaryDirectory(prefix="curtsy-", dir=QUICK) as folder:
        yield Path(folder)
