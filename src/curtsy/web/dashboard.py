"""The pages a person looks at: one table of them, and what holds for all."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from curtsy.domain.errors import Refusal, SignInRequired, TryAgain
from curtsy.service.sealing import Seal
from curtsy.settings import Settings
from curtsy.storage.database import Database
from curtsy.web.pages import alone, connect, docs, keys, members, overview, sign_in, tasks, webhooks
from curtsy.web.pages.paper import Paper
from curtsy.web.pages.visit import Page, Visit, Who, admit, read_form, recognise
from curtsy.web.problems import STATUS

SIGN_IN = "/sign-in/{link}"
PAGES: tuple[Page, ...] = (
    Page("GET", "/", overview.home, Who.ANYONE),
    Page("GET", "/docs", docs.docs, Who.ANYONE),
    Page("GET", SIGN_IN, sign_in.link, Who.ANYONE),
    Page("POST", SIGN_IN, sign_in.sign_in, Who.ANYONE),
    Page("POST", "/sign-out", sign_in.sign_out, Who.ANYONE),
    Page("GET", "/welcome", sign_in.welcome, Who.FOUNDER),
    Page("POST", "/welcome", sign_in.found, Who.FOUNDER),
    Page("GET", "/connect", connect.connect),
    Page("GET", "/connect/paired", connect.paired),
    Page("GET", "/extension/{file}", connect.extension, Who.ANYONE),
    Page("GET", "/tasks", tasks.tasks),
    Page("GET", "/tasks/{id}", tasks.task),
    Page("POST", "/tasks/{id}/cancel", tasks.cancel),
    Page("POST", "/tasks/{id}/settle", tasks.settle),
    Page("GET", "/members", members.members),
    Page("POST", "/members", members.add, Who.ADMIN),
    Page("POST", "/members/{id}/remove", members.remove, Who.ADMIN),
    Page("POST", "/members/{id}/pace", members.set_pace, Who.ADMIN),
    Page("POST", "/members/{id}/consent", members.set_consent),
    Page("POST", "/members/{id}/sign-in-link", members.sign_in_link, Who.ADMIN),
    Page("POST", "/members/{id}/resume", members.resume),
    Page("POST", "/team/absence", members.set_absence, Who.ADMIN),
    Page("POST", "/clock/confirm", overview.confirm_clock, Who.ADMIN),
    Page("POST", "/browsers/{id}/remove", members.unpair),
    Page("GET", alone.HOME, alone.alone),
    Page("POST", alone.HOME, alone.add),
    Page("POST", alone.HOME + "/cooldowns/lift", alone.lift_cooldown, Who.ADMIN),
    Page("POST", alone.HOME + "/{id}/lift", alone.lift, Who.ADMIN),
    Page("GET", "/keys", keys.keys, Who.ADMIN),
    Page("POST", "/keys", keys.make, Who.ADMIN),
    Page("POST", "/keys/{id}/revoke", keys.revoke, Who.ADMIN),
    Page("GET", "/webhooks", webhooks.webhooks, Who.ADMIN),
    Page("POST", "/webhooks", webhooks.make, Who.ADMIN),
    Page("GET", "/webhooks/{id}", webhooks.webhook, Who.ADMIN),
    Page("POST", "/webhooks/{id}/change", webhooks.change, Who.ADMIN),
    Page("POST", "/webhooks/{id}/switch", webhooks.switch, Who.ADMIN),
    Page("POST", "/webhooks/{id}/rotate", webhooks.rotate, Who.ADMIN),
    Page("POST", "/webhooks/{id}/test", webhooks.test, Who.ADMIN),
    Page("POST", "/webhooks/{id}/remove", webhooks.remove, Who.ADMIN),
    Page("POST", "/webhooks/{id}/deliveries/{delivery}/replay", webhooks.replay, Who.ADMIN),
)
"""Every page and every form, and who may come to it."""

TRY_AGAIN = "Something went wrong on the server, and nothing was changed. Its log says what; try again a little later."

SEAL = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # Nothing is told to other sites; `no-referrer` would also make browsers send our own forms with `Origin: null`.
    "referrer-policy": "same-origin",
}


log = logging.getLogger("curtsy.web")


def pages(database: Database, settings: Settings, seal: Seal | None) -> ASGIApp:
    """The pages of this server."""
    paper = Paper()

    async def static(request: Request) -> Response:
        """A file beside the pages: kept for good when it is asked for by its version."""
        asset = paper.assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        exact = request.query_params.get("v") == asset.version
        keep = "public, max-age=31536000, immutable" if exact else "no-cache"
        return Response(asset.body, media_type=asset.media_type, headers={"cache-control": keep})

    async def lost(request: Request, problem: Exception) -> Response:
        """What the router has to say, on a page."""
        visit = Visit(request, database, settings, paper, seal)
        assert isinstance(problem, HTTPException)
        await recognise(visit)
        return _unserved(visit, problem)

    by_path: dict[str, dict[str, Page]] = {}
    for page in PAGES:
        by_path.setdefault(page.path, {})[page.method] = page
    routes = [
        Route(path, _served(methods, database, settings, paper, seal), methods=list(methods))
        for path, methods in by_path.items()
    ]
    return Sealed(
        Starlette(routes=[*routes, Route("/static/{name}", static)], exception_handlers={HTTPException: lost})
    )


def _served(
    methods: dict[str, Page], database: Database, settings: Settings, paper: Paper, seal: Seal | None
) -> Callable[[Request], Awaitable[Response]]:
    """The pages of one path: recognise who visits, let the right ones in, phrase what is refused."""

    async def serve(request: Request) -> Response:
        page = methods["GET" if request.method == "HEAD" else request.method]
        visit = Visit(request, database, settings, paper, seal)
        try:
            await recognise(visit)
            if page.method == "POST":
                await read_form(visit, signed=page.path != SIGN_IN)
            admit(visit, page.who)
            return await page.handler(visit)
        except SignInRequired as refusal:
            return visit.show("front.html", STATUS[SignInRequired], sentence=str(refusal))
        except Refusal as refusal:
            return visit.show("refused.html", STATUS[type(refusal)], sentence=str(refusal))
        except HTTPException as problem:
            return _unserved(visit, problem)
        except Exception:
            log.exception("page failed: %s %s", request.method, page.path)
            return visit.show("refused.html", STATUS[TryAgain], sentence=TRY_AGAIN)

    return serve


def _unserved(visit: Visit, problem: HTTPException) -> Response:
    if problem.status_code == 303:
        return visit.go((problem.headers or {})["Location"])
    unknown = problem.status_code == 404 and problem.detail == "Not Found"
    sentence = "There is no such page here." if unknown else problem.detail
    answer = visit.show("refused.html", problem.status_code, sentence=sentence)
    answer.headers.update(problem.headers or {})
    return answer


class Sealed:
    """Puts the headers that hold for every page on every answer."""

    def __init__(self, inside: ASGIApp) -> None:
        self._inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def seal(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SEAL)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._inside(scope, receive, seal)
