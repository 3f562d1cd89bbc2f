"""A member at their browser: Chromium with the extension as shipped, driven where a person would click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from curtsy.cli.stage import extension_id
from tests.e2e.story import Story

SITE = "https://www.linkedin.com"


@dataclass(frozen=True, slots=True)
class Member:
    """The one browser of a module; each story signs in and pairs anew."""

    context: BrowserContext
    extension: Path

    def sign_in(self, story: Story, viewer: str | None = None) -> None:
        """Be signed in to LinkedIn as the story's viewer, or as another one, and as nobody else."""
        self.context.clear_cookies()
        self.context.add_cookies(story.signed_in(viewer))

    def connect(self, story: Story) -> str:
        """Pair with the story's server in the story's member's name; the number shown."""
        self.sign_in(story)
        return self.pair(story.address())

    def pair(self, address: str) -> str:
        """Pair by the options page; the number shown, or AssertionError with what it says instead."""
        with self.page(f"chrome-extension://{extension_id(self.extension)}/options.html") as page:
            page.fill("#address", address)
            page.click("#connect")
            page.wait_for_function(
                "() => document.querySelector('#check').textContent || document.querySelector('#problem').textContent"
            )
            check = page.inner_text("#check")
            assert check, page.inner_text("#problem")
            return check

    @contextmanager
    def page(self, address: str) -> Iterator[Page]:
        """A tab of the member's own."""
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        try:
            page.goto(address)
            yield page
        finally:
            page.close()

    @contextmanager
    def popup(self) -> Iterator[Page]:
        """The extension's popup, in a tab."""
        with self.page(f"chrome-extension://{extension_id(self.extension)}/popup.html") as page:
            yield page
