"""The bodies LinkedIn answers with (wire reference 1.3, 2.3 and 9.3), before anyone asked for a form of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from curtsy.twin.exchange import Answer, Json, encoded

NORMALIZED = "application/vnd.linkedin.normalized+json+2.1"
INACCESSIBLE = {
    "exceptionClass": "com.linkedin.voyager.common.VoyagerUserVisibleException",
    "message": "This profile can't be accessed",
}


@dataclass(frozen=True)
class Reply:
    """A JSON answer as data plus entities it refers to; `render` gives it the form the client accepts."""

    data: Json
    status: int = 200
    included: tuple[Json, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=())
    plain_message: str | None = None
    """Said beside the status in the plain form only (linkedin-wire 9.3 has none in the normalized one)."""

    @property
    def code(self) -> str | None:
        """Return LinkedIn's business code, if the body carries one."""
        return self.data.get("code")


def generic(status: int, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Answer with a status and nothing that explains it."""
    return Reply({"status": status}, status, headers=headers)


def refused(code: str, status: int, message: str | None = None) -> Reply:
    """Answer with one of LinkedIn's business codes."""
    data: Json = {"code": code, "status": status}
    return Reply(data if message is None else {**data, "message": message}, status)


def inaccessible() -> Reply:
    """Answer for an unknown, private, deleted or blocked profile: 403, never 404."""
    return Reply({**INACCESSIBLE, "status": 403}, 403)


def gone() -> Reply:
    """Answer for the legacy profile reads; clients of the plain form expect a message beside the status."""
    return Reply({"status": 410}, 410, plain_message="Gone")


def denied_by_graphql(query: str) -> Reply:
    """Answer 200 with the refusal inside, as GraphQL does."""
    extensions = {
        "classification": "DataFetchingException",
        "exceptionClass": INACCESSIBLE["exceptionClass"],
        "status": 403,
    }
    error = {"message": INACCESSIBLE["message"], "path": [query], "extensions": extensions}
    return Reply({"data": {query: None}, "errors": [error]})


def action(value: Any, included: Iterable[Json] = ()) -> Reply:
    """Answer an action call."""
    return Reply({"value": value, "$type": "com.linkedin.restli.common.ActionResponse"}, included=tuple(included))


def collection(urns: list[str], included: Iterable[Json], *, start: int, count: int, **extra: Any) -> Reply:
    """Answer one page of a list; `paging` has no total, as in the captures."""
    return Reply(
        {
            **extra,
            "*elements": urns,
            "paging": {"count": count, "start": start, "links": []},
            "entityUrn": "urn:li:collectionResponse:twin",
            "$type": "com.linkedin.restli.common.CollectionResponse",
        },
        included=tuple(included),
    )


def csrf_failed() -> Answer:
    """Answer a missing or stale token: plain text, not JSON."""
    return Answer(403, b"CSRF check failed.", "text/plain")


def bot_defence() -> Answer:
    """Answer 999, which is no registered status."""
    return Answer(999, b"<html><body>Request denied</body></html>", "text/html; charset=utf-8")


def redirect(location: str, *cookies: str) -> Answer:
    """Answer 302 with an empty body."""
    return Answer(302, headers=(("location", location), *(("set-cookie", cookie) for cookie in cookies)))


def render(reply: Reply | Answer, accept: str) -> Answer:
    """Return the normalized form to a client that accepts it, else the plain nested one."""
    if isinstance(reply, Answer):
        return reply
    if "normalized" in accept:
        body = encoded({"data": reply.data, "included": list(reply.included)})
        return Answer(reply.status, body, f"{NORMALIZED}; charset=UTF-8", reply.headers)
    entities = {entity["entityUrn"]: entity for entity in reply.included}
    plain = _plain(reply.data, entities, ())
    if reply.plain_message is not None:
        plain["message"] = reply.plain_message
    return Answer(reply.status, encoded(plain), "application/json", reply.headers)


def dropped(answer: Answer) -> Answer:
    """Return the same answer, never to be seen: the connection closes instead."""
    return replace(answer, dropped=True)


def _plain(value: Any, entities: dict[str, Json], above: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_plain(item, entities, above) for item in value]
    if not isinstance(value, dict):
        return value
    plain: Json = {}
    for key, item in value.items():
        if key in ("$type", "$recipeTypes"):
            continue
        if not key.startswith("*"):
            plain[key] = _plain(item, entities, above)
        elif isinstance(item, list):
            plain[key[1:]] = [_resolved(urn, entities, above) for urn in item]
        else:
            plain[key[1:]] = _resolved(item, entities, above)
    return plain


def _resolved(urn: str | None, entities: dict[str, Json], above: tuple[str, ...]) -> Any:
    """Put the entity where its reference stood; one that contains itself stays a URN."""
    if urn is None or urn in above or urn not in entities:
        return urn
    return _plain(entities[urn], entities, (*above, urn))
