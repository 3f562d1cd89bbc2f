"""The OpenAPI document, made from the route table."""

from __future__ import annotations

import re
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from curtsy.domain import agent, errors
from curtsy.domain.errors import Refusal
from curtsy.web.problems import STATUS
from curtsy.web.route import Entrance, Route

_REF = "#/components/schemas/{name}"
_REFUSAL = {
    "type": "object",
    "required": ["success", "error", "code", "request_id"],
    "properties": {
        "success": {"const": False},
        "error": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "retry_at": {"type": "string", "format": "date-time"},
    },
}


def document(routes: tuple[Route, ...]) -> dict[str, Any]:
    """The whole document as JSON values."""
    shapes = {shape for route in routes for shape in (route.request, route.response) if shape is not None}
    ordered = sorted(shapes, key=lambda shape: shape.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Curtsy",
            "version": version("curtsy"),
            "description": "Sends LinkedIn connection requests from a member's own browser, once.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "Refusal": _REFUSAL},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "browser": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "responses": {
            "200": {
                "description": (route.response.__doc__ or "").strip(),
                "content": {"application/json": {"schema": {"$ref": _REF.format(name=route.response.__name__)}}},
            },
            **_refusals(route),
        },
        "security": {Entrance.TEAM: [{"key": []}], Entrance.AGENT: [{"browser": []}], Entrance.ANYONE: []}[route.door],
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ] + [
        {
            "name": name,
            "in": "query",
            "required": name == "api_agent_task_id",
            "description": said,
            "schema": {"type": "string"},
        }
        for name, said in route.query.items()
    ]
    parameters += [
        {"name": name, "in": "header", "required": False, "description": said, "schema": {"type": "string"}}
        for name, said in route.headers.items()
        if name != "Accept"  # its values are the media types of the answer (OpenAPI 3.1, Parameter Object)
    ]
    if route.waits:
        applied = {"description": "wait=N, the seconds that were granted; left out where nobody waited"}
        operation["responses"]["200"]["headers"] = {"Preference-Applied": applied | {"schema": {"type": "string"}}}
    if route.streams:
        told = "Server-sent events: id is the cursor after the event, event its type, data the event as a page has it"
        stream = {"schema": {"type": "string", "description": told}}
        operation["responses"]["200"]["content"]["text/event-stream"] = stream
    if parameters:
        operation["parameters"] = parameters
    if route.request is not None:
        schema = {"$ref": _REF.format(name=route.request.__name__)}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _refusals(route: Route) -> dict[str, Any]:
    always: list[type[Refusal]] = []
    if route.door is Entrance.TEAM:
        always += [errors.MissingApiKey, errors.InvalidApiKey, errors.MissingScope]
    elif route.door is Entrance.AGENT:
        always += [agent.AgentRevoked, errors.TryAgain]
    if route.method in ("POST", "PATCH"):
        always += [errors.MalformedBody, errors.BodyTooLarge, errors.UnsupportedMediaType]
    if route.request is not None or route.query or "{" in route.path:
        always += [errors.InvalidField]
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in (*always, *route.refusals):
        by_status.setdefault(STATUS[refusal], []).append(refusal)
    return {
        str(status): {
            "description": HTTPStatus(status).phrase + ": " + ", ".join(f"`{one.code}`" for one in refusals),
            "content": {"application/json": {"schema": {"$ref": _REF.format(name="Refusal")}}},
        }
        for status, refusals in sorted(by_status.items())
    }
