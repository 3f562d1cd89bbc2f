"""The team's API keys: made, shown once, listed, revoked."""

from __future__ import annotations

from starlette.responses import Response

from curtsy.service import access
from curtsy.service.access import NewKey, Scope
from curtsy.web.pages.visit import Visit


async def keys(visit: Visit) -> Response:
    """The keys there are."""
    return await _keys(visit)


async def make(visit: Visit) -> Response:
    """Make a key; its secret stands on this answer and nowhere else."""
    asked = visit.form.get("scope", "")
    scope = Scope(asked) if asked in list(Scope) else Scope.INVITE
    return await _keys(visit, await visit.database.run(access.create_key, visit.me.team_id, scope))


async def revoke(visit: Visit) -> Response:
    """End a key."""
    await visit.database.run(access.revoke_key, visit.me.team_id, visit.request.path_params["id"])
    return visit.go("/keys?done=revoked")


async def _keys(visit: Visit, made: NewKey | None = None) -> Response:
    there_are = await visit.database.read(access.keys, visit.me.team_id)
    return visit.show("keys.html", keys=list(reversed(there_are)), made=made, scopes=list(Scope))
