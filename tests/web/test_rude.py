"""Callers that are slow, endless, silent or too many cost nothing, and are told what they did wrong."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from curtsy.web.crowd import Limits
from curtsy.web.http1 import MOST_IN_LINE
from tests.harness.agent import ORIGIN
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.line import Heard, Line, head, invitation

SHORT = Limits(
    calls=6,
    reports=9,
    connections=40,
    head_s=1,
    request_s=1.5,
    idle_s=1,
    crowded_s=1,
    hello_s=1,
    silence_s=2,
    unread_s=1,
    linger_s=1,
    body_bytes=1024 * 1024,
)
KIB = 1024
RING = '{"type":"ring"}'


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with quick_folder() as folder, served(folder, limits=SHORT) as server:
        yield server


@pytest.fixture
def scene(server: Served) -> Iterator[Scene]:
    made = set_scene(server, Sky(server.clock), name=f"Rude {time.monotonic_ns()}")
    try:
        yield made
    finally:
        made.close()


def tasks(scene: Scene) -> int:
    """How many tasks the team has."""
    return len(scene.get("/v1/tasks").body["data"])


def assert_refused(heard: Heard, status: int, code: str) -> None:
    assert (heard.status, heard.json["code"]) == (status, code)
    assert set(heard.json) == {"success", "error", "code", "request_id"}
    assert heard.headers["connection"] == "close"


def test_headers_that_dribble_are_cut_and_so_is_a_body(scene: Scene) -> None:
    for whole in (b"GET /healthz HTTP/1.1\r\nX-Slow: " + b"a" * 400, head(scene.house.key, "Content-Length: 400")):
        with Line(scene.url) as line:
            start = len(whole) - 400 if whole.startswith(b"GET") else len(whole)
            line.say(whole[:start]).dribble(b" " * 400, 0.05)
            assert_refused(line.answer(), 408, "too_slow")
            assert line.ended() == b""
    assert tasks(scene) == 0


def test_a_body_that_stops_halfway_is_cut_and_makes_no_task(scene: Scene) -> None:
    whole = invitation(scene.house.key, "half-a-body")
    with Line(scene.url) as line:
        line.say(whole[:-3])
        assert_refused(line.answer(), 408, "too_slow")
        line.say(whole[-3:])
        assert line.ended() == b""
    assert tasks(scene) == 0


def test_headers_without_end_are_cut_by_their_size(scene: Scene) -> None:
    for start in (b"GET /", b"GET /healthz HTTP/1.1\r\nX-Long: "):
        with Line(scene.url) as line:
            line.say(start)
            for _ in range(40):
                line.say(b"a" * KIB)
            assert_refused(line.answer(), 431, "head_too_large")
            assert line.ended() == b""
    with Line(scene.url) as line:
        line.say(b"GET /healthz HTTP/1.1\r\n" + b"X-Many: 1\r\n" * 4000 + b"\r\n")
        assert_refused(line.answer(), 431, "head_too_large")


def test_headers_as_large_as_a_browser_sends_them_are_fine(scene: Scene) -> None:
    body = b'{"profile_urn": "large-headers", "x": "' + b"a" * (40 * KIB) + b'"}'
    with Line(scene.url) as line:
        line.say(invitation(scene.house.key, "", "Cookie: " + "a" * 16 * KIB, body=body))
        assert line.answer().status == 200


@pytest.mark.parametrize("length", ["Content-Length: 100000000", "Transfer-Encoding: chunked"])
def test_a_body_over_the_limit_is_refused_unread(scene: Scene, length: str) -> None:
    with Line(scene.url) as line:
        line.say(head(scene.house.key, length))
        piece = b"4000\r\n" + b"x" * 16 * KIB + b"\r\n" if "chunked" in length else b"x" * 16 * KIB
        for _ in range(5):
            line.say(piece)
        assert_refused(line.answer(), 413, "body_too_large")
        assert line.flood(piece) < 20 * KIB * KIB


def test_a_body_over_the_limit_is_not_even_asked_for(scene: Scene) -> None:
    with Line(scene.url) as line:
        line.say(head(scene.house.key, "Content-Length: 70000", "Expect: 100-continue"))
        assert_refused(line.answer(), 413, "body_too_large")
        assert line.ended() == b""
    with Line(scene.url) as line:
        line.say(head("ck_live_nobody", "Content-Length: 30", "Expect: 100-continue"))
        assert_refused(line.answer(), 401, "invalid_api_key")
    with Line(scene.url) as line:
        body = b'{"profile_urn": "asked-for"}'
        line.say(head(scene.house.key, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert line.answer().status == 100
        assert line.say(body).answer().status == 200


def test_a_chunk_that_never_begins_is_cut_by_its_size(scene: Scene) -> None:
    with Line(scene.url) as line:
        line.say(head(scene.house.key, "Transfer-Encoding: chunked") + b"1;")
        for _ in range(1200):
            line.say(b"a" * KIB)
        assert_refused(line.answer(), 413, "body_too_large")


def test_a_refused_stranger_may_end_a_short_body_and_go_on(scene: Scene) -> None:
    whole = invitation("ck_live_nobody", "a-stranger")
    with Line(scene.url) as line:
        assert line.say(whole[:-5]).answer().status == 401
        assert line.say(whole[-5:] + invitation(scene.house.key, "no-stranger")).answer().status == 200
    assert tasks(scene) == 1


def test_who_says_nothing_is_cut(scene: Scene) -> None:
    with Line(scene.url) as silent, Line(scene.url) as polite:
        assert polite.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().status == 200
        assert silent.ended() == b""
        assert polite.ended() == b""


def test_who_does_not_take_the_answers_is_cut(scene: Scene) -> None:
    with Line(scene.url, holds=4 * KIB) as line:

        def cut() -> bool:
            try:
                line.socket.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                return True
            return False

        until(cut, "the end of a connection that nobody reads")


def test_requests_that_come_together_are_answered_in_their_order(scene: Scene) -> None:
    asked = [b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: %d\r\n\r\n" % number for number in range(20)]
    with Line(scene.url) as line:
        line.say(invitation(scene.house.key, "comes-first", "X-Request-Id: first") + b"".join(asked))
        heard = [line.answer() for _ in range(21)]
    assert [one.headers["x-request-id"] for one in heard] == ["first", *map(str, range(20))]


def test_a_flood_of_requests_on_one_line_is_answered_as_far_as_it_is_read(scene: Scene) -> None:
    with Line(scene.url) as line:
        heard = line.say(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 5_000).ended()
    answers = heard.count(b"HTTP/1.1 200")
    assert 1 < answers <= MOST_IN_LINE + 2
    assert heard.count(b"connection: close") == 1
    scene.invite("after-a-flood")


def test_an_endless_offer_to_speak_otherwise_is_cut_by_its_size_too(scene: Scene) -> None:
    with Line(scene.url) as line:
        said = (
            f"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\nX-Long: {'a' * 33 * KIB}\r\n\r\n"
        )
        assert_refused(line.say(said).answer(), 431, "head_too_large")


def test_what_is_not_http_is_told_so(scene: Scene) -> None:
    with Line(scene.url) as line:
        assert_refused(line.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").answer(), 400, "malformed_request")


@pytest.mark.sqlite
def test_a_full_server_turns_callers_away_before_browsers_and_keeps_nothing_of_them(scene: Scene) -> None:
    scene.invite("before-the-flood")
    work = scene.agent.lease()
    assert work is not None
    assert tasks(scene) == 1
    with ExitStack() as lines:
        other = lines.enter_context(another_process_writes(scene.server.address))
        waiting = [lines.enter_context(Line(scene.url)) for _ in range(SHORT.calls)]
        for number, line in enumerate(waiting):
            line.say(invitation(scene.house.key, f"of-the-flood-{number}"))
        turned_away = until(lambda: refusal_when_full(scene), "the bound")
        report = lines.enter_context(Line(scene.url))
        token = f"Authorization: Bearer {scene.agent.token}"
        said = b'{"lease": "%s", "reason": "no_tab"}' % work.lease.encode()
        path = f"/agent/tasks/{work.id}/release"
        report.say(head("", token, f"Content-Length: {len(said)}", path=path).replace(b"x-api-key: \r\n", b"") + said)
        with Line(scene.url) as alive:
            assert alive.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().status == 200
            assert refusal_when_full(scene)
            assert_turned_away(alive.say(invitation(scene.house.key, "one-more")).answer())
        other.communicate("enough", 20)
        answers = [line.answer().status for line in (*waiting, report)]
    assert_turned_away(turned_away)
    assert answers == [200] * (SHORT.calls + 1)
    assert tasks(scene) == 1 + SHORT.calls


WRITES = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("writes", flush=True)
sys.stdin.readline()
"""


@contextmanager
def another_process_writes(address: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the database, so that whatever is to be stored waits, until it is told that it is enough."""
    command = [sys.executable, "-c", WRITES, address.removeprefix("sqlite:")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writes\n"
        try:
            yield process
        finally:
            process.kill()


def refusal_when_full(scene: Scene) -> Heard | None:
    """What one more caller is told, once the server is full; it asks, so that nothing is stored by asking."""
    with Line(scene.url) as line:
        line.say(f"GET /v1/tasks HTTP/1.1\r\nHost: x\r\nx-api-key: {scene.house.key}\r\n\r\n")
        heard = line.answer()
    return heard if heard.status == 503 else None


def assert_turned_away(heard: Heard) -> None:
    assert (heard.status, heard.json["code"], heard.headers["retry-after"]) == (503, "try_again", "1")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/linkedin-agent/fetch-profile", "application/json"), ("/welcome", "application/x-www-form-urlencoded")],
)
def test_slow_talkers_take_no_room_from_the_others(path: str, kind: str) -> None:
    patient = replace(SHORT, request_s=600)
    with quick_folder() as folder, served(folder, limits=patient) as server, ExitStack() as opened:
        scene = set_scene(server, Sky(server.clock))
        opened.callback(scene.close)
        begun = head(scene.house.key, "Content-Length: 30", path=path).replace(b"application/json", kind.encode())
        for _ in range(SHORT.reports + 2):
            opened.enter_context(Line(scene.url)).say(begun + b"a")
        # Until each was asked for its key they take room; after that they may talk as slowly as they like.
        until(lambda: refusal_when_full(scene) is None, "room beside slow talkers")
        scene.invite("beside-slow-talkers")


def test_one_connection_too_many_is_told_to_come_back(scene: Scene) -> None:
    with ExitStack() as lines:
        crowd = [lines.enter_context(Line(scene.url)) for _ in range(SHORT.connections)]
        late = lines.enter_context(Line(scene.url))
        beyond = [lines.enter_context(Line(scene.url)) for _ in range(SHORT.connections // 10)]
        until(beyond[-1].broken, "the end of the last connection")
        heard = late.answer()
        late.say(invitation(scene.house.key, "one-too-many"))
        assert late.ended() == b""
        for line in crowd:
            line.ended()
    assert_turned_away(heard)
    assert heard.headers["connection"] == "close"
    assert tasks(scene) == 0


def test_a_bell_hangs_for_as_long_as_its_agent_says_something(scene: Scene) -> None:
    address = scene.url.replace("http", "ws") + "/agent/bell"
    with connect(address, origin=Origin(ORIGIN)) as nobody, pytest.raises(ConnectionClosedOK):
        nobody.recv(20)
    with scene.agent.bell() as silent, scene.agent.bell() as alive:
        assert (silent.recv(20), alive.recv(20)) == (RING, RING)
        until(lambda: said_more(alive, silent), "the end of the silent bell")
        scene.invite("bell-alive")
        assert alive.recv(20) == RING


def said_more(alive: ClientConnection, silent: ClientConnection) -> bool:
    """Whether the silent one is gone, after the other said that it is alive."""
    alive.send('{"type": "alive"}')
    try:
        silent.recv(0.1)  # one ring too many, as when an ear for other processes opens, costs a poll and no more
    except TimeoutError:
        return False
    except ConnectionClosedOK:
        return True
    return False
