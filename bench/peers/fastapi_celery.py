"""FastAPI + Celery over Redis. Best settings: results ignored, a connection for each of FastAPI's threads."""

from __future__ import annotations

import os

from celery import Celery
from fastapi import FastAPI

from bench.peers.entrance import Accepted, Invitation, Team

THREADS = 40
"""FastAPI runs as many plain functions at a time."""
celery = Celery("invitations", broker=f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/0")
celery.conf.update(task_ignore_result=True, broker_pool_limit=THREADS)
app = FastAPI()


@celery.task
def send(team: str, profile_urn: str, note: str | None) -> str:
    """What a worker would do."""
    return f"{team} invites {profile_urn}: {note}"


@app.post("/invitations")
def invite(invitation: Invitation, team: Team) -> Accepted:
    """Queue the job."""
    return Accepted(id=send.delay(team, invitation.profile_urn, invitation.note).id)
