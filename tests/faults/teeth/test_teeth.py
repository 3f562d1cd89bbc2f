"""Each guard is taken away in a copy of the sources; the story that depends on it must break, and hold otherwise."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import curtsy
from tests.faults.teeth.bite import BROKE, HELD
from tests.faults.teeth.guards import GUARDS, Guard
from tests.harness.folder import quick_folder

ROOT = Path(__file__).parents[3]
STORIES = sorted({guard.story for guard in GUARDS})


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """The sources once more, where they may be damaged; without what was compiled from them."""
    with quick_folder() as folder:
        shutil.copytree(Path(curtsy.__file__).parent, folder / "curtsy", ignore=shutil.ignore_patterns("__pycache__"))
        yield folder


def told(sources: Path, *stories: str) -> subprocess.CompletedProcess[str]:
    """Tell stories on these sources; nothing compiled is kept, so that a file of the same second is read anew."""
    environment = dict(os.environ) | {"PYTHONPATH": f"{sources}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.faults.teeth.bite", *stories]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


def test_every_story_holds_where_every_guard_stands(copy: Path) -> None:
    ended = told(copy, *STORIES)
    assert ended.returncode == HELD, ended.stderr


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_without_its_guard_a_story_breaks(copy: Path, guard: Guard) -> None:
    whole = {cut.file: (copy / "curtsy" / cut.file).read_text() for cut in guard.cuts}
    damaged = dict(whole)
    for cut in guard.cuts:
        assert damaged[cut.file].count(cut.text) == 1, f"{cut.file} does not say this exactly once: {cut.text!r}"
        damaged[cut.file] = damaged[cut.file].replace(cut.text, cut.instead)
    try:
        for file, text in damaged.items():
            (copy / "curtsy" / file).write_text(text)
        ended = told(copy, guard.story)
        assert ended.returncode == BROKE, f"nothing noticed that the guard is gone: {ended.stdout}{ended.stderr}"
    finally:
        for file, text in whole.items():
            (copy / "curtsy" / file).write_text(text)
