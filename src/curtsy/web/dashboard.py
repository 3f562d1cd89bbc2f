"""The pages a person looks at."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from curtsy.settings import Settings
from curtsy.storage.database import Database


def pages(database: Database, settings: Settings) -> Starlette:
    """The pages of this server."""

    async def home(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("Curtsy")

    return Starlette(routes=[Route("/", home)])
