"""Importing a room loads that room and those below it, and the law needs nothing but the standard library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, Source, faults, faults_of

HOUSE = ROOT / "src" / "curtsy"
BELOW = {
    "domain": set[str](),
    "storage": {"domain", "settings", "clock"},
    "service": {"storage", "domain"},
    "web": {"service", "storage", "domain", "settings", "clock"},
    "twin": set[str](),
}
FRAMEWORKS = {"starlette", "uvicorn", "jinja2", "playwright", "httpx", "typer"}
MAY_LOAD = {
    "web": {"starlette", "uvicorn", "jinja2"},
    "twin": {"starlette", "uvicorn", "jinja2", "playwright", "httpx"},
}


def modules(room: str) -> list[str]:
    """Returns the dotted name of every module of a room."""
    files = [path for path in (HOUSE / room).rglob("*.py") if path.name != "__main__.py"]
    parts = [path.relative_to(HOUSE.parent).with_suffix("").parts for path in sorted(files)]
    return [".".join(part[:-1] if part[-1] == "__init__" else part) for part in parts]


def loaded_by(names: list[str]) -> set[str]:
    """Imports modules in a fresh interpreter and returns the name of everything it has then loaded."""
    program = f"import sys\nfor name in {names!r}: __import__(name)\nprint('\\n'.join(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return set(printed.split())


def rooms_of(loaded: set[str]) -> set[str]:
    """Returns the rooms and top modules of Curtsy among loaded modules."""
    return {name.split(".")[1] for name in loaded if name.startswith("curtsy.")}


def foreign(source: Source) -> Iterator[str]:
    """The law imports the standard library and itself, no more."""
    for node in ast.walk(ast.parse(source.text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if not name.startswith("curtsy.domain") and name.partition(".")[0] not in sys.stdlib_module_names:
                yield f"imports {name}"


@pytest.mark.parametrize("room", BELOW)
def test_a_room_loads_nothing_above_it(room: str) -> None:
    loaded = loaded_by(modules(room))
    assert rooms_of(loaded) - {room} - BELOW[room] == set()
    assert loaded & FRAMEWORKS - MAY_LOAD.get(room, set()) == set()


def test_the_name_of_the_house_loads_no_room() -> None:
    loaded = loaded_by(["curtsy"])
    assert rooms_of(loaded) == set()
    assert loaded & FRAMEWORKS == set()


def test_every_room_is_watched() -> None:
    rooms = {path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists()}
    assert rooms - {"cli"} == set(BELOW)


def test_the_law_needs_the_standard_library_only() -> None:
    assert faults(foreign, "src/curtsy/domain/") == []


def test_a_foreign_import_is_found() -> None:
    assert faults_of(foreign, "src/curtsy/domain/task.py", "import msgspec\n")
    assert faults_of(foreign, "src/curtsy/domain/task.py", "from curtsy.storage.database import Database\n")
    assert not faults_of(foreign, "src/curtsy/domain/task.py", "import json\nfrom curtsy.domain.profile import x\n")


def test_a_room_that_is_loaded_is_seen() -> None:
    assert rooms_of(loaded_by(["curtsy.domain.task"])) == {"domain"}
    assert modules("domain")[0] == "curtsy.domain"
    assert Path(HOUSE, "domain", "task.py").exists()
