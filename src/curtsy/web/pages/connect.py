"""Connect your browser: a fresh code, the steps, the extension to download, and the check number."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from curtsy.domain.agent import Agent
from curtsy.domain.member import Member
from curtsy.service import pairing, teams
from curtsy.storage.store import Store
from curtsy.web.pages.terms import TERMS
from curtsy.web.pages.visit import Visit

BUILDS = {"chrome": "curtsy-chrome.zip", "firefox": "curtsy-firefox.zip"}
"""The file to download for each kind of browser."""


async def connect(visit: Visit) -> Response:
    """Show a new code, for whoever visits or, to an admin, for another member."""
    member = await _for_whom(visit)
    code = await visit.database.run(pairing.make_code, member.team_id, member.id)
    browsers = await visit.database.read(pairing.browsers, member.id)
    here = "firefox" if "Firefox/" in visit.request.headers.get("user-agent", "") else "chrome"
    return visit.show(
        "connect.html",
        code=code,
        member=member,
        browsers=browsers,
        builds=[kind for kind in sorted(BUILDS, key=lambda kind: kind != here) if _built(visit, kind).is_file()],
        files=BUILDS,
        terms=TERMS,
    )


async def paired(visit: Visit) -> Response:
    """Whether a code has been used, and the number that the extension then shows too."""
    found = await visit.database.read(_paired, visit.me.team_id, visit.asked("code") or "")
    agent, check = found or (None, None)
    return visit.show("paired.html", agent=agent, check=check, code=visit.asked("code") or "")


async def extension(visit: Visit) -> Response:
    """The extension as built, to download."""
    kind = next((kind for kind, file in BUILDS.items() if file == visit.request.path_params["file"]), None)
    if kind is None:
        raise HTTPException(404)
    built = _built(visit, kind)
    if not built.is_file():
        raise HTTPException(404, "The extension is not built on this server yet: `make extension` builds it.")
    return FileResponse(built, media_type="application/zip", filename=BUILDS[kind])


def _built(visit: Visit, kind: str) -> Path:
    return visit.settings.extension_dir / BUILDS[kind]


async def _for_whom(visit: Visit) -> Member:
    named = visit.asked("member")
    if named is None or named == visit.me.id:
        return visit.me
    if not visit.admin:
        raise HTTPException(403, "Only an admin of the team may connect a browser for somebody else.")
    return await visit.database.read(teams.named, visit.me.team_id, named)


def _paired(store: Store, now: int, team_id: str, code: str) -> tuple[Agent, str] | None:
    used = pairing.paired_with(store, now, code.strip().upper())
    agent = store.agents.get(used[0]) if used else None
    return (agent, used[1]) if used and agent and agent.team_id == team_id else None
