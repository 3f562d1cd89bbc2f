"""Somebody who follows the events of a team as they happen (server-sent events), in a thread of its own."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(slots=True)
class Follower:
    """What has come so far: events in their order with their ids, and the last id of any block.

    ``comments`` counts those that only say that the line stands; ``whole``: the server brought the stream to its end.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    last_id: str | None = None
    comments: int = 0
    whole: bool = False
    open: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def take(self, lines: Iterator[str]) -> None:
        """Read to the end of the stream (HTML 9.2.6)."""
        said: dict[str, str] = {}
        for line in lines:
            self.open.set()
            if line:
                name, _, value = line.partition(": ")
                said[name] = value
                self.comments += not name
                continue
            self.last_id = said.get("id", self.last_id)
            if "data" in said:
                event = json.loads(said["data"])
                assert event["type"] == said["event"]
                self.events.append(event)
                self.ids.append(said["id"])
            said = {}


@contextlib.contextmanager
def following(url: str, key: str, last_id: str | None = None, **params: str) -> Iterator[Follower]:
    """Follow until the block ends; what the server sends at once has begun to come when this returns.

    ``params``: ``cursor`` and ``types``.
    """
    follower = Follower()
    headers = {"x-api-key": key, "accept": "text/event-stream"} | ({"last-event-id": last_id} if last_id else {})
    client = httpx.Client(trust_env=False, timeout=httpx.Timeout(30, read=None))

    sockets: list[socket.socket] = []

    def follow() -> None:
        # The line is cut from either side: that is the end of what is followed, not a fault.
        with (
            contextlib.suppress(httpx.HTTPError, OSError),
            client.stream("GET", url + "/v1/events", headers=headers, params=params) as answer,
        ):
            sockets.append(answer.extensions["network_stream"].get_extra_info("socket"))
            follower.take(answer.iter_lines())
            follower.whole = True
        follower.open.set()
        follower.ended.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    assert follower.open.wait(20), "the stream did not begin"
    try:
        yield follower
    finally:
        for line in sockets:
            with contextlib.suppress(OSError):  # the server was faster
                line.shutdown(socket.SHUT_RDWR)
        thread.join(20)
        client.close()
