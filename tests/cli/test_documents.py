"""docs/cli.md and the help say what there is: every command and its options, and no others."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from curtsy.cli.app import commands

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text("utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields every command that does something, with the words that name it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from leaves(one, (*path, name))


LEAVES = dict(leaves(get_command(commands)))


def options(command: Any) -> set[str]:
    """The options a command takes."""
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def typed(line: str) -> list[str]:
    """The words of a command line behind `curtsy`, without what is set before it."""
    words = shlex.split(line)
    return words[words.index("curtsy") + 1 :]


def named(words: list[str]) -> tuple[str, ...]:
    """The command that a line begins with."""
    return next(path for path in (tuple(words[:2]), tuple(words[:1])) if path in LEAVES)


def shown() -> list[str]:
    """Every command line of the document."""
    return [line for block in BLOCK.findall(DOCUMENT) for line in block.splitlines()]


def test_every_command_is_in_the_document() -> None:
    assert {named(typed(line)) for line in shown()} == set(LEAVES)


def test_the_document_shows_only_options_that_exist() -> None:
    for line in shown():
        words = typed(line)
        asked = {word for word in words if word.startswith("--")}
        assert asked <= options(LEAVES[named(words)]), line


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_speaks_json_and_shows_an_example_of_itself(path: tuple[str, ...]) -> None:
    command = LEAVES[path]
    assert "--json" in options(command)
    example = re.search(r"^Example: (.*)$", command.help, re.MULTILINE)
    assert example is not None
    words = shlex.split(re.sub(r".*\$\((.*)\)", r"\1", example[1]))
    words = words[words.index("curtsy") + 1 :]
    assert named(words) == path
    assert {word for word in words if word.startswith("--")} <= options(command)
