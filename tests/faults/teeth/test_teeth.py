"""Each guard is taken away in a copy of the sources; the story that depends on it must break, and hold otherwise."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import curtsy
from tests.faults.teeth import allowing, bounding, foretelling, guards, holding, sparing
from tests.faults.teeth.bite import BROKE, HELD
from tests.faults.teeth.guards import Guard
from tests.harness.folder import quick_folder

ROOT = Path(__file__).parents[3]
GUARDS = (
    *guards.GUARDS,
    *holding.HOLDING,
    *allowing.ALLOWING,
    *bounding.BOUNDING,
    *foretelling.FORETELLING,
    *sparing.SPARING,
)
STORIES = sorted({guard.story for guard in GUARDS})


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """The sources once more, where they may be damaged; without what was compiled from them."""
    with quick_folder() as folder:
        shutil.copytree(Path(curtsy.__file__).parent, folder / "curtsy", ignore=shutil.ignore_patterns("__pycache__"))
        yield folder


LIVED = (
    "who_is_pending_is_not_invited",
    "an_unknown_answer_is_no_answer",
    "a_started_lease_that_runs_out_is_doubt",
    "a_look_that_runs_out_leaves_the_doubt",
    "what_a_restore_forgot_is_not_sent_again_at_once",
)
"""Guards whose absence the machine is shown to find too, by itself and within seconds."""


def run(sources: Path, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module on these sources; nothing compiled is kept, so that a file of the same second is read anew."""
    environment = dict(os.environ) | {"PYTHONPATH": f"{sources}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", f"tests.faults.teeth.{module}", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


@contextlib.contextmanager
def without(sources: Path, guard: Guard) -> Iterator[None]:
    """The sources with a guard cut away while the block runs; each text must stand there exactly once."""
    whole = {cut.file: (sources / "curtsy" / cut.file).read_text() for cut in guard.cuts}
    damaged = dict(whole)
    for cut in guard.cuts:
        assert damaged[cut.file].count(cut.text) == 1, f"{cut.file} does not say this exactly once: {cut.text!r}"
        damaged[cut.file] = damaged[cut.file].replace(cut.text, cut.instead)
    try:
        for file, text in damaged.items():
            (sources / "curtsy" / file).write_text(text)
        yield
    finally:
        for file, text in whole.items():
            (sources / "curtsy" / file).write_text(text)


def test_every_story_holds_where_every_guard_stands(copy: Path) -> None:
    ended = run(copy, "bite", *STORIES)
    assert ended.returncode == HELD, ended.stderr


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_without_its_guard_a_story_breaks(copy: Path, guard: Guard) -> None:
    with without(copy, guard):
        ended = run(copy, "bite", guard.story)
    assert ended.returncode == BROKE, f"nothing noticed that the guard is gone: {ended.stdout}{ended.stderr}"


@pytest.mark.parametrize("story", LIVED)
def test_without_a_guard_the_machine_breaks(copy: Path, story: str) -> None:
    guard = next(guard for guard in GUARDS if guard.story == story)
    with without(copy, guard):
        ended = run(copy, "live")
    assert ended.returncode == BROKE, f"no life noticed that the guard is gone: {ended.stdout}{ended.stderr}"
