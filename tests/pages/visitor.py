"""A person at the pages: opens them, presses their buttons, and gets back what a browser would."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx

from curtsy.domain.member import Member
from curtsy.service import access
from tests.harness.house import House, found
from tests.harness.served import Served, served


class Visitor:
    """A browser window: keeps cookies, sends forms from the page it has open."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.window = httpx.Client(base_url=url, headers={"sec-fetch-site": "same-origin", "origin": url}, timeout=20)

    def open(self, path: str) -> httpx.Response:
        """Go to a page, and on to where it leads."""
        return self.window.get(path, follow_redirects=True)

    def press(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Open a page, fill in the form that goes to ``action``, send it, and go on to where it leads."""
        return self.send(action, **self.hidden(page, action), **fields)

    def token(self, page: str, action: str) -> str:
        """What proves that a form which goes to ``action`` is of a page of this session."""
        return self.hidden(page, action)["token"]

    def hidden(self, page: str, action: str) -> dict[str, str]:
        """What the form that goes to ``action`` carries on a page, unseen."""
        form = re.search(rf'action="{re.escape(action)}">(.*?)</form>', self.open(page).text, re.DOTALL)
        assert form, f"{page} has no form that goes to {action}"
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([\w-]*)">', form[1]))

    def send(self, action: str, **fields: str) -> httpx.Response:
        """Send a form as it is given."""
        return self.window.post(action, data=fields, follow_redirects=True)

    def sign_in(self, link: str) -> httpx.Response:
        """Open a one-time link and press its button."""
        assert self.open(f"/sign-in/{link}").status_code == 200
        return self.send(f"/sign-in/{link}")


def said(page: httpx.Response) -> str:
    """The words of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


@dataclass(frozen=True, slots=True)
class Premises:
    """A served Curtsy with a team in it."""

    server: Served
    house: House

    @contextlib.contextmanager
    def visitor(self, member: Member | None = None) -> Iterator[Visitor]:
        """Somebody at the pages; signed in when a member is named."""
        visitor = Visitor(self.server.url)
        try:
            if member is not None:
                visitor.sign_in(self.server.run(access.sign_in_link, member.id))
            yield visitor
        finally:
            visitor.window.close()


@contextlib.contextmanager
def premises(folder: Path) -> Iterator[Premises]:
    """A server with a team whose admin is ada@example.com."""
    with served(folder) as server:
        yield Premises(server, found(server, paced=True))
