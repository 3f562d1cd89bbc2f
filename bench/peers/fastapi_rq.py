"""FastAPI + RQ. Best settings: no result kept, no description made, a plain function in FastAPI's threads."""

from __future__ import annotations

import os

from fastapi import FastAPI
from redis import Redis
from rq import Queue

from bench.peers.entrance import Accepted, Invitation, Team

queue = Queue(connection=Redis(port=int(os.environ["REDIS_PORT"])))
app = FastAPI()


def send(team: str, profile_urn: str, note: str | None) -> str:
    """What a worker would do."""
    return f"{team} invites {profile_urn}: {note}"


@app.post("/invitations")
def invite(invitation: Invitation, team: Team) -> Accepted:
    """Queue the job."""
    job = queue.enqueue(send, team, invitation.profile_urn, invitation.note, result_ttl=0, description="invite")
    return Accepted(id=job.id)
