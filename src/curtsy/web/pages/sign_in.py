"""Coming in and going out: the one-time link, the first team, the end of a session."""

from __future__ import annotations

from starlette.responses import Response

from curtsy.domain.errors import Refusal, SignInRequired
from curtsy.service import access, teams
from curtsy.storage.store import Store
from curtsy.web.pages.visit import COOKIE, Refused, Visit


async def link(visit: Visit) -> Response:
    """The button that spends a one-time link; looking at the page does not, so a link preview costs nothing."""
    return visit.show("sign_in.html")


async def sign_in(visit: Visit) -> Response:
    """Swap the link for a session. Pressed twice it leads where it led at first."""
    try:
        session = await visit.database.run(access.sign_in, visit.request.path_params["link"])
    except SignInRequired:
        if visit.guest is None:
            raise
        return visit.go("/")
    answer = visit.go("/")
    answer.set_cookie(
        COOKIE,
        session,
        max_age=access.SESSION_MS // 1000,
        path="/",
        secure=visit.address.startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return answer


async def sign_out(visit: Visit) -> Response:
    """End the session, here and on the server."""
    if visit.session:
        await visit.database.run(access.sign_out, visit.session)
    answer = visit.go("/")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


async def welcome(visit: Visit) -> Response:
    """Ask the first person for the name of the team and their email."""
    return _welcome(visit, None)


async def found(visit: Visit) -> Response:
    """Make the team; whoever names it is its first admin."""
    try:
        name, email = visit.form.get("name", ""), visit.form.get("email", "")
        await visit.database.run(_found_first, name, email, visit.session or "")
    except Refusal as refusal:
        return _welcome(visit, visit.refuse(refusal, "found"))
    return visit.go("/?done=founded")


def _found_first(store: Store, now: int, name: str, email: str, session: str) -> None:
    """The first team only: a forgotten first link is no way to another."""
    if teams.teams(store, now):
        raise SignInRequired
    teams.found(store, now, name, email, session)


def _welcome(visit: Visit, refused: Refused | None) -> Response:
    return visit.show("welcome.html", refused.status if refused else 200, refused=refused)
