"""A Redis of its own for the length of a block, writing every command to disk before it answers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.pinned import LOAD_CORE, free_port, running, wait_for


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """The port of an empty Redis with an append-only file and appendfsync always, on the load's core."""
    port, log = free_port(), folder / "redis.log"
    durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0"]
    place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--logfile", str(log)]
    with running(["redis-server", *place, *durable], core=LOAD_CORE, log=folder / "redis.errors") as process:
        wait_for(process, port, log)
        yield port


def count(port: int, command: str, key: str) -> int:
    """What a counting command (LLEN, ZCARD) says of a key."""
    asked = ["redis-cli", "-p", str(port), command, key]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
