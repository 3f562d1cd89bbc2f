"""FastAPI + arq. Best settings: the async pool, hiredis to parse what Redis answers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arq import ArqRedis, create_pool
from arq.connections import RedisSettings
from fastapi import FastAPI, Request

from bench.peers.entrance import Accepted, Invitation, Team


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one pool of connections for the life of the application."""
    app.state.queue = await create_pool(RedisSettings(port=int(os.environ["REDIS_PORT"])))
    yield
    await app.state.queue.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/invitations")
async def invite(invitation: Invitation, team: Team, request: Request) -> Accepted:
    """Queue the job."""
    queue: ArqRedis = request.app.state.queue
    job = await queue.enqueue_job("invite", team, invitation.profile_urn, invitation.note)
    return Accepted(id=job.job_id)
