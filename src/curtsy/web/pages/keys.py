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
    """Make a key; its secret stands on this answer and nowhere else. The same form again makes no other."""
    asked, key_id = visit.form.get("scope", ""), visit.once()
    scope = Scope(asked) if asked in list(Scope) else Scope.INVITE
    test = visit.form.get("world") == "test"
    made = await visit.database.run(access.create_key_once, visit.me.team_id, scope, key_id, test=test)
    return await _keys(visit, made, key_id)


async def revoke(visit: Visit) -> Response:
    """End a key."""
    await visit.database.run(access.revoke_key, visit.me.team_id, visit.request.path_params["id"])
    return visit.go("/keys?done=revoked")


async def _keys(visit: Visit, made: NewKey | None = None, key_id: str | None = None) -> Response:
    there_are = list(reversed(await visit.database.read(access.keys, visit.me.team_id)))
    return visit.show(
        "keys.html",
        keys=there_are,
        made=made,
        again=key_id is not None and made is None,
        made_before=next((key for key in there_are if key.id == key_id), None),
        scopes=list(Scope),
    )
