"""The stage of the stories: a twin, `curtsy serve` as a process of its own, Chromium with the extension as shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from curtsy.cli.stage import built_extension, serving
from curtsy.settings import Settings
from curtsy.twin.browser import launch
from curtsy.twin.remote import Twin
from curtsy.twin.server import TwinSettings, running_twin
from tests.e2e.dying import Stage, staged
from tests.e2e.member import Member
from tests.e2e.story import Cellar, Story, begin


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where everything lies that a module's stories write; gone when they end, whatever was killed in between."""
    with TemporaryDirectory(prefix="curtsy-e2e-") as made, pytest.MonkeyPatch.context() as patch:
        # Chromium leaves files in the temporary folder when it is killed.
        patch.setenv("TMPDIR", made)
        yield Path(made)


@pytest.fixture(scope="session")
def extension() -> Path:
    """The extension as built for Chrome."""
    return built_extension(Settings().extension_dir)


@pytest.fixture(scope="module")
def twin(folder: Path) -> Iterator[Twin]:
    """LinkedIn, which does not refuse duplicates here: a double send would show."""
    with running_twin(TwinSettings(clock_control=True)) as running:
        running.tell("duplicates", refused=False)
        yield running


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """`curtsy serve` on a database of its own."""
    with serving(folder, f"sqlite:{folder / 'curtsy.db'}") as url:
        yield url


@pytest.fixture(scope="module")
def member(folder: Path, extension: Path, twin: Twin) -> Iterator[Member]:
    """The browser that the stories of a module share."""
    with launch(extension, twin, user_data_dir=folder / "browser") as context:
        yield Member(context, extension)


@pytest.fixture
def unpaired(folder: Path, twin: Twin, server: str) -> Iterator[Story]:
    """A story whose member has no browser yet."""
    story = begin(twin, server, Cellar(folder / "curtsy.db"))
    yield story
    twin.forget_faults()


@pytest.fixture
def story(unpaired: Story, member: Member) -> Story:
    """A story whose member is signed in to LinkedIn and paired."""
    member.connect(unpaired)
    return unpaired


@pytest.fixture(scope="module")
def stage(folder: Path, extension: Path, twin: Twin) -> Iterator[Stage]:
    """What stories of dying share: a server that can be killed, a gate before it, a browser that can be killed."""
    with staged(folder, extension, twin) as made:
        yield made
