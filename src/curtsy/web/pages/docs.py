"""The API, read off the route table: every call with its fields, its answers, its refusals and a sample."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import Response

from curtsy.web.pages.visit import Visit
from curtsy.web.problems import STATUS
from curtsy.web.route import Entrance, Route
from curtsy.web.routes import ROUTES

SAMPLES: dict[str, object] = {
    "profile_urn": "urn:li:fsd_profile:ACoAABCDEF123",
    "note": "Good to meet you at the conference.",
    "profile_slug": "williamhgates",
    "api_agent_task_id": "0198c1d2-3e4f-7a5b-8c6d-9e0f1a2b3c4d",
    "id": "0198c1d2-3e4f-7a5b-8c6d-9e0f1a2b3c4d",
    "delivery": "0198c1d2-4a5b-7c6d-8e7f-0a1b2c3d4e5f",
    "url": "https://example.com/curtsy",
    "since": "2026-11-23T00:00:00Z",
}
"""What samples say for a field; a field that is not here is left out of them."""

FAMILIES = (
    ("Actions", "/linkedin-agent/", "Something happens on LinkedIn, in a member's own browser."),
    ("Resources", "/v1/", "What can be looked at."),
    ("The extension's calls", "/agent/", "What a paired browser says to this server. Programs do not need these."),
    ("The server itself", "/", "Whether it is up, and this description for programs."),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field that goes in or out."""

    name: str
    kind: str
    required: bool
    said: str


@dataclass(frozen=True, slots=True)
class CallDoc:
    """A call as the viewer shows it."""

    route: Route
    anchor: str
    parameters: list[Field]
    takes: list[Field]
    gives: list[Field]
    meaning: str
    refusals: list[tuple[int, str, str]]
    sample: str | None


async def docs(visit: Visit) -> Response:
    """The bundled viewer of the API; it loads nothing from anywhere else."""
    left = list(ROUTES)
    families = []
    for title, prefix, said in FAMILIES:
        routes = [route for route in left if route.path.startswith(prefix)]
        left = [route for route in left if route not in routes]
        families.append((title, said, [_call(route, visit.address) for route in routes]))
    return visit.show("docs.html", families=families)


def _call(route: Route, address: str) -> CallDoc:
    path = [Field(name, "string", True, "in the path") for name in re.findall(r"{(\w+)}", route.path)]
    query = [Field(name, "string", False, said) for name, said in route.query.items()]
    headers = [Field(name, "header", False, said) for name, said in route.headers.items()]
    return CallDoc(
        route,
        re.sub(r"[^a-z]+", "-", f"{route.method}{route.path}".lower()).strip("-"),
        path + query + headers,
        _fields(route.request),
        _fields(route.response),
        (route.response.__doc__ or "").strip(),
        sorted((STATUS[refusal], refusal.code, refusal.sentence) for refusal in route.refusals),
        None if route.door is Entrance.AGENT else _sample(route, address),
    )


def _fields(shape: type[msgspec.Struct] | None) -> list[Field]:
    if shape is None:
        return []
    _, schemas = msgspec.json.schema_components([shape])
    schema = schemas[shape.__name__]
    required = schema.get("required", [])
    return [
        Field(name, _kind(said, schemas), name in required, said.get("description", ""))
        for name, said in schema["properties"].items()
    ]


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """A JSON schema in a word or two."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one, schemas) for one in schema["anyOf"]))
    if "$ref" in schema:
        return _kind(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), schemas)}s"
    return str(schema.get("type", "any"))


def _sample(route: Route, address: str) -> str:
    """A call that can be pasted into a shell."""
    path = re.sub(r"{(\w+)}", lambda found: str(SAMPLES[found[1]]), route.path)
    query = "&".join(f"{name}={SAMPLES[name]}" for name in route.query if name in SAMPLES)
    lines = [f"curl '{address}{path}{'?' + query if query else ''}'"]
    if route.door is Entrance.TEAM:
        lines.append("-H 'x-api-key: YOUR_KEY'")
    if route.method not in ("GET", "POST") or (route.method == "POST" and route.request is None):
        lines.append(f"-X {route.method}")
    if route.request is not None:
        body = {name: SAMPLES[name] for name in route.request.__struct_fields__ if name in SAMPLES}
        lines += ["-H 'content-type: application/json'", f"-d '{json.dumps(body)}'"]
    return " \\\n  ".join(lines)
