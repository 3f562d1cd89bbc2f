"""Whatever bytes come in, the answer is ours: a 200, a refusal with its code, never a 500."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import leased
from tests.web.test_order import INVITE, STATUS, send

DEEP = 100_000
BODIES: list[tuple[bytes, str]] = [
    (b"[" * 60_000, "malformed_body"),
    (b'{"a":' * 10_000, "malformed_body"),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "malformed_body"),
    (b"{", "malformed_body"),
    (b"{'profile_urn': 'x'}", "malformed_body"),
    (b'{"profile_urn": "x"} x', "malformed_body"),
    (b'{"profile_urn": NaN}', "malformed_body"),
    (b'{"profile_urn": "\xff\xfe"}', "malformed_body"),
    (b'{"profile_urn": "ada\xc3"}', "malformed_body"),
    (b"\xef\xbb\xbf{}", "malformed_body"),
    ('{"profile_urn": "ada-utf16"}'.encode("utf-16"), "malformed_body"),
    (b'{"n": ' + b"9" * 5000 + b"}", "malformed_body"),
    (b"", "invalid_profile_urn"),
    (b"null", "invalid_profile_urn"),
    (b"[]", "invalid_profile_urn"),
    (b'"profile_urn"', "invalid_profile_urn"),
    (b"1e999", "invalid_profile_urn"),
    (b'{"profile_urn": 1e400}', "invalid_profile_urn"),
    (b'{"profile_urn": null}', "invalid_profile_urn"),
    (b'{"profile_urn": "\\ud800abc"}', "invalid_profile_urn"),
    (b'{"profile_urn": "abc\\u0000"}', "invalid_profile_urn"),
    (b'{"profile_urn": "ada-l", "note": "\\ud83d"}', "invalid_note"),
    (b'{"profile_urn": "ada-l", "note": "a\\u0000b"}', "invalid_note"),
    (b'{"profile_urn": "ada-l", "sender": "\\ud800"}', "invalid_field"),
    (b'{"profile_urn": "ada-l", "sender": "\\u0000"}', "invalid_field"),
    (b'{"profile_urn": "ada-l", "dry_run": "yes"}', "invalid_field"),
]


@pytest.mark.parametrize(("body", "code"), BODIES)
def test_a_strange_body_is_refused_with_its_code(scene: Scene, body: bytes, code: str) -> None:
    said = send(scene, body, content_type="application/json")
    assert (said.status, said.code) == (400, code)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200), ("application/json; charset=utf-8", 200), ("APPLICATION/JSON;charset=UTF-8", 200),
        ('application/json; charset="utf-8"', 200), ("application/vnd.api+json", 200), ("application/json; v=1", 200),
        ("application/json; charset=utf-16", 415), ("application/json; charset=latin-1", 415), ("text/json", 415),
        ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415), ("json", 415), ("", 415),
    ],
)  # fmt: skip
def test_a_body_is_json_in_utf8(scene: Scene, kind: str, status: int) -> None:
    assert send(scene, '{"profile_urn": "kind-of-body"}', content_type=kind).status == status


def test_fields_nobody_knows_are_named_and_ignored(scene: Scene) -> None:
    said = send(scene, '{"profile_urn": "warned-of", "nota": 1, "\\ud800": 2, "note": "\\u00e9\\ud83d\\ude00"}')
    assert said.status == 200
    assert said.body["warnings"] == ["unknown field ignored: nota", "unknown field ignored: ?"]
    assert scene.status(said.body["api_agent_task_id"])["task_input"]["note"] == "\u00e9\U0001f600"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), path=st.sampled_from([INVITE, "/linkedin-agent/fetch-profile", "/agent/pair"]))
def test_drawn_bytes_are_never_a_fault_of_ours(scene: Scene, body: bytes, path: str) -> None:
    assert send(scene, body, path=path).status in {200, 400}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)) | st.just("ACoAAB1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = st.sampled_from(["profile_urn", "note", "sender", "dry_run", "profile_slug", "api_agent_task_id", "x"])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(NAMES, VALUES),
    path=st.sampled_from([INVITE, "/linkedin-agent/fetch-profile", "/linkedin-agent/cancel-task"]),
)
def test_drawn_fields_are_never_a_fault_of_ours(scene: Scene, body: dict[str, Any], path: str) -> None:
    assert send(scene, json.dumps(body), path=path).status in {200, 400, 404, 409}


AGENT_NAMES = st.sampled_from(
    [
        "lease",
        "boot_id",
        "outcome",
        "evidence",
        "output",
        "linkedin_urn",
        "profile_urn",
        "before",
        "version",
        "linkedin",
        "reason",
    ]
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(AGENT_NAMES, VALUES, max_size=8),
    call=st.sampled_from(["lease", "tasks/t/start", "tasks/t/finish", "tasks/t/release", "resume"]),
)
def test_a_drawn_agent_is_never_a_fault_of_ours(scene: Scene, body: dict[str, Any], call: str) -> None:
    said = send(scene, json.dumps(body), path=f"/agent/{call}", key=None, authorization=f"Bearer {scene.agent.token}")
    assert said.status in {200, 400, 409, 426}


@pytest.mark.parametrize(
    "more",
    [
        {"boot_id": "a\x00b"},
        {"boot_id": "\ud800"},
        {"before": {"relation": "\ud800", "read_ms_ago": 0}},
        {"before": {"relation": "none", "read_ms_ago": "soon"}},
        {"output": json.loads("[" * 200 + "]" * 200)},
        {"lease": None},
        {"lease": 10**30},
    ],
)
def test_a_strange_start_is_refused(scene: Scene, more: dict[str, Any]) -> None:
    work = leased(scene, "strange-start")
    body = {"lease": work.lease, "boot_id": "b", "linkedin_urn": scene.agent.account, "profile_urn": urn_of("x")}
    text = json.dumps({**body, "before": {"relation": "none", "read_ms_ago": 0}, **more})
    path = f"/agent/tasks/{work.id}/start"
    said = send(scene, text, path=path, key=None, authorization=f"Bearer {scene.agent.token}")
    assert said.status == 400
    scene.agent.release(work)


def test_a_huge_number_in_the_evidence_harms_nobody(scene: Scene) -> None:
    work = leased(scene, "huge-evidence")
    scene.agent.start(work)
    for name in ("invitation_sent_ms_ago", "retry_after_ms", "http_status"):
        evidence = {name: 10**18, "linkedin_code": "A" * 1000}
        assert scene.agent.finish(work, "invitation_limit_reached", evidence).status == 200
    assert scene.status(work.id)["blocked_by"] == "invitation_limit"
    assert scene.post(INVITE, {"profile_urn": "after-huge"}).status == 429


@pytest.mark.parametrize(
    "raw",
    [
        b"GET " + STATUS.encode() + b"?api_agent_task_id=%FF%FE&%00=1 HTTP/1.1\r\nHost: x\r\nX-Api-Key: KEY\r\n\r\n",
        b"GET /v1/tasks/%00 HTTP/1.1\r\nHost: x\r\nX-Api-Key: KEY\r\n\r\n",
        b"GET /v1/tasks/%ED%A0%80 HTTP/1.1\r\nHost: x\r\nX-Api-Key: KEY\r\n\r\n",
        b"GET /v1/tasks?" + b"a=1&" * 3000 + b" HTTP/1.1\r\nHost: x\r\nX-Api-Key: KEY\r\n\r\n",
        b"GET /v1/tasks HTTP/1.1\r\nHost: x\r\nX-Api-Key: \xff\xfe\xfd\r\n\r\n",
        b"GET /v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\nX-Request-Id: \xff\r\n\r\n",
        b"HEAD /v1/tasks HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /agent/pair HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_raw_requests_get_an_answer_that_is_no_fault_of_ours(scene: Scene, raw: bytes) -> None:
    where = urlsplit(scene.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=20) as line:
        line.sendall(raw.replace(b"KEY", scene.house.key.encode()))
        first = line.recv(65536).split(b"\r\n")[0]
    assert first.startswith(b"HTTP/1.1 ")
    assert int(first.split()[1]) < 500


def test_a_body_without_end_is_cut_off(scene: Scene) -> None:
    where = urlsplit(scene.url)
    head = f"POST {INVITE} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {scene.house.key}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=20) as line:
        line.sendall(head.encode())
        for _ in range(9):
            line.sendall(b"2000\r\n" + b"x" * 8192 + b"\r\n")
        assert b" 413 " in line.recv(65536).split(b"\r\n")[0]
