"""The description of the API in the repository is the one the route table gives."""

import json

from curtsy.web.openapi import document
from curtsy.web.routes import ROUTES
from tests.house.tree import read


def test_the_description_is_fresh() -> None:
    assert json.loads(read("protocol/openapi.json")) == json.loads(json.dumps(document(ROUTES))), "run `make openapi`"


def test_every_operation_says_what_it_does() -> None:
    silent = [
        f"{method} {path}"
        for path, operations in document(ROUTES)["paths"].items()
        for method, operation in operations.items()
        if not operation.get("summary")
    ]
    assert silent == []
