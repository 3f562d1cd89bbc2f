"""The control API from Python: what tests and the demo hold in their hands while a twin runs."""

import json
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from curtsy.twin.exchange import Json

TIMEOUT_S = 30


class TwinRefused(Exception):
    """The twin did not understand a control call."""


@dataclass(frozen=True)
class Twin:
    """The four addresses of a running twin, in this process or another."""

    http: str
    https: str
    spki: str
    control: str

    def ask(self, what: str, /, **query: object) -> Json:
        """Return the answer to `GET /control/<what>`."""
        return self._call("GET", f"{what}?{urlencode(query)}")

    def tell(self, what: str, /, **body: object) -> Json:
        """Return the answer to `POST /control/<what>`."""
        return self._call("POST", what, body)

    def forget_faults(self) -> None:
        """Take back every fault that has not happened yet."""
        self._call("DELETE", "faults")

    def book(self, viewer: str | None = None) -> Json:
        """Return the twin's own book: `invitations`, `posts`, `attempts`, `withdrawals`."""
        return self.ask("book") if viewer is None else self.ask("book", viewer=viewer)

    def invitations(self, slug: str | None = None, viewer: str | None = None) -> list[Json]:
        """Return the invitations in the book, of one viewer and to one person if named."""
        found: list[Json] = self.book(viewer)["invitations"]
        return [one for one in found if slug in (None, one["slug"])]

    def _call(self, method: str, call: str, body: Json | None = None) -> Json:
        where = urlsplit(self.control)
        with closing(HTTPConnection(where.hostname or "", where.port, timeout=TIMEOUT_S)) as connection:
            connection.request(method, f"/control/{call}", None if body is None else json.dumps(body))
            answer = connection.getresponse()
            told: Json = json.load(answer)
        if answer.status != 200:
            raise TwinRefused(f"{method} /control/{call}: {told['error']}")
        return told
