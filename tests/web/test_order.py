"""The checks of a call come in the contract's order, and each says exactly what the contract says."""

import json
import re
from typing import Any

import pytest
import requests

from curtsy.domain.errors import MalformedBody, UnsupportedMediaType
from curtsy.service import access
from curtsy.service.access import Scope
from tests.harness.agent import Reply
from tests.harness.scene import Scene
from tests.harness.waiting import until

INVITE = "/linkedin-agent/send-connection-request"
STATUS = "/linkedin-agent/get-task-status"
TOO_MUCH = b'{"profile_urn": "' + b"a" * (64 * 1024) + b'"}'


def send(
    scene: Scene,
    body: bytes | str = b"",
    *,
    path: str = INVITE,
    method: str = "POST",
    key: str | None = "own",
    **headers: str,
) -> Reply:
    """One call as raw as a stranger may make it."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        said["x-api-key"] = scene.house.key if key == "own" else key
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    got = requests.request(method, scene.url + path, data=data, headers=said, timeout=20)
    content: Any = got.json() if got.content else {}
    return Reply(got.status_code, content, {name.lower(): value for name, value in got.headers.items()})


TEXT: dict[str, Any] = {"content_type": "text/plain"}
BIG: dict[str, Any] = {**TEXT, "body": TOO_MUCH}


def asked(**fields: object) -> dict[str, Any]:
    """A call whose body has these fields."""
    return {"body": json.dumps({"profile_urn": "ada-l", **fields})}


# Each row is wrong in everything that the rows below it are about, so that only the order decides.
ROWS: list[tuple[int, str, str, dict[str, Any]]] = [
    (405, "method_not_allowed", "Method Not Allowed", {**BIG, "method": "PUT", "key": None}),
    (401, "missing_api_key", "Missing API Key", {**BIG, "key": None}),
    (401, "invalid_api_key", "Invalid API Key", {**BIG, "key": "ck_live_nobody"}),
    (413, "body_too_large", "The body is over 64 KiB: send a smaller one", BIG),
    (415, "unsupported_media_type", UnsupportedMediaType.sentence, {**TEXT, "body": b"{"}),
    (400, "malformed_body", MalformedBody.sentence, {"body": b"{"}),
    (400, "invalid_profile_urn", "Missing or invalid 'profile_urn'", asked(profile_urn=1, note=1, sender=1)),
    (400, "invalid_note", "Invalid 'note': must be a string", asked(note=1, sender=1)),
    (400, "note_too_long", "Invalid 'note': must be 300 characters or fewer", asked(note="x" * 301, sender=1)),
    (400, "invalid_field", "Invalid 'sender': must be a string", asked(sender=1)),
    (404, "unknown_member", "No member of the team has this id or email", asked(sender="x@y")),
]


@pytest.mark.parametrize(("status", "code", "error", "call"), ROWS, ids=[row[1] for row in ROWS])
def test_each_check_comes_before_the_next(
    scene: Scene, status: int, code: str, error: str, call: dict[str, Any]
) -> None:
    said = send(scene, **call)
    assert (said.status, said.code, said.body["error"]) == (status, code, error)
    assert set(said.body) == {"success", "error", "code", "request_id"}
    assert said.body["success"] is False
    assert said.headers["x-request-id"] == said.body["request_id"]
    assert said.headers["content-type"] == "application/json"


def test_what_may_be_asked_instead_is_named(scene: Scene) -> None:
    assert send(scene, method="DELETE").headers["allow"] == "POST"
    assert send(scene, path=STATUS, method="POST").headers["allow"] == "GET, HEAD"
    assert send(scene, path="/v1/tasks/abc", method="PATCH").headers["allow"] == "GET, HEAD"


def test_an_address_without_anything_says_so(scene: Scene) -> None:
    for path in ("/v1/nothing", "/linkedin-agent/", "/agent/tasks/x/y/z", "/linkedin-agent/send-connection-request/"):
        assert (send(scene, path=path, method="GET").status, send(scene, path=path).code) == (404, "no_such_route")


@pytest.mark.parametrize(
    "given",
    [None, "", "x", "550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-44665544000g", "%00", "1" * 3000],
)
def test_a_status_needs_a_task_id(scene: Scene, given: str | None) -> None:
    query = "" if given is None else f"?api_agent_task_id={given}"
    said = send(scene, path=STATUS + query, method="GET")
    assert (said.status, said.body["error"]) == (400, "Missing or invalid 'api_agent_task_id'")


def test_a_parameter_given_twice_is_not_given(scene: Scene) -> None:
    task = scene.invite("twice-asked")
    said = send(scene, path=f"{STATUS}?api_agent_task_id={task}&api_agent_task_id={task}", method="GET")
    assert (said.status, said.code) == (400, "invalid_api_agent_task_id")
    assert send(scene, path=f"{STATUS}?x=1&api_agent_task_id={task.upper()}", method="GET").body["data"]["id"] == task


def test_an_unheard_of_task_is_not_found(scene: Scene) -> None:
    said = send(scene, path=f"{STATUS}?api_agent_task_id=550e8400-e29b-41d4-a716-446655440000", method="GET")
    assert (said.status, said.body["error"]) == (404, "Agent task not found")


@pytest.mark.parametrize("slug", [None, "", "a b", 5, {}, "urn:li:company:1"])
def test_a_profile_to_read_needs_a_name(scene: Scene, slug: object) -> None:
    said = send(scene, json.dumps({"profile_slug": slug}), path="/linkedin-agent/fetch-profile")
    assert (said.status, said.body["error"]) == (400, "Missing or invalid 'profile_slug'")


def test_a_key_comes_in_either_header(scene: Scene) -> None:
    for headers in ({"x_api_key": scene.house.key}, {"authorization": f"bearer {scene.house.key}"}):
        assert send(scene, path="/v1/tasks", method="GET", key=None, **headers).status == 200
    basic = send(scene, path="/v1/tasks", method="GET", key=None, authorization=f"Basic {scene.house.key}")
    assert (basic.status, basic.code) == (401, "missing_api_key")


def test_a_revoked_key_fails_within_a_second(scene: Scene) -> None:
    key = scene.house.new_key(Scope.READ)
    assert scene.get("/v1/tasks", key=key.secret).status == 200
    scene.server.run(access.revoke_key, scene.house.team_id, key.id)
    until_refused(scene, key.secret)


def until_refused(scene: Scene, key: str) -> None:
    """Asked again and again, for less than the second that the guarantee allows."""
    until(lambda: scene.get("/v1/tasks", key=key).status == 401, "the refusal of a revoked key", seconds=1)


@pytest.mark.parametrize(("scope", "status"), [(Scope.READ, 403), (Scope.INVITE, 200), (Scope.MANAGE, 200)])
def test_a_key_does_what_its_scope_allows(scene: Scene, scope: Scope, status: int) -> None:
    key = scene.house.new_key(scope).secret
    said = scene.post(INVITE, {"profile_urn": f"scope-{scope}"}, key=key)
    assert (said.status, said.code) == (status, "missing_scope" if status == 403 else None)
    assert scene.get("/v1/tasks", key=key).status == 200


def test_a_request_id_is_echoed_or_made(scene: Scene) -> None:
    assert send(scene, b"{}", x_request_id="my-call.1").body["request_id"] == "my-call.1"
    for odd in ("x" * 129, "caf\u00e9".encode().decode("latin-1"), ""):
        assert re.fullmatch(r"[0-9a-f]{32}", send(scene, b"{}", x_request_id=odd).body["request_id"])
    assert send(scene, path="/healthz", method="GET", x_request_id="h").headers["x-request-id"] == "h"


def test_the_tasks_of_a_team_come_in_pages(scene: Scene) -> None:
    tasks = [scene.invite(f"page-{n}") for n in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = scene.get("/v1/tasks", limit="2", **cursor).body
        seen += [task["id"] for task in page["data"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == tasks[::-1]
    assert page["next_cursor"] is None
    scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": tasks[0]})
    assert scene.get(f"/v1/tasks/{tasks[0]}").body["data"] == scene.status(tasks[0])
    assert [task["id"] for task in scene.get("/v1/tasks", status="cancelled").body["data"]] == tasks[:1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"limit": "\u0661"},
        {"limit": "9" * 5000},
        {"status": "odd"},
        {"cursor": "x"},
    ],
)
def test_a_page_must_be_asked_for_properly(scene: Scene, wrong: dict[str, str]) -> None:
    assert scene.get("/v1/tasks", **wrong).status == 400


def test_the_server_says_how_it_is_without_a_key(scene: Scene) -> None:
    for path, said in (("/healthz", "alive"), ("/readyz", "ready")):
        assert send(scene, path=path, method="GET", key=None).body == {"success": True, "status": said}
