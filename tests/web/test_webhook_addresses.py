"""Whoever is named as an endpoint: nobody within is called, over the whole way from the API to the socket."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import trustme

from curtsy.domain.webhook import Address
from tests.harness.folder import quick_folder
from tests.harness.receiver import Told, receiving, says
from tests.harness.scene import Scene, set_scene
from tests.harness.served import served
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import Hooks, heard

NAMED = (ip_network("127.0.0.1/32"),)
"""The one address within that an operator has named in these stories: it stands for the internet."""

SPELT = (
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
    "127.0.0.01", "0.0.0.0", "0", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[::]", "[::1]", "[::127.0.0.1]",
    "[::ffff:127.0.0.1]", "[::ffff:0:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[fe80::1]", "[fe80::1%25lo]", "[fd00::1]", "user@127.0.0.1",
    "user:secret@example.com", "example.com@127.0.0.1", "127.0.0.1#@example.com", "127.0.0.1.", "%31%32%37.0.0.1",
)  # fmt: skip
"""Refused when somebody names them."""
NAMES = ("localhost", "localhost.", "LOCALHOST", "ip6-localhost.example", "internal.example")
"""Names that lead within, which is found out at the call."""


@contextmanager
def scene_with(**more: Any) -> Iterator[Scene]:
    with quick_folder() as folder, served(folder, **more) as server:
        scene = set_scene(server, Sky(server.clock))
        try:
            yield scene
        finally:
            scene.close()


class Canary:
    """Listens within, on both loopbacks, at one port; nobody may come."""

    def __init__(self, *hosts: str, port: int = 0) -> None:
        self.lines: list[socket.socket] = []
        for host in hosts:
            line = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind((host, port))
            line.listen()
            line.setblocking(False)
            port = line.getsockname()[1]
            self.lines.append(line)
        self.port = port

    def hits(self) -> int:
        count = 0
        for line in self.lines:
            try:
                line.accept()[0].close()
            except BlockingIOError:
                continue
            count += 1
        return count

    def close(self) -> None:
        for line in self.lines:
            line.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary("127.0.0.1", "::1")
    yield canary
    canary.close()


async def within(_host: str, _port: int) -> list[Address]:
    """A resolver that leads every name to the canary, in every way there is."""
    return [ip_address(text) for text in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "0.0.0.0")]


def test_nobody_within_is_called_however_they_are_spelt(canary: Canary) -> None:
    with scene_with(networks=(), resolve=within) as scene:
        hooks = Hooks(scene)
        for host in SPELT:
            for scheme in ("https", "http"):
                said = hooks.post("", {"url": f"{scheme}://{host}:{canary.port}/hook"})
                assert (said.status, said.code) == (400, "invalid_address"), host
        made = [hooks.make(f"https://{host}:{canary.port}/hook", types=["task.created"]) for host in NAMES]
        scene.invite("ada-example")
        for one in made:
            [tried] = until(partial(hooks.deliveries, one), "the try")
            assert tried["answer"] is None
            assert "leads to no address on the internet" in tried["error"]
    assert canary.hits() == 0


def test_a_changed_address_is_judged_too(canary: Canary) -> None:
    with scene_with(networks=()) as scene:
        hooks = Hooks(scene)
        made = hooks.make("https://example.com/")
        for url in ("https://127.0.0.1/", "http://example.com/", "https://example.com:22/"):
            assert hooks.other("PATCH", f"/{made['id']}", {"url": url}).code == "invalid_address"


def test_a_name_that_leads_elsewhere_the_second_time_is_not_followed() -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"], ["::1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[Address]:
        return [ip_address(text) for text in answers.pop(0)]

    def closes(line: BaseHTTPRequestHandler, told: Told) -> None:
        line.close_connection = True
        says(200, connection="close")(line, told)

    with receiving() as receiver, scene_with(networks=NAMED, resolve=rebinding) as scene:
        canary = Canary("127.0.0.2", "::1", port=receiver.port)
        try:
            receiver.answer = closes
            hooks = Hooks(scene)
            made = hooks.make(f"http://rebound.example:{receiver.port}/", types=["task.created"])
            for number in range(4):
                scene.invite(f"ada-{number}")
                until(partial(hooks.kept, made, number + 1), "the try")
            errors = [one["error"] for one in reversed(hooks.deliveries(made))]
            assert [error is None for error in errors] == [True, False, False, True]
            assert len(receiver.told) == 2
            assert canary.hits() == 0
        finally:
            canary.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere(scene: Scene, canary: Canary, status: int) -> None:
    hooks = Hooks(scene)
    with receiving() as receiver:
        receiver.answer = says(status, location=f"http://127.0.0.1:{canary.port}/")
        made = hooks.make(receiver.url, types=["task.created"])
        scene.invite("ada-example")
        [tried] = until(partial(hooks.deliveries, made), "the try")
        assert (tried["outcome"], tried["answer"]["status"]) == ("again", status)
    assert canary.hits() == 0


def test_no_proxy_of_the_environment_is_asked(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, scene_with() as scene:
        scene.calls.trust_env = False
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        Hooks(scene).make(receiver.url, types=["task.created"])
        scene.invite("ada-example")
        heard(receiver, 1)
    assert canary.hits() == 0


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool) -> None:
    authority, other = trustme.CA(), trustme.CA()
    (authority if trusted else other).cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.example").configure_cert(context)

    async def here(_host: str, _port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    with receiving(tls=context) as receiver, scene_with(resolve=here) as scene:
        hooks = Hooks(scene)
        made = hooks.make(receiver.url.replace("127.0.0.1", "hooks.example"), types=["task.created"])
        scene.invite("ada-example")
        [tried] = until(partial(hooks.deliveries, made), "the try")
        if trusted:
            assert tried["answer"]["status"] == 200
            assert receiver.told[0].headers["host"] == f"hooks.example:{receiver.port}"
        else:
            assert "CERTIFICATE_VERIFY_FAILED" in tried["error"]
            assert receiver.told == []
