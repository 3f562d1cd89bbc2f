"""HTTP as callers of many kinds speak it."""

import socket
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from curtsy.domain.errors import NoSuchRoute
from tests.harness.scene import Scene

PATH = "/linkedin-agent/send-connection-request"


def exchange(scene: Scene, *parts: bytes) -> bytes:
    """Sends raw bytes and returns everything that comes back until the server hangs up."""
    at = urlsplit(scene.url)
    with socket.create_connection((at.hostname, at.port), 20) as line:
        for part in parts:
            line.sendall(part)
        answer = b""
        while more := line.recv(65536):
            answer += more
    return answer


@pytest.mark.parametrize("connection", ["Upgrade, HTTP2-Settings, close", "close, upgrade"])
def test_an_offer_of_http2_is_declined_and_the_request_served(scene: Scene, connection: str) -> None:
    """Java's client offers h2c with its first request; the body that comes with it counts."""
    body = b'{"profile_urn": "offers-http2"}'
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nContent-Type: application/json\r\n"
        f"x-api-key: {scene.house.key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    answer = exchange(scene, head.encode() + body)
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert b"api_agent_task_id" in answer


def test_what_can_be_got_can_be_asked_about(scene: Scene) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json"):
        got, asked = requests.get(scene.url + path, timeout=20), requests.head(scene.url + path, timeout=20)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("path", ["/v1", "/linkedin-agent", "/agent", "/v1/", "/v1/nothing"])
def test_an_address_of_the_api_that_leads_nowhere_says_so_to_programs(scene: Scene, path: str) -> None:
    said = requests.get(scene.url + path, timeout=20)
    assert (said.status_code, said.json()["code"]) == (404, NoSuchRoute.code)


def test_two_keys_in_one_call_are_no_key(scene: Scene) -> None:
    other = scene.house.new_key().secret
    for second, status in ((other, 401), (scene.house.key, 200)):
        with closing(HTTPConnection(urlsplit(scene.url).netloc, timeout=20)) as line:
            line.putrequest("GET", "/v1/tasks")
            line.putheader("x-api-key", scene.house.key)
            line.putheader("x-api-key", second)
            line.endheaders()
            assert line.getresponse().status == status


def test_the_bell_says_that_it_is_a_websocket(scene: Scene) -> None:
    said = requests.get(scene.url + "/agent/bell", timeout=20)
    assert (said.status_code, said.json()["code"], said.headers["upgrade"]) == (426, "not_a_websocket", "websocket")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ('application/json; x=y; charset="UTF-8"', 200),
        ("application/problem+json", 200),
        ("application/json; charset=utf-16; x=y", 415),
        ("application/json; x=y; charset=latin-1", 415),
        ("text/plain", 415),
    ],
)
def test_the_kind_of_a_body_is_read_to_its_end(scene: Scene, kind: str, status: int) -> None:
    headers = {"x-api-key": scene.house.key, "content-type": kind}
    said = requests.post(scene.url + PATH, data='{"profile_urn": "body-kind"}', headers=headers, timeout=20)
    assert said.status_code == status


def test_a_cursor_and_an_old_extension_are_named_for_what_they_are(scene: Scene) -> None:
    said = scene.get("/v1/tasks", cursor="junk")
    assert (said.status, said.body["error"].split(":")[0]) == (400, "Invalid 'cursor'")
    scene.agent.version, before = "0.0.9", scene.agent.version
    old = scene.agent.ask()
    scene.agent.version = before
    assert (old.status, old.body["oldest_version"]) == (426, "0.1")
