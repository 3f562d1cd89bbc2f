"""What goes over the wire: one request in, one answer (or none) out."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived; header names are lower case, `secure` says whether it came over TLS."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    secure: bool

    @property
    def raw_path(self) -> str:
        """Return the path as written, percent signs and all."""
        return self.target.partition("?")[0]

    @property
    def path(self) -> str:
        """Return the path with percent escapes undone."""
        return unquote(self.raw_path)

    @property
    def raw_query(self) -> dict[str, str]:
        """Return the query's fields as written: Rest.li tells `(` from `%28`."""
        pairs = (pair.partition("=") for pair in self.target.partition("?")[2].split("&") if pair)
        return {unquote(name): value for name, _, value in pairs}

    @property
    def query(self) -> dict[str, str]:
        """Return the query's fields, percent escapes undone."""
        return {name: unquote(value.replace("+", " ")) for name, value in self.raw_query.items()}

    @property
    def cookies(self) -> dict[str, str]:
        """Return the cookies; a pair of double quotes round a value is taken off."""
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name: value.strip('"') for name, sign, value in pairs if sign}

    def json(self) -> Any:
        """Return the body as JSON, None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Answer:
    """What is written back after `delay_ms`; `dropped` closes the connection without a byte."""

    status: int = 200
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())
    delay_ms: int = 0
    dropped: bool = False


def as_json(value: Any, content_type: str = "application/json") -> Answer:
    """Answer 200 with a JSON body; nothing is escaped and no blanks are added, like LinkedIn's own."""
    return Answer(body=encoded(value), content_type=content_type)


def encoded(value: Any) -> bytes:
    """Return compact JSON in UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
