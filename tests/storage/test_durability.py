"""What was acknowledged is there after any death of the process, and the settings that make it so are on."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from curtsy.storage.database import CannotOpen, Database, open_database
from tests.harness.clock import MovableClock
from tests.harness.served import ROOT
from tests.storage import desks

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("after", [1, 40, 200])
def test_killing_the_writer_loses_no_acknowledged_word(database: Database, path: Path, after: int) -> None:
    database.run_now(desks.lay)
    command = [sys.executable, "-m", "tests.storage.writer", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline().strip() for _ in range(after)]
        writer.kill()
        said += writer.stdout.read().split()
    kept = database.run_now(desks.words)
    assert set(said[:-1]) <= set(kept)
    assert len(kept) == len(set(kept))


def test_every_commit_reaches_the_disk(database: Database) -> None:
    settings = database.run_now(
        lambda store, _now: (store.rows.one("PRAGMA journal_mode", {}), store.rows.one("PRAGMA synchronous", {}))
    )
    assert settings == (("wal",), (2,))


def test_an_address_that_names_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="folder"):
        open_database(f"sqlite:{tmp_path}/missing/curtsy.db", clock=MovableClock())
    for address in ("curtsy.db", "mysql://x", ""):
        with pytest.raises(CannotOpen, match="no database address"):
            open_database(address, clock=MovableClock())
    with pytest.raises(CannotOpen, match="names no file"):
        open_database("sqlite:", clock=MovableClock())


def test_what_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(CannotOpen, match="cannot open"):
        open_database(f"sqlite:{path}", clock=MovableClock())


def test_a_second_server_is_refused(database: Database, path: Path) -> None:
    first = open_database(f"sqlite:{path}", clock=MovableClock())
    first.hold()
    second = open_database(f"sqlite:{path}", clock=MovableClock())
    with pytest.raises(CannotOpen, match="another server"):
        second.hold()
    assert second.run_now(desks.the_time) > 0  # a command may still use it
    first.close()
    second.hold()
    second.close()


def test_a_read_does_not_wait_for_another_process_that_writes(database: Database, path: Path) -> None:
    database.run_now(desks.lay)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE; INSERT INTO words (word) VALUES ('unseen')")
    assert asyncio.run(read(database)) == []
    assert asyncio.run(scan(database)) == []
    other.execute("COMMIT")
    other.close()
    assert asyncio.run(read(database)) == ["unseen"]


async def read(database: Database) -> list[str]:
    return await database.read(desks.words)


async def scan(database: Database) -> list[str]:
    return await database.scan(desks.words)


def test_a_command_waits_for_a_writer_and_then_writes(database: Database, path: Path) -> None:
    database.run_now(desks.lay)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE; INSERT INTO words (word) VALUES ('first')")
    writing = threading.Thread(target=database.run_now, args=(desks.put, "second"))
    writing.start()
    other.execute("COMMIT")
    writing.join(20)
    other.close()
    assert database.run_now(desks.words) == ["first", "second"]
