"""The usual scene of a story: a server, a team, a sky, and the admin's browser, paired."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.harness.agent import Agent, Reply
from tests.harness.house import House, found
from tests.harness.served import Served, ServerProcess, served
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until


@dataclass(slots=True)
class Scene:
    """What stories act on; ``agent`` is the admin's browser."""

    server: Served | ServerProcess
    house: House
    sky: Sky
    agent: Agent
    calls: requests.Session = field(default_factory=requests.Session)
    others: list[Agent] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> Reply:
        """A caller's POST."""
        headers = {"x-api-key": self.house.key if key is None else key}
        return _reply(self.calls.post(self.url + path, json=body, headers=headers, timeout=20))

    def get(self, path: str, key: str | None = None, **params: str) -> Reply:
        """A caller's GET."""
        headers = {"x-api-key": self.house.key if key is None else key}
        return _reply(self.calls.get(self.url + path, params=params, headers=headers, timeout=20))

    def invite(self, profile: str, **more: Any) -> str:
        """Ask for an invitation; the id of its task."""
        reply = self.post("/linkedin-agent/send-connection-request", {"profile_urn": profile, **more})
        assert reply.status == 200, reply
        return str(reply.body["api_agent_task_id"])

    def status(self, task: str) -> dict[str, Any]:
        """What get-task-status says of a task."""
        reply = self.get("/linkedin-agent/get-task-status", api_agent_task_id=task)
        assert reply.status == 200, reply
        return dict(reply.body["data"])

    def ended(self, task: str) -> dict[str, Any]:
        """The same, once the task has ended."""
        return until(lambda: (now := self.status(task))["finished_at"] and now, f"the end of {task}")

    def browser(self, code: str | None = None, account: str | None = None, installation_id: str | None = None) -> Agent:
        """One more browser, of the admin unless code and account say otherwise."""
        agent = Agent(self.url, self.sky, account=account or self.agent.account)
        if installation_id is not None:
            agent.installation_id = installation_id
        paired = agent.pair(code or self.house.code())
        assert paired.status == 200, paired
        self.others.append(agent)
        return agent

    def close(self) -> None:
        """Let go of the connections."""
        self.calls.close()
        for agent in (self.agent, *self.others):
            agent.close()


def _reply(got: requests.Response) -> Reply:
    return Reply(got.status_code, got.json(), {name.lower(): value for name, value in got.headers.items()})


def set_scene(server: Served | ServerProcess, sky: Sky, *, name: str = "Acme", paced: bool = False) -> Scene:
    """Found a team on a server and pair its admin's browser; each name has a LinkedIn account of its own."""
    house = found(server, name, paced=paced)
    agent = Agent(server.url, sky, account=urn_of(f"sender-{name}"))
    paired = agent.pair(house.code())
    assert paired.status == 200, paired
    return Scene(server, house, sky, agent)


@contextlib.contextmanager
def scene(folder: Path, *, paced: bool = False) -> Iterator[Scene]:
    """A scene on a server in a thread, with a clock that can be moved."""
    with served(folder) as server:
        made = set_scene(server, Sky(server.clock), paced=paced)
        try:
            yield made
        finally:
            made.close()
