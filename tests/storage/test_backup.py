"""A copy of a database in use is whole, and a restore happens all at once or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from curtsy.storage.backup import back_up, put_back
from curtsy.storage.database import CannotOpen, Database, open_database
from curtsy.storage.file import claim
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from tests.harness.clock import MovableClock
from tests.harness.served import ROOT
from tests.storage import desks

pytestmark = pytest.mark.sqlite


def address(path: Path) -> str:
    return f"sqlite:{path}"


def words(path: Path) -> list[str]:
    """The list in a file."""
    with closing(open_database(address(path), clock=MovableClock())) as database:
        return database.run_now(desks.words)


def say(path: Path, *said: str) -> None:
    """Bring a database up and put words on its list."""
    with closing(open_database(address(path), clock=MovableClock())) as database:
        migrate(database)
        database.run_now(desks.lay)
        for word in said:
            database.run_now(desks.put, word)


def mark(store: Store, now: int) -> str:
    """What a restore does first, for these tests."""
    return desks.put(store, now, "restored")


def left_over(path: Path) -> list[str]:
    """Files beside a database that are neither it nor its lock nor kept on purpose."""
    known = (path.name, f"{path.name}.lock")
    return [one.name for one in path.parent.iterdir() if one.name not in known and ".before-restore-" not in one.name]


def test_a_copy_made_while_others_write_is_whole_and_of_one_moment(path: Path, tmp_path: Path) -> None:
    say(path)
    line = [sys.executable, "-m", "tests.storage.writer", str(path)]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            for n in range(3):
                durable = int(writer.stdout.readline())
                copy = tmp_path / f"copy-{n}.db"
                assert back_up(address(path), copy) == copy.stat().st_size
                found = [int(word) for word in words(copy)]
                assert found == list(range(len(found)))  # a prefix of what was written: no hole, nothing by halves
                assert len(found) > durable
                with closing(apsw.Connection(str(copy))) as opened:
                    assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        finally:
            writer.kill()
            writer.communicate()
    assert list(tmp_path.glob("*.part")) == []


def test_a_copy_may_be_read_by_whom_the_database_may(path: Path, tmp_path: Path) -> None:
    say(path, "one")
    path.chmod(0o600)
    back_up(address(path), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("there", ["none", "empty", "text"])
def test_what_is_no_database_is_not_copied(path: Path, tmp_path: Path, there: str) -> None:
    if there != "none":
        path.write_text("" if there == "empty" else "not a database, though long enough to look at. " * 30)
    with pytest.raises(CannotOpen):
        back_up(address(path), tmp_path / "copy.db")
    assert [one.name for one in tmp_path.iterdir()] == ([] if there == "none" else [path.name])


def test_a_copy_takes_the_place_of_no_file(path: Path, tmp_path: Path) -> None:
    say(path, "one")
    (tmp_path / "letters.txt").write_text("dear Ada")
    with pytest.raises(CannotOpen, match="exists already"):
        back_up(address(path), tmp_path / "letters.txt")
    assert (tmp_path / "letters.txt").read_text() == "dear Ada"
    with pytest.raises(CannotOpen, match="does not exist"):
        back_up(address(path), tmp_path / "nowhere" / "copy.db")


def test_a_restore_keeps_every_former_database(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    say(path, "before")
    back_up(address(path), copy)
    say(path, "after")
    said, first = put_back(copy, address(path), mark, clock=MovableClock())
    assert said == "restored"
    assert words(path) == ["before", "restored"]
    _, second = put_back(copy, address(path), mark, clock=MovableClock())
    assert first is not None
    assert second is not None
    assert words(first) == ["before", "after"]
    assert words(second) == ["before", "restored"]
    assert left_over(path) == ["copies"]


def test_a_restore_needs_no_former_database(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    say(path, "one")
    back_up(address(path), copy)
    path.unlink()
    assert put_back(copy, address(path), mark, clock=MovableClock()) == ("restored", None)
    assert words(path) == ["one", "restored"]


def test_a_damaged_database_is_set_aside_with_its_log(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    say(path, "one")
    back_up(address(path), copy)
    path.write_text("a disk wrote this, and much more of it. " * 40)
    path.with_name(path.name + "-wal").write_text("and this")
    _, kept = put_back(copy, address(path), mark, clock=MovableClock())
    assert words(path) == ["one", "restored"]
    assert kept is not None
    assert kept.read_text().startswith("a disk wrote this")
    assert kept.with_name(kept.name + "-wal").read_text() == "and this"


def test_a_restore_is_refused_while_a_server_or_a_command_has_the_database(
    path: Path, tmp_path: Path, database: Database
) -> None:
    database.run_now(desks.lay)
    back_up(address(path), tmp_path / "copy.db")
    claimed = claim(path)
    with pytest.raises(CannotOpen, match="server already runs"):
        put_back(tmp_path / "copy.db", address(path), mark, clock=MovableClock())
    os.close(claimed)
    database.run_now(desks.put, "not folded in yet")
    with pytest.raises(CannotOpen, match="another command"):
        put_back(tmp_path / "copy.db", address(path), mark, clock=MovableClock())
    assert database.run_now(desks.words) == ["not folded in yet"]


def test_a_claim_that_cannot_be_made_is_refused_in_words(path: Path, tmp_path: Path) -> None:
    say(path, "one")
    back_up(address(path), tmp_path / "copy.db")
    path.with_name(path.name + ".lock").mkdir()
    with pytest.raises(CannotOpen, match="server's account"):
        put_back(tmp_path / "copy.db", address(path), mark, clock=MovableClock())


def break_off(_store: Store, _now: int) -> None:
    """What a restore does first, and cannot."""
    raise ZeroDivisionError


def test_a_restore_that_is_cut_short_has_not_happened(path: Path, tmp_path: Path) -> None:
    say(path, "before")
    back_up(address(path), tmp_path / "copy.db")
    say(path, "after")
    with pytest.raises(ZeroDivisionError):
        put_back(tmp_path / "copy.db", address(path), break_off, clock=MovableClock())
    assert words(path) == ["before", "after"]
    assert left_over(path) == ["copy.db"]


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_touched(path: Path, tmp_path: Path) -> None:
    say(path, "one")
    with closing(apsw.Connection(str(path))) as newer:
        newer.execute("INSERT INTO migrations VALUES ('9999_later.sql', 0)")
    back_up(address(path), tmp_path / "copy.db")
    path.unlink()
    say(path, "standing")
    with pytest.raises(CannotOpen, match="newer version"):
        put_back(tmp_path / "copy.db", address(path), mark, clock=MovableClock())
    assert words(path) == ["standing"]


@pytest.mark.parametrize("damage", ["cut", "foreign", "none"])
def test_a_backup_that_is_none_is_refused_before_anything_is_touched(path: Path, tmp_path: Path, damage: str) -> None:
    say(path, "one")
    copy = tmp_path / "copy.db"
    if damage == "cut":
        shutil.copy(path, copy)
        os.truncate(copy, copy.stat().st_size // 2)
    elif damage == "foreign":
        with closing(apsw.Connection(str(copy))) as foreign:
            foreign.execute("CREATE TABLE birds (name TEXT)")
    with pytest.raises(CannotOpen):
        put_back(copy, address(path), mark, clock=MovableClock())
    assert words(path) == ["one"]
