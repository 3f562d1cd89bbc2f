"""What a request says besides what its handler reads: its one key, its body, its name, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Receive

from curtsy.domain.errors import BodyTooLarge, InvalidApiKey, UnsupportedMediaType
from curtsy.web.bell import is_extension
from curtsy.web.waiting import Gone
from curtsy.web.wire import Headers, new_request_id


def one_key(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise InvalidApiKey for a request that names two keys: which one is meant cannot be known."""
    if len({value for name, value in headers if name == b"x-api-key"}) > 1:
        raise InvalidApiKey


async def read_body(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
    """The body of a POST; raises BodyTooLarge or UnsupportedMediaType."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLarge
        more = message.get("more_body", False)
    kind = headers.get(b"content-type")
    if kind is not None and body and not is_json(kind):
        raise UnsupportedMediaType
    return bytes(body)


def is_json(kind: bytes) -> bool:
    media, _, rest = kind.lower().partition(b";")
    media = media.strip()
    if media != b"application/json" and not (media.startswith(b"application/") and media.endswith(b"+json")):
        return False
    for parameter in rest.split(b";"):
        name, _, value = parameter.strip().partition(b"=")
        if name.strip() == b"charset" and value.strip(b'" ') not in (b"utf-8", b"utf8"):
            return False
    return True


def request_id_of(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"")
    if 0 < len(given) <= 128 and given.isascii() and given.decode("ascii").isprintable():
        return given.decode("ascii")
    return new_request_id()


PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-max-age", b"600"),
]


def cors_of(path: str, headers: dict[bytes, bytes]) -> Headers:
    """The agent protocol answers browser extensions from anywhere, without credentials."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not path.startswith("/agent/") or not is_extension(origin):
        return []
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]
