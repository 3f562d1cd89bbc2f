"""The stage of stories in which something is killed: a server with a movable clock behind a gate, a lone browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from curtsy.twin.remote import Twin
from tests.e2e.gate import Gate
from tests.e2e.lone_browser import LoneBrowser
from tests.e2e.story import Story, begin
from tests.harness.served import ServerProcess

ABSENCE_COUNTS_MS = 165_000
APART_MS = 30_000


@dataclass(frozen=True, slots=True)
class Stage:
    """What can die, and what sees everything."""

    twin: Twin
    server: ServerProcess
    gate: Gate
    browser: LoneBrowser

    def story(self) -> Story:
        """A story whose member is signed in and paired, in the browser that runs."""
        story = begin(self.twin, self.gate.url, self.server)
        self.browser.connect(story)
        return story

    def restart_server(self) -> None:
        """SIGKILL, and again on the same database and port."""
        self.server.kill()
        self.server.start()

    def look_later(self, story: Story, ms: int = ABSENCE_COUNTS_MS) -> None:
        """Let time pass, and the browser look again."""
        self.server.jump(ms)
        # A read rings the bell, so that the browser asks now and not at its next poll; the look comes before it.
        story.ended(str(story.post("fetch-profile", profile_slug=f"person-{ms}").body["api_agent_task_id"]))

    def look_twice_later(self, story: Story) -> None:
        """Let the time pass after which an absence counts, twice; each time the browser looks."""
        self.look_later(story)
        self.look_later(story, APART_MS)


@contextmanager
def staged(folder: Path, extension: Path, twin: Twin) -> Iterator[Stage]:
    """All of it, with the browser open; gone when the block ends, however it ends."""
    server = ServerProcess(f"sqlite:{folder / 'dying.db'}")
    gate = Gate(server.port)
    browser = LoneBrowser(folder / "lone", extension, twin)
    browser.folder.mkdir()
    try:
        browser.start()
        yield Stage(twin, server, gate, browser)
    finally:
        browser.kill()
        gate.close()
        server.kill()
