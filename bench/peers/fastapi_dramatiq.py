"""FastAPI + Dramatiq. Best settings: only the middleware of its retries, a plain function in FastAPI's threads."""

from __future__ import annotations

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Retries
from fastapi import FastAPI

from bench.peers.entrance import Accepted, Invitation, Team

dramatiq.set_broker(RedisBroker(port=int(os.environ["REDIS_PORT"]), middleware=[Retries()]))
app = FastAPI()


@dramatiq.actor
def send(team: str, profile_urn: str, note: str | None) -> str:
    """What a worker would do."""
    return f"{team} invites {profile_urn}: {note}"


@app.post("/invitations")
def invite(invitation: Invitation, team: Team) -> Accepted:
    """Queue the job."""
    message = send.send(team, invitation.profile_urn, invitation.note)
    return Accepted(id=message.message_id)
