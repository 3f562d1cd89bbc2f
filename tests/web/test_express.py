"""What comes whole and plain is answered ahead of the usual way, and in the same words."""

import json

import pytest

from curtsy.service.access import Scope
from curtsy.web.http1 import MOST_IN_LINE
from tests.harness.agent import ORIGIN
from tests.harness.scene import Scene
from tests.harness.waiting import until
from tests.web.line import Heard, Line, head, invitation

NOBODY = "00000000-0000-7000-8000-000000000000"
STATUS = "/linkedin-agent/get-task-status"
USUAL = b"Prefer: respond-async\r\n\r\n"
"""A wish that changes nothing, but for the way that a request goes."""


def ask(key: str, query: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """A whole request for a status."""
    lines = [f"{method} {STATUS}?{query} HTTP/{version}", "Host: x", f"x-api-key: {key}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.fixture
def known(scene: Scene) -> str:
    """A key that the server has just been shown."""
    with Line(scene.url) as line:
        assert line.say(ask(scene.house.key, f"api_agent_task_id={NOBODY}")).answer().status == 404
    return scene.house.key


def requests(key: str, task: str) -> list[bytes]:
    mine, stands = f"api_agent_task_id={task}", "express-stands"
    return [
        ask(key, mine),
        ask(key, f"api_agent_task_id={NOBODY}"),
        ask(key, ""),
        ask(key, f"{mine}&{mine}"),
        ask(key, f"{mine}&wait=0"),
        ask(key, f"{mine}&wait=soon"),
        ask(key, mine, "Prefer: wait=0"),
        ask(key, mine, method="DELETE"),
        ask(key, mine, version="1.0"),
        ask(key, mine, "Connection: keep-alive", version="1.0"),
        ask(key, mine, "Connection: close"),
        ask(key, f"{mine}#fragment"),
        ask(key, mine, "X-Request-Id: mine"),
        ask("ck_live_nobody", mine),
        ask(key, mine, "x-api-key: ck_live_nobody"),
        ask("ck_live_nobody", mine, f"x-api-key: {key}"),
        ask(key, mine, "Connection: upgrade", "Upgrade: x"),
        ask("", mine, f"Authorization: Bearer {key}").replace(b"x-api-key: \r\n", b""),
        invitation(key, stands),
        invitation(key, "x"),
        invitation(key, "", body=b"[]"),
        invitation(key, "", body=b""),
        invitation(key, "", body=b'{"profile_urn": '),
        invitation(key, "", body=b'{"profile_urn": "express-trial", "dry_run": true}'),
        invitation(key, "express-trial").replace(b" HTTP", b"?dry_run=true HTTP", 1),
        invitation(key, "", body=b'{"profile_urn": "express-stands", "more": 1}'),
        invitation(key, "", body=b'{"profile_urn": "x-y", "sender": "nobody@example.com"}'),
        invitation(key, stands).replace(b"application/json", b"text/plain"),
        invitation(key, stands).replace(b"/json", b"/json; charset=latin-1"),
        invitation(key, stands).replace(b"/json", b"/json; charset=utf-8"),
        invitation(key, stands, "Idempotency-Key: " + "k" * 300),
    ]


def polls(token: str) -> list[bytes]:
    """An agent asks for work; from the extension itself, from a page, and somebody else does."""
    said = json.dumps({"boot_id": "b", "version": "0.1.0", "incarnation": 1, "linkedin": None, "paused": True}).encode()
    return [
        poll(said, f"Authorization: Bearer {token}"),
        poll(said, f"Authorization: Bearer {token}", f"Origin: {ORIGIN}"),
        poll(said, f"Authorization: Bearer {token}", "Origin: https://www.linkedin.com"),
        poll(said, f"Authorization: Basic {token}"),
        poll(said, "Authorization: Bearer nobody", f"Origin: {ORIGIN}"),
        poll(said, f"x-api-key: {token}"),
        poll(said.replace(b": 1", b": 2"), f"Authorization: Bearer {token}"),
        poll(said.replace(b"0.1.0", b"0.0.1"), f"Authorization: Bearer {token}"),
        poll(said[:-1], f"Authorization: Bearer {token}"),
        poll(b"{}", f"Authorization: Bearer {token}"),
    ]


def poll(said: bytes, *headers: str) -> bytes:
    lines = ["POST /agent/lease HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(said)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + said


def told(scene: Scene, request: bytes) -> tuple[object, ...]:
    """What is answered to a request, without what is new each time, and whether it was the last word."""
    with Line(scene.url) as line:
        said = line.say(request).answer()
        last = said.headers.get("connection") == "close"
        assert not last or line.ended() == b""
    mine = said.headers["x-request-id"] == "mine"
    return said.status, plain(said), sorted(set(said.headers) - {"connection"}), mine, last


def plain(said: Heard) -> object:
    new = ("request_id", "estimated_at")
    data = {name: value for name, value in said.json.get("data", {}).items() if name not in new}
    return {name: value for name, value in said.json.items() if name not in new} | {"data": data}


def test_both_ways_say_the_same(scene: Scene, known: str) -> None:
    task = scene.invite("express-stands")
    for request in (*requests(known, task), *polls(scene.agent.token)):
        first, blank, body = request.partition(b"\r\n\r\n")
        assert blank
        assert told(scene, request) == told(scene, first + b"\r\n" + USUAL + body), first


def test_a_body_too_large_is_refused_though_it_is_there(scene: Scene, known: str) -> None:
    with Line(scene.url) as line:
        too_large = invitation(known, "", body=b'{"profile_urn": "x-y", "z": "' + b"a" * 65536 + b'"}')
        assert line.say(too_large).answer().json["code"] == "body_too_large"


def test_a_key_that_may_only_read_is_told_so(scene: Scene) -> None:
    key = scene.house.new_key(Scope.READ).secret
    with Line(scene.url) as line:
        assert line.say(ask(key, f"api_agent_task_id={NOBODY}")).answer().status == 404
        assert line.say(invitation(key, "not-allowed")).answer().json["code"] == "missing_scope"


def test_what_follows_a_body_in_pieces_has_no_say(scene: Scene, known: str) -> None:
    """A key in a trailer is no key (RFC 9110 6.5.1)."""
    person = b'{"profile_urn": "a-trailer"}'
    body = b"%x\r\n%s\r\n0\r\nx-api-key: %s\r\n\r\n" % (len(person), person, known.encode())
    begun = head("", "Transfer-Encoding: chunked").replace(b"x-api-key: \r\n", b"")
    with Line(scene.url) as line:
        assert line.say(begun + body).answer().status == 401


def test_nothing_is_done_after_a_request_of_an_older_protocol(scene: Scene, known: str) -> None:
    with Line(scene.url) as line:
        last = ask(known, f"api_agent_task_id={NOBODY}", "Connection: keep-alive", version="1.0")
        assert line.say(last + invitation(known, "after-the-last")).answer().status == 404
        assert line.ended() == b""
    assert scene.get("/v1/tasks").body["data"] == []


def test_many_that_come_together_are_answered_as_far_as_they_are_read(scene: Scene, known: str) -> None:
    with Line(scene.url) as line:
        heard = line.say(ask(known, f"api_agent_task_id={NOBODY}") * 500).ended()
    assert MOST_IN_LINE < heard.count(b"HTTP/1.1 404") < 500
    assert heard.count(b"connection: close") == 1


def test_invitations_and_statuses_that_come_together_are_answered_in_their_order(scene: Scene, known: str) -> None:
    asked = [ask(known, f"api_agent_task_id={NOBODY}", f"X-Request-Id: {number}") for number in range(10)]
    made = [invitation(known, f"together-{number}", f"X-Request-Id: i{number}") for number in range(10)]
    with Line(scene.url) as line:
        line.say(b"".join(one for pair in zip(asked, made, strict=True) for one in pair))
        said = [line.answer() for _ in range(20)]
    assert [one.headers["x-request-id"] for one in said] == [f"{i}{n}" for n in range(10) for i in ("", "i")]
    assert [one.status for one in said] == [404, 200] * 10


def test_who_hangs_up_has_made_the_invitation_all_the_same(scene: Scene, known: str) -> None:
    with Line(scene.url) as line:
        line.say(invitation(known, "hung-up"))
    until(lambda: scene.get("/v1/tasks").body["data"], "the task of who hung up")
