"""What stories about a restore have in common: a server of their own, journals, and the restore itself."""

from __future__ import annotations

from typing import Any

from curtsy.service.restoring import begin_again
from tests.harness.agent import Agent, Reply
from tests.harness.scene import Scene

SENT = {"acted": True, "http_status": 200, "invitation_urn": "urn:li:fsd_invitation:7000", "after": "pending_out"}


def restore(scene: Scene) -> int:
    """What `curtsy restore` does to the copy it puts back, and a server's start on it; how many tasks are in doubt."""
    doubtful = scene.server.run(begin_again)
    scene.server.jump(0)
    return doubtful


def entry(task: str, lease: str, phase: str = "acting", evidence: dict[str, Any] | None = None) -> dict[str, Any]:
    """A line of a journal."""
    return {"task_id": task, "lease": lease, "phase": phase, "evidence": evidence}


def hand_in(agent: Agent, *entries: dict[str, Any]) -> Reply:
    """Upload a journal, and belong to the server's new life."""
    reply = agent.call("/agent/journal", {"incarnation": agent.incarnation, "entries": list(entries)})
    assert reply.status == 200, reply
    agent.incarnation = reply.body["incarnation"]
    return reply
