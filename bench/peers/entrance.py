"""What all FastAPI peers share: the shape of an invitation, the answer, and the check of the API key.

As FastAPI's documentation shows it (tutorial: body, response model, security). Best settings: Pydantic's own validation
and serialisation, one hash lookup in memory for the key, uvicorn with uvloop and httptools, no access log.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Annotated

from fastapi import HTTPException, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

TEAMS = {sha256(os.environ["API_KEY"].encode()).hexdigest(): "team"}
HEADER = APIKeyHeader(name="x-api-key")


class Invitation(BaseModel):
    """Whom to invite, and what to say."""

    profile_urn: Annotated[str, Field(pattern=r"^urn:li:fsd_profile:[A-Za-z0-9_-]{1,128}$")]
    note: Annotated[str | None, Field(max_length=300)] = None


class Accepted(BaseModel):
    """The job that will do it."""

    success: bool = True
    id: str


async def team(key: Annotated[str, Security(HEADER)]) -> str:
    """The team behind the key."""
    found = TEAMS.get(sha256(key.encode()).hexdigest())
    if found is None:
        raise HTTPException(401, "unknown API key")
    return found


Team = Annotated[str, Security(team)]
