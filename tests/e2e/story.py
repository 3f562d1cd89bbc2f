"""One member's story: a team of their own on the server, a viewer of their own at the twin, and what a caller sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import requests

from curtsy.clock import system_clock
from curtsy.storage.database import open_database
from curtsy.storage.store import Store
from curtsy.twin.remote import Twin
from tests.harness.agent import Reply
from tests.harness.house import Desks, House, found
from tests.harness.waiting import until

T = TypeVar("T")
P = ParamSpec("P")

PATIENCE_S = 45.0
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Cellar:
    """The database of a running `curtsy serve`, used from outside as the commands do."""

    path: Path

    def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one decision in one transaction."""
        database = open_database(f"sqlite:{self.path}", clock=system_clock)
        try:
            return database.run_now(desk, *args, **kwargs)
        finally:
            database.close()


@dataclass(frozen=True, slots=True)
class Story:
    """What a story asks of the server as a caller, and of the twin's own book at its end."""

    twin: Twin
    url: str
    house: House
    viewer: str

    def post(self, action: str, **body: Any) -> Reply:
        """A caller's POST to an action."""
        return self._reply("POST", action, json=body)

    def invite(self, slug: str, note: str | None = None) -> str:
        """Ask for an invitation; the id of its task."""
        reply = self.post("send-connection-request", profile_urn=slug, note=note)
        assert reply.status == 200, reply
        return str(reply.body["api_agent_task_id"])

    def status(self, task: str) -> dict[str, Any]:
        """What get-task-status says of a task."""
        reply = self._reply("GET", "get-task-status", params={"api_agent_task_id": task})
        assert reply.status == 200, reply
        return dict(reply.body["data"])

    def events(self) -> list[dict[str, Any]]:
        """What the feed of the team tells."""
        got = requests.get(f"{self.url}/v1/events", headers=self.house.headers, timeout=20)
        return list(got.json()["data"])

    def seen(self, task: str, what: str, fits: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The status of a task once it fits; AssertionError with the last one when that does not come."""
        last: list[dict[str, Any]] = []

        def look() -> dict[str, Any] | None:
            last[:] = [self.status(task)]
            return last[0] if fits(last[0]) else None

        try:
            return until(look, what, PATIENCE_S)
        except AssertionError as vain:
            raise AssertionError(f"{vain}; last seen: {last[0]}") from None

    def ended(self, task: str) -> dict[str, Any]:
        """The status of a task once it has ended."""
        return self.seen(task, "its end", lambda now: now["finished_at"])

    def blocked(self, task: str, by: str) -> dict[str, Any]:
        """The status of a task once it waits for this."""
        return self.seen(task, f"blocked_by {by}", lambda now: now["blocked_by"] == by)

    def looked_in_vain(self, task: str) -> None:
        """Return once the browser has looked for the invitation of a task in doubt, and has not found it."""
        self.seen(task, "a look in vain", lambda now: (now["evidence"] or {}).get("outcome") == "absent")

    def held(self, slug: str) -> list[dict[str, Any]]:
        """The invitations from this viewer to a person in the twin's own book."""
        return self.twin.invitations(slug, self.viewer)

    def posts(self) -> int:
        """How many invitation POSTs of this viewer the twin has counted, refused ones too."""
        return int(self.twin.book(self.viewer)["posts"])

    def sent_once(self, task: str, slug: str, posts: int = 1) -> dict[str, Any]:
        """The status of a task that ended well; the twin's book holds this one invitation of its viewer, no other."""
        done = self.ended(task)
        assert (done["status"], done["task_output"]["sent"]) == ("completed", True), done
        assert [kept["slug"] for kept in self.twin.invitations(viewer=self.viewer)] == [slug]
        assert self.posts() == posts
        return done

    def sent_nothing(self, posts: int = 0) -> None:
        """The twin's book holds no invitation of this viewer."""
        assert (self.twin.invitations(viewer=self.viewer), self.posts()) == ([], posts)

    def signed_in(self, viewer: str | None = None) -> list[Any]:
        """The cookies of a new session of the story's viewer or another; they outlive the browser as LinkedIn's do."""
        given = self.twin.tell("sign-in", viewer=viewer or self.viewer)["cookies"]
        in_a_year = system_clock() // 1000 + 365 * 86_400
        return [{**cookie, "expires": in_a_year} for cookie in given]

    def address(self) -> str:
        """What the options page takes: the server, and a code for this story's member."""
        return f"{self.url}#{self.house.code()}"

    def _reply(self, method: str, action: str, **more: Any) -> Reply:
        where = f"{self.url}/linkedin-agent/{action}"
        got = requests.request(method, where, headers=self.house.headers, timeout=20, **more)
        return Reply(got.status_code, got.json(), {name.lower(): value for name, value in got.headers.items()})


def begin(twin: Twin, url: str, desks: Desks) -> Story:
    """A story of its own: nobody in it was in another one."""
    number = next(_numbers)
    house = found(desks, name=f"Team {number}", admin=f"member-{number}@example.com")
    return Story(twin, url, house, f"viewer-{number}")
