"""One real exchange of every call of the agent protocol, by the title under which the document shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from curtsy.service.upkeep import upkeep
from tests.harness.agent import Agent, Reply, Work
from tests.harness.scene import Scene
from tests.harness.sky import urn_of

Exchange = tuple[dict[str, Any], dict[str, Any]]


@dataclass
class Recorder(Agent):
    """An agent that keeps what it said and what it was answered."""

    last: Exchange = ({}, {})
    paths: list[str] = field(default_factory=list)

    def call(self, path: str, body: dict[str, Any], *, token: str | None = None) -> Reply:
        reply = super().call(path, body, token=token)
        self.last = body, reply.body
        self.paths.append(re.sub(r"tasks/[^/]+", "tasks/{id}", path))
        return reply

    def get(self, path: str) -> Reply:
        reply = super().get(path)
        self.last = {}, reply.body
        return reply


def exchanges(scene: Scene) -> dict[str, Exchange]:
    """What an agent and the server say to each other, call by call."""
    agent = Recorder(scene.url, scene.sky, account=scene.agent.account)
    scene.others.append(agent)
    seen: dict[str, Exchange] = {}

    def keep(title: str) -> None:
        seen[title] = agent.last

    agent.pair(scene.house.code())
    keep("pair")
    agent.ask()
    keep("lease: nothing")
    scene.invite("docs-of-agents", note="Hello, may I connect?")
    work = agent.lease()
    assert work is not None
    keep("lease: work")
    agent.start(work, slug=work.slug)
    keep("start")
    agent.release(work)
    keep("release: refused")
    evidence = {
        "before": "none", "after": "pending_out", "invitation_urn": "urn:li:fsd_invitation:7000",
        "invitation_sent_ms_ago": 300, "message_equal": True, "http_status": 200, "linkedin_code": None,
        "retry_after_ms": None, "acted": True, "tab_closed": False, "profile_urn": urn_of("docs-of-agents"),
    }  # fmt: skip
    agent.finish(work, "sent", evidence)
    keep("finish")
    scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "docs-of-agents"})
    read = agent.lease()
    assert read is not None
    agent.finish(read, "completed", {"http_status": 200}, {"name": "Docs", "profile_urn": urn_of("docs-of-agents")})
    keep("finish: a read")
    check = _check(scene, agent)
    keep("lease: a check")
    who = {"profile": urn_of("docs-of-agents").rpartition(":")[2], "ms_ago": 1}
    found = {"connected": [who], "pending": [who], "complete": True}
    agent.finish(check, "completed", {"http_status": 200}, found | {"relations": []})
    keep("finish: a check")
    scene.invite("docs-of-agents-two")
    early = agent.lease()
    assert early is not None
    agent.finish(early, "sent", {"invitation_urn": "urn:li:fsd_invitation:7001"})
    keep("finish: refused")
    agent.release(early)
    keep("release")
    agent.call("/agent/journal", {"incarnation": agent.incarnation, "entries": [entry(early.id, early.lease)]})
    keep("journal")
    _consent(scene, agent, keep)
    _look(scene, agent)
    keep("finish: a look")
    agent.resume()
    keep("resume")
    agent.unpair()
    keep("unpair")
    return seen


def _consent(scene: Scene, agent: Recorder, keep: Callable[[str], None]) -> None:
    """A member who wishes to be asked, and is; at the end they do not wish it any more."""
    agent.call("/agent/consent", {"approve_first": True})
    agent.get("/agent/consent")
    keep("consent")
    for other in agent.get("/agent/approvals").body["data"]:
        agent.call(f"/agent/approvals/{other['task_id']}", {"approve": False})
    task = scene.invite("docs-of-agents-asked", note="Hello, may I connect?")
    assert agent.turn() == "completed"
    agent.get("/agent/approvals")
    keep("approvals")
    agent.call(f"/agent/approvals/{task}", {"approve": True})
    keep("approve")
    agent.call(f"/agent/approvals/{task}", {"approve": False})
    agent.call("/agent/consent", {"approve_first": True, "day": 10, "week": 40})
    keep("consent: changed")
    agent.get("/agent/history")
    keep("history")
    agent.call("/agent/consent", {"approve_first": False, "day": None, "week": None})


def _check(scene: Scene, agent: Recorder) -> Work:
    """A look at what became of invitations, in the hand of the agent."""
    scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
    scene.server.run(upkeep)
    work = agent.lease()
    assert work is not None
    assert work.kind == "check_invitations"
    return work


def _look(scene: Scene, agent: Recorder) -> None:
    """A doubt, and the look that follows it."""
    scene.invite("docs-of-agents-three")
    lost = agent.lease()
    assert lost is not None
    agent.start(lost)
    agent.finish(lost, "unknown", {"acted": True})
    look = agent.lease()
    assert look is not None
    assert look.purpose == "verify"
    agent.finish(look, "absent", {"after": "none", "tab_closed": True})


def entry(task_id: str, lease: str) -> dict[str, Any]:
    return {"task_id": task_id, "lease": lease, "phase": "leased", "evidence": None}
