"""A caller of the HTTP API, for the commands that ask a server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from curtsy.cli.said import Ended, NotReachable
from curtsy.settings import environment

URL = "http://127.0.0.1:8080"
TIMEOUT_S = 30
FIRST_LOOK_S, LAST_LOOK_S = 0.1, 2.0
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

    def status(self, task_id: str) -> Json:
        """What the API says of a task now."""
        return self.get("/linkedin-agent/get-task-status", api_agent_task_id=task_id)

    def outcome(self, task_id: str, seconds: float, look: Callable[[Json], object] = lambda _: None) -> Json:
        """The status of a task when it has ended, or when the seconds are over; ``look`` sees each in between.

        A server that goes away meanwhile is waited for a little, as it may be starting again; the task is kept there.
        """
        until, pause = time.monotonic() + seconds, FIRST_LOOK_S
        patience = time.monotonic() + AWAY_S
        while True:
            left = until - time.monotonic()
            try:
                body = self.status(task_id)
            except Ended as ended:
                ended.fields["api_agent_task_id"] = task_id
                if ended.code not in ("not_reachable", "try_again") or left <= 0 or time.monotonic() >= patience:
                    raise
            else:
                patience = time.monotonic() + AWAY_S
                if body["data"]["status"] not in OPEN or left <= 0:
                    return body
                look(body)
            time.sleep(max(0.0, min(pause, left)))
            pause = min(pause * 1.5, LAST_LOOK_S)

    def _call(self, method: str, path: str, **parts: Any) -> Json:
        try:
            answer = self._http.request(method, self.server + path, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotReachable(
                f"{self.server} does not answer ({str(error) or type(error).__name__}): is `curtsy serve` running "
                "there? Name another server with --server or CURTSY_URL"
            ) from None
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


def _refusal(body: Json) -> Json:
    rest = {name: value for name, value in body.items() if name not in ("success", "error", "code", "exit_code")}
    return {"error": str(body.get("error")), "code": str(body.get("code")), **rest}
