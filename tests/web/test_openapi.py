"""The document says what the server does: valid in itself, and true of calls drawn from it."""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from curtsy.web.openapi import document
from curtsy.web.routes import ROUTES
from tests.harness.scene import Scene

TRUE_OF_EVERY_ANSWER = [status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENT = document(ROUTES)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = sorted(f"{route.method} {route.path}" for route in ROUTES)


def test_the_document_is_valid_and_served(scene: Scene) -> None:
    SCHEMA.validate()
    assert requests.get(f"{scene.url}/openapi.json", timeout=20).json() == DOCUMENT


def test_the_document_has_every_route_once() -> None:
    named = [f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods]
    assert sorted(named) == OPERATIONS
    ids = [one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_drawn_from_the_document_is_answered_as_it_says(scene: Scene, operation: str) -> None:
    method, path = operation.split()
    told: dict[str, Any] = {"base_url": scene.url}

    @settings(
        max_examples=12, deadline=None, phases=[Phase.generate], database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(drawn=SCHEMA[path][method].as_strategy(), key=st.sampled_from([scene.house.key, scene.agent.token]))
    def ask(drawn: schemathesis.Case[Any], key: str) -> None:
        headers = {"authorization": f"Bearer {key}"}
        answer = drawn.call(headers=headers, **told)
        assert answer.status_code < 500
        drawn.validate_response(answer, checks=TRUE_OF_EVERY_ANSWER)

    ask()
