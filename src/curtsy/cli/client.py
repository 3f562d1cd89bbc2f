"""A caller of the HTTP API, for the commands that ask a server."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from curtsy.cli.said import Ended, NotReachable
from curtsy.settings import environment

URL = "http://127.0.0.1:8080"
TIMEOUT_S = 30
LOOK_S = 5
"""A wait is told in pieces of this length, so that what stands in the way can be shown meanwhile."""
AGAIN_S = 0.1
AWAY_S = 30
OPEN = ("pending", "processing")

Json = dict[str, Any]


class Client:
    """One server and one key; every answer that is no success is raised as Ended."""

    def __init__(self, server: str | None = None, key: str | None = None) -> None:
        given = environment()
        self.server = (server or given.get("CURTSY_URL") or URL).rstrip("/")
        secret = key or given.get("CURTSY_API_KEY")
        # Only the server named is asked: neither a proxy of the environment nor a redirect leads elsewhere.
        self._http = httpx.Client(headers={"x-api-key": secret} if secret else {}, timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: object) -> Json:
        """The body of an answer; query fields that are None are left out."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Json) -> Json:
        return self._call("POST", path, json=body)

    def status(self, task_id: str, wait: int | None = None) -> Json:
        """What the API says of a task now, or once it has ended within ``wait`` seconds."""
        return self.get("/linkedin-agent/get-task-status", api_agent_task_id=task_id, wait=wait)

    def follow(self, path: str, cursor: str | None, **query: str | None) -> Iterator[tuple[str, Json | None]]:
        """Server-sent events as they come, each with its id, until the server ends the stream.

        An id without an event moves on the place to come back to.
        """
        headers = {"accept": "text/event-stream"} | ({"last-event-id": cursor} if cursor else {})
        params = {name: value for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", self.server + path, headers=headers, params=params) as answer:
                if answer.headers.get("content-type", "").startswith("text/event-stream"):
                    yield from _told(answer.iter_lines())
                    return
                answer.read()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(error) from None
        self._read(answer)

    def outcome(self, task_id: str, seconds: float, look: Callable[[Json], object] = lambda _: None) -> Json:
        """The status of a task when it has ended, or when the seconds are over; ``look`` sees each in between.

        A server that goes away meanwhile is waited for a little, as it may be starting again; the task is kept there.
        """
        until, wait = time.monotonic() + seconds, 0
        patience = time.monotonic() + AWAY_S
        while True:
            left = until - time.monotonic()
            try:
                body = self.status(task_id, wait)
            except Ended as ended:
                ended.fields["api_agent_task_id"] = task_id
                if ended.code not in ("not_reachable", "try_again") or left <= 0 or time.monotonic() >= patience:
                    raise
            else:
                patience = time.monotonic() + AWAY_S
                if body["data"]["status"] not in OPEN or left <= 0:
                    return body
                look(body)
            time.sleep(max(0.0, min(AGAIN_S, left)))
            wait = min(LOOK_S, math.ceil(max(0.0, until - time.monotonic())))

    def _call(self, method: str, path: str, **parts: Any) -> Json:
        try:
            answer = self._http.request(method, self.server + path, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(error) from None
        return self._read(answer)

    def _away(self, error: Exception) -> NotReachable:
        return NotReachable(
            f"{self.server} does not answer ({str(error) or type(error).__name__}): is `curtsy serve` running "
            "there? Name another server with --server or CURTSY_URL"
        )

    def _read(self, answer: httpx.Response) -> Json:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or "success" not in body:
            raise NotReachable(
                f"{self.server} answered {answer.status_code}, but not as Curtsy does: check the address"
            )
        if body["success"] is not True:
            raise Ended(**_refusal(body))
        return body


def _told(lines: Iterator[str]) -> Iterator[tuple[str, Json | None]]:
    """The events among the lines of a stream (HTML 9.2.6)."""
    said: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            said[name] = value
            continue
        if "id" in said:
            yield said["id"], json.loads(said["data"]) if "data" in said else None
        said = {}


def _refusal(body: Json) -> Json:
    rest = {name: value for name, value in body.items() if name not in ("success", "error", "code", "exit_code")}
    return {"error": str(body.get("error")), "code": str(body.get("code")), **rest}
