"""Chromium started plainly, so that it can be killed as a power cut would, and its worker stopped as Chromium does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from curtsy.cli.stage import extension_id
from curtsy.twin.browser import kill, start_raw
from curtsy.twin.remote import Twin
from tests.e2e.debugger import Debugger, Target, debugging
from tests.e2e.story import Story
from tests.harness.waiting import until

STOP_S = 20


@dataclass(slots=True)
class LoneBrowser:
    """One installation of the browser: its folder stays, its runs come and go."""

    folder: Path
    extension: Path
    twin: Twin
    run: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Open the browser."""
        # What an earlier run left there names a port that nobody listens on.
        (self.folder / "DevToolsActivePort").unlink(missing_ok=True)
        self.run = start_raw(self.extension, self.twin, user_data_dir=self.folder, debugging_port=0)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.run is not None:
            kill(self.run)
            self.run = None

    def quit(self) -> None:
        """Close it as a person does; what it holds in memory reaches the disk."""
        assert self.run is not None
        with debugging(self.folder) as debugger, suppress(EOFError):
            debugger.call("Browser.close")
        self.run.wait(STOP_S)
        self.kill()

    def sign_in(self, story: Story) -> None:
        """Be signed in to LinkedIn as the story's viewer, and as nobody else."""
        with debugging(self.folder) as debugger:
            debugger.call("Storage.clearCookies")
            debugger.call("Storage.setCookies", cookies=story.signed_in())

    def connect(self, story: Story) -> None:
        """Sign in to LinkedIn as the story's viewer, and pair by the options page."""
        self.sign_in(story)
        with debugging(self.folder) as debugger:
            page = debugger.open(self._address("options.html"))
            page.wait("document.readyState === 'complete' && !!document.querySelector('#terms').firstChild", "the page")
            page.evaluate(f"document.querySelector('#address').value = {json.dumps(story.address())}")
            page.evaluate("document.querySelector('#connect').click()")
            page.wait("document.querySelector('#check').textContent", "the check number")
            page.close()

    @contextmanager
    def stopping(self) -> Iterator[Callable[[], None]]:
        """What stops the extension's worker at once, where it stands."""
        with debugging(self.folder) as debugger:
            workers = self._workers(debugger)

            def stop() -> None:
                for worker in workers:
                    debugger.call("Target.closeTarget", targetId=worker)
                until(lambda: not {*workers} & {*self._workers(debugger)}, "the end of the worker")

            yield stop

    def stop_worker(self) -> None:
        """Stop the extension's worker."""
        with self.stopping() as stop:
            stop()

    @contextmanager
    def popup(self) -> Iterator[Target]:
        """The extension's popup, in a tab."""
        with debugging(self.folder) as debugger:
            page = debugger.open(self._address("popup.html"))
            page.wait("document.querySelector('#version').textContent", "the popup")
            yield page
            page.close()

    def nudge(self) -> None:
        """Look into the popup: that starts the worker."""
        with self.popup():
            pass

    def _workers(self, debugger: Debugger) -> list[str]:
        return debugger.targets("service_worker", self._address(""))

    def _address(self, page: str) -> str:
        return f"chrome-extension://{extension_id(self.extension)}/{page}"
