"""FastAPI + Procrastinate on PostgreSQL. Best settings: its async connector with a pool of 16 connections."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import procrastinate
from fastapi import FastAPI

from bench.peers.entrance import Accepted, Invitation, Team

CONNECTIONS = 16
jobs = procrastinate.App(
    connector=procrastinate.PsycopgConnector(
        conninfo=os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS
    )
)


@jobs.task
async def send(team: str, profile_urn: str, note: str | None) -> str:
    """What a worker would do."""
    return f"{team} invites {profile_urn}: {note}"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Open the pool, and lay the tables of the new database."""
    async with jobs.open_async():
        await jobs.schema_manager.apply_schema_async()
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/invitations")
async def invite(invitation: Invitation, team: Team) -> Accepted:
    """Queue the job."""
    job = await send.defer_async(team=team, profile_urn=invitation.profile_urn, note=invitation.note)
    return Accepted(id=str(job))
