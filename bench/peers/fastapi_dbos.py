"""FastAPI + DBOS on PostgreSQL: DBOSClient enqueues a workflow. Best settings: a pool of 16, in FastAPI's threads."""

from __future__ import annotations

import os

from dbos import DBOS, DBOSClient, EnqueueOptions
from fastapi import FastAPI

from bench.peers.entrance import Accepted, Invitation, Team

DBOS.migrate(os.environ["DATABASE_URL"])
client = DBOSClient(system_database_url=os.environ["DATABASE_URL"], system_database_pool_size=16)
app = FastAPI()


@app.post("/invitations")
def invite(invitation: Invitation, team: Team) -> Accepted:
    """Queue the workflow."""
    options: EnqueueOptions = {"queue_name": "invitations", "workflow_name": "send"}
    handle = client.enqueue(options, team, invitation.profile_urn, invitation.note)
    return Accepted(id=handle.get_workflow_id())
