"""A PostgreSQL of its own for the length of a block, every commit on disk before it is answered."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.installed import postgres_folder
from bench.pinned import LOAD_CORE, START_S, NotMeasured, free_port, running, wait_for

USER = "curtsy"
UNPRIVILEGED = 65534
"""Who it runs as when we are root, which it refuses to run as: nobody."""
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
    "max_connections": "300",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; ``url`` names one of its databases."""

    programs: Path
    port: int

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def wait(self) -> None:
        """Return once it takes connections, which is a little after it listens; raises NotMeasured."""
        deadline = time.monotonic() + START_S
        asked = [str(self.programs / "pg_isready"), "-q", "-d", self.url("postgres")]
        while subprocess.run(asked).returncode != 0:
            if time.monotonic() > deadline:
                raise NotMeasured("PostgreSQL takes no connections")
            time.sleep(0.05)

    def make(self, name: str) -> str:
        """A new database; returns its address."""
        self.tell("postgres", f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, and have nothing left to write, so that it disturbs nobody who comes after."""
        self.tell("postgres", f'DROP DATABASE "{name}" WITH (FORCE)', "CHECKPOINT")

    def tell(self, name: str, *statements: str) -> str:
        """Run statements, each in a transaction of its own, in one session; returns the rows as text."""
        asked = [part for statement in statements for part in ("-c", statement)]
        command = [str(self.programs / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(name), *asked]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    def count(self, name: str, table: str) -> int:
        """How many rows a table has."""
        return int(self.tell(name, f"SELECT count(*) FROM {table}"))


@contextmanager
def postgres(more: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """A new server in a folder of its own, on the load's core, with ``more`` settings."""
    uid = UNPRIVILEGED if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="curtsy-bench-pg-"))
    try:
        # Copied, so that whoever it runs as needs no way into our folders.
        programs = _copied(postgres_folder(), folder) / "pginstall" / "bin"
        data = folder / "data"
        data.mkdir(mode=0o700)
        if uid is not None:
            for place in (folder, data):
                os.chown(place, uid, uid)
        _initialise([str(programs / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8"], uid)
        port, log = free_port(), folder / "postgres.log"
        settings = [part for name, value in {**SETTINGS, **(more or {})}.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), *settings]
        with running(command, core=LOAD_CORE, log=log, cwd=folder, uid=uid) as process:
            wait_for(process, port, log)
            server = Postgres(programs, port)
            server.wait()
            yield server
    finally:
        shutil.rmtree(folder)


def _copied(package: Path, folder: Path) -> Path:
    for part in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(part), folder / part, symlinks=True)
    return folder / package.name


def _initialise(command: Sequence[str], uid: int | None) -> None:
    subprocess.run(
        [*command, "--locale=C.UTF-8", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )
