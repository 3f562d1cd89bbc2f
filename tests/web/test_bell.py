"""The bell rings when there may be work, carries nothing, and is cut when its agent may not listen."""

import contextlib
import json
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.harness.agent import ORIGIN, Agent
from tests.harness.scene import Scene
from tests.harness.waiting import until

RING = '{"type":"ring"}'


def closed_with(socket: ClientConnection) -> int | None:
    """The code with which the server closes, once it has said what it had to say."""
    with contextlib.suppress(ConnectionClosed):
        while socket.recv(20):
            pass
    return socket.close_code


def test_it_rings_at_once_and_for_new_work_and_says_nothing_more(scene: Scene) -> None:
    with scene.agent.bell() as socket:
        assert socket.recv(20) == RING
        task = scene.invite("bell-new")
        assert socket.recv(20) == RING
        socket.send('{"type": "alive"}')
        scene.invite("bell-newer")
        assert socket.recv(20) == RING
    work = scene.agent.lease()
    assert work is not None
    assert work.id == task


def test_who_was_called_gets_what_is_there_unless_the_database_is_another(scene: Scene) -> None:
    with scene.agent.bell() as socket:
        assert socket.recv(20) == RING
        task = scene.invite("bell-called")
        assert socket.recv(20) == RING
        scene.agent.incarnation += 1
        assert scene.agent.ask().code == "journal_required"
        scene.agent.incarnation -= 1
        scene.invite("bell-called-again")
        assert socket.recv(20) == RING
        work = scene.agent.lease()
    assert work is not None
    assert work.id == task


def test_it_rings_for_the_members_own_work_only(scene: Scene) -> None:
    other = scene.house.member("ben@example.com")
    browser = scene.browser(scene.house.code(other), f"urn:li:fsd_profile:ACoAABen{scene.house.team_id}")
    with browser.bell() as socket:
        assert socket.recv(20) == RING
        scene.invite("bell-admins")
        scene.invite("bell-bens", sender="ben@example.com")
        assert socket.recv(20) == RING
        with pytest.raises(TimeoutError):
            socket.recv(0.05)


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"type": "hello", "token": "ca_nobody", "boot_id": "b"}, 4401),
        ({"type": "hello", "boot_id": "b"}, 4400),
        ({"type": "hello", "token": 5}, 4400),
        ({"type": "good day"}, 4400),
        ([1], 4400),
    ],
)
def test_who_does_not_say_who_it_is_is_cut_off(scene: Scene, hello: Any, code: int) -> None:
    with scene.agent.bell(hello=hello) as socket:
        assert closed_with(socket) == code


def test_an_unpaired_agent_is_told_to_stop(scene: Scene) -> None:
    with scene.agent.bell() as socket:
        assert socket.recv(20) == RING
        scene.agent.unpair()
        assert json.loads(socket.recv(20)) == {"type": "stop", "reason": "agent_revoked"}
        assert closed_with(socket) == 4403
    with scene.agent.bell() as socket:
        assert closed_with(socket) == 4403


@pytest.mark.parametrize("noise", ["not json", "[" * 5000, b"\x00\xff", "5", "null"])
def test_noise_on_the_line_does_no_harm(scene: Scene, noise: str | bytes) -> None:
    with scene.agent.bell() as socket:
        assert socket.recv(20) == RING
        socket.send(noise)
        scene.invite("bell-noise")
        assert socket.recv(20) == RING


def test_a_web_page_cannot_listen(scene: Scene) -> None:
    with pytest.raises(InvalidStatus) as refused, scene.agent.bell(origin="https://www.linkedin.com"):
        pass
    assert refused.value.response.status_code == 403


def test_nobody_listens_when_all_have_hung_up(scene: Scene) -> None:
    for _ in range(20):
        with scene.agent.bell() as socket:
            assert socket.recv(20) == RING
    doorbell = scene.server.run(lambda store, _now: store)  # the server still answers
    assert doorbell is not None
    scene.invite("bell-alone")
    until(lambda: scene.agent.lease(), "the task without any bell")


@pytest.mark.parametrize("origin", [ORIGIN, "moz-extension://0f0f0f0f-0000-4000-8000-000000000000"])
def test_an_extension_may_call_from_its_own_origin(scene: Scene, origin: str) -> None:
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    allowed = requests.options(f"{scene.url}/agent/lease", headers=asked, timeout=20)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == origin
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in allowed.headers
    refused = requests.post(f"{scene.url}/agent/lease", headers={"origin": origin}, timeout=20)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, origin)


def test_a_web_page_may_not_read_anything(scene: Scene) -> None:
    for origin, path in (("https://example.com", "/agent/lease"), (ORIGIN, "/v1/tasks"), ("null", "/agent/lease")):
        got = requests.post(scene.url + path, headers={"origin": origin}, timeout=20)
        assert "access-control-allow-origin" not in got.headers


def test_a_token_is_not_a_key_and_a_key_is_no_token(scene: Scene) -> None:
    assert scene.get("/v1/tasks", key=scene.agent.token).status == 401
    stranger = Agent(scene.url, scene.sky, token=scene.house.key)
    scene.others.append(stranger)
    assert stranger.ask().code == "agent_revoked"
