"""What a file may be called, and how long it may be."""

import re
from collections.abc import Iterator

import pytest

from tests.house.tree import LOCKS, Source, faults, faults_of

DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "stuff"}
CODE = {".py", ".ts", ".mjs", ".js", ".html", ".css", ".sql", ".sh"}


def drawers(source: Source) -> Iterator[str]:
    """No file and no folder is a drawer for things that have no place."""
    for part in source.path.split("/"):
        if DRAWERS & set(re.split(r"[^a-z]+", part.lower())):
            yield f"'{part}' names a drawer, not a thing"


def lengths(source: Source) -> Iterator[str]:
    """A file fits in one sitting."""
    cap = 400 if source.a_test else 300
    count = len(source.text.splitlines())
    if source.suffix in CODE and not source.vendored and count > cap:
        yield f"{count} lines, the cap is {cap}"
    if source.path.startswith("docs/decisions/") and count >= 50:
        yield f"{count} lines, a decision has under 50"


def emptiness(source: Source) -> Iterator[str]:
    """No file is kept empty for later; a package's __init__.py says what the room is for."""
    if not source.text.strip() and source.name not in {"py.typed"}:
        yield "is empty"


def looseness(source: Source) -> Iterator[str]:
    """Lines end where their text ends, and the last one ends too."""
    if source.suffix not in CODE | {".md", ".toml", ".json", ".yml"} or source.vendored or source.name in LOCKS:
        return
    if source.text and not source.text.endswith("\n"):
        yield "does not end with a line break"
    for number, line in source.lines():
        if line != line.rstrip():
            yield f"line {number} has blanks at its end"


def test_no_file_is_a_drawer() -> None:
    assert faults(drawers) == []


def test_every_file_fits_in_one_sitting() -> None:
    assert faults(lengths) == []


def test_no_file_is_empty() -> None:
    assert faults(emptiness) == []


def test_lines_end_cleanly() -> None:
    assert faults(looseness) == []


@pytest.mark.parametrize("path", ["src/curtsy/utils.py", "extension/src/common/note.ts", "tests/task_helpers.py"])
def test_a_drawer_is_found(path: str) -> None:
    assert faults_of(drawers, path, "x = 1\n")


@pytest.mark.parametrize("path", ["src/curtsy/web/app.py", "src/curtsy/twin/static/page.css", "extension/src/a.ts"])
def test_a_long_file_is_found(path: str) -> None:
    assert faults_of(lengths, path, "x\n" * 301)
    assert not faults_of(lengths, path, "x\n" * 300)


def test_a_test_may_be_longer() -> None:
    assert not faults_of(lengths, "tests/web/test_actions.py", "x\n" * 400)
    assert faults_of(lengths, "tests/web/test_actions.py", "x\n" * 401)
    assert faults_of(lengths, "docs/decisions/0001-house.md", "x\n" * 50)


def test_emptiness_and_loose_ends_are_found() -> None:
    assert faults_of(emptiness, "src/curtsy/domain/__init__.py", "\n")
    assert faults_of(looseness, "README.md", "a \n")
    assert faults_of(looseness, "README.md", "a")
