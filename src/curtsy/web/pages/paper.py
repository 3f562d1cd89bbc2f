"""What pages are written on: the templates, and the few files they need beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curtsy.web.pages import words
from curtsy.web.wire import rfc3339

_WEB = Path(__file__).resolve().parents[1]
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file beside the pages; its address changes with its content, so that browsers may keep it for good."""

    body: bytes
    media_type: str
    version: str


class Paper:
    """Templates and assets, read once."""

    def __init__(self) -> None:
        self.assets = {path.name: _asset(path) for path in sorted((_WEB / "static").iterdir())}
        self._templates = Environment(
            loader=FileSystemLoader(_WEB / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters |= {"day": day, "second": second, "ago": ago, "stamp": rfc3339}
        self._templates.filters["browser"] = words.browser
        self._templates.globals |= {"asset": self._address, "words": words}

    def write(self, template: str, context: dict[str, object]) -> str:
        """A template filled in; what it is not told it may not use."""
        return self._templates.get_template(template).render(context)

    def _address(self, name: str) -> str:
        return f"/static/{name}?v={self.assets[name].version}"


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])


def day(ms: int) -> str:
    """A time as a person reads it, in UTC to the minute."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%-d %b %Y, %H:%M} UTC"


def second(ms: int) -> str:
    """A time in UTC to the second, where things follow each other closely."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%-d %b %Y, %H:%M:%S} UTC"


def ago(ms: int, now: int) -> str:
    """How far a time lies from now, in one unit."""
    apart = abs(now - ms) // 1000
    for unit, seconds in (("day", 86_400), ("h", 3_600), ("min", 60)):
        if apart >= seconds:
            count = apart // seconds
            said = f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
            return f"{said} ago" if ms <= now else f"in {said}"
    return "just now" if ms <= now else "in a moment"
