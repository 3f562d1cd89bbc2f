"""Webhooks: what happens is told to those who asked: signed, at least once, on a schedule; none holds up another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from curtsy.service import access
from curtsy.service.access import Scope
from curtsy.web.post import retry_after
from tests.harness.folder import quick_folder
from tests.harness.receiver import Receiver, Told, receiving, says
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import Hooks, heard

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
LIFE = ["task.created", "task.leased", "task.started", "task.completed"]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with quick_folder() as folder, served(folder, answers_within_ms=700) as server:
        yield server


@pytest.fixture
def alone() -> Iterator[Scene]:
    """A scene on a server of its own, whose clock may be moved: a signature is good for five minutes."""
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        try:
            yield scene
        finally:
            scene.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hooks(scene: Scene) -> Hooks:
    return Hooks(scene)


def test_what_happens_in_the_test_world_says_so_thin_or_full(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    hooks.key = scene.server.run(access.create_key, scene.house.team_id, Scope.MANAGE, test=True).secret
    for payload in ("thin", "full"):
        hooks.make(receiver.url, payload=payload, types=["task.created"])
    made = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "ada-example"}, hooks.key)
    assert made.status == 200
    assert [one.json["data"]["mode"] for one in heard(receiver, 2)] == ["test", "test"]


def test_the_life_of_a_task_is_told_and_signed(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url)
    task = scene.invite("ada-example", note="Hello.", metadata={"order": "4711"})
    assert scene.agent.turn() == "completed"
    told = {one.type: one for one in heard(receiver, 4)}
    assert set(told) == set(LIFE)
    for one in told.values():
        body = Webhook(made["secret"]).verify(one.body, one.headers)
        assert body["data"]["task"]["id"] == task
        assert body["data"]["task"]["metadata"] == {"order": "4711"}
        assert body["data"]["sender"] == {"id": scene.house.admin.id, "name": scene.house.admin.name}
    done = told["task.completed"].json
    assert done["data"]["task"]["task_output"]["sent"] is True
    assert done["data"]["task"]["status"] == "completed"
    assert told["task.created"].json["data"]["task"]["status"] == "pending"
    feed = {one["type"]: one for one in scene.get("/v1/events").body["data"]}
    assert done["timestamp"] == feed["task.completed"]["timestamp"]
    until(lambda: len(hooks.deliveries(made)) == 4, "four deliveries")
    assert {one["outcome"] for one in hooks.deliveries(made)} == {"delivered"}
    assert hooks.state(made) == "working"


def test_what_was_tampered_with_is_not_ours(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url)
    scene.invite("ada-example")
    told = heard(receiver, 1)[0]
    theirs = Webhook(made["secret"])
    theirs.verify(told.body, told.headers)
    old = str(int(told.headers["webhook-timestamp"]) - 301)
    for headers, body in (
        (told.headers, told.body.replace(b"pending", b"complete")),
        ({**told.headers, "webhook-id": "01a20906-c548-76b5-9c93-fe05eaa27f06"}, told.body),
        ({**told.headers, "webhook-timestamp": old}, told.body),
        ({**told.headers, "webhook-signature": "v1," + "A" * 43 + "="}, told.body),
    ):
        with pytest.raises(WebhookVerificationError):
            theirs.verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "QUJD" * 8).verify(told.body, told.headers)


def test_what_fails_is_tried_again_on_the_schedule_under_the_same_id(alone: Scene, receiver: Receiver) -> None:
    scene, hooks = alone, Hooks(alone)
    receiver.answer = says(500, b"not today")
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-example")
    heard(receiver, 1)
    until(partial(hooks.kept, made, 1), "the first try to be kept")
    assert hooks.state(made) == "failing"
    jumps = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
    for number, wait in enumerate(jumps, start=2):
        scene.server.jump(wait + wait // 5 + SECOND)
        heard(receiver, number)
        until(partial(hooks.kept, made, number), "the try to be kept")
    until(lambda: hooks.state(made) == "off", "the endpoint to be switched off")
    assert len(set(receiver.ids)) == 1
    assert len({one.body for one in receiver.told}) == 1
    tries = hooks.deliveries(made)
    assert [one["try"] for one in tries] == list(range(10, 0, -1))
    assert [one["outcome"] for one in tries] == ["failed", *["again"] * 9]
    assert tries[0]["answer"] == {"status": 500, "headers": tries[0]["answer"]["headers"], "body": "not today"}
    assert tries[0]["request"]["body"] == receiver.told[0].body.decode()
    types = [one["type"] for one in scene.get("/v1/events").body["data"]]
    assert "webhook.switched_off" in types
    receiver.answer = says(200)
    assert hooks.other("PATCH", f"/{made['id']}", {"enabled": True}).body["data"]["state"] == "working"
    heard(receiver, 11)  # also the very message that ended it
    until(partial(hooks.kept, made, 11), "the try to be kept")
    assert len(set(receiver.ids)) == 1
    assert (hooks.deliveries(made)[0]["outcome"], hooks.deliveries(made)[0]["try"]) == ("delivered", 1)


def test_a_redirect_is_not_followed(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.answer = says(302, location=elsewhere.url)
        made = hooks.make(receiver.url, types=["task.created"])
        scene.invite("ada-example")
        until(lambda: hooks.deliveries(made), "the try")
        assert hooks.deliveries(made)[0]["outcome"] == "again"
        assert elsewhere.told == []


def test_410_switches_the_endpoint_off_and_on_again_misses_nothing(
    scene: Scene, hooks: Hooks, receiver: Receiver
) -> None:
    receiver.answer = says(410)
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-one")
    until(lambda: hooks.state(made) == "off", "the endpoint to be switched off")
    assert hooks.get(f"/{made['id']}").body["data"]["off_because"] == "gone"
    scene.invite("ada-two")
    receiver.answer = says(200)
    assert hooks.other("PATCH", f"/{made['id']}", {"enabled": True}).body["data"]["state"] == "working"
    until(lambda: len(receiver.told) == 3, "what was missed, and what it did not want")
    assert receiver.ids.count(receiver.ids[0]) == 2
    assert hooks.deliveries(made)[-1]["outcome"] == "gone"


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_for_quiet_is_told_nothing_meanwhile(alone: Scene, receiver: Receiver, status: int) -> None:
    scene, hooks = alone, Hooks(alone)
    receiver.answer = says(status, retry_after="90")
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-example")
    until(lambda: hooks.deliveries(made), "the first try")
    assert hooks.get(f"/{made['id']}").body["data"]["quiet_until"] is not None
    receiver.answer = says(200)
    scene.server.jump(80 * SECOND)
    scene.invite("ada-other")
    scene.server.jump(11 * SECOND)
    until(lambda: len(hooks.deliveries(made)) == 3, "both, when the quiet is over")
    first, *later = [datetime.fromisoformat(one["at"]) for one in reversed(hooks.deliveries(made))]
    assert all(at - first >= timedelta(seconds=90) for at in later)
    assert receiver.ids.count(receiver.ids[0]) == 2


def test_a_test_message_breaks_the_quiet(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = says(429, retry_after="3600")
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-example")
    until(partial(hooks.kept, made, 1), "the first try")
    receiver.answer = says(200)
    message = hooks.post(f"/{made['id']}/test").body["data"]["message_id"]
    assert heard(receiver, 2)[1].id == message


def test_retry_after_of_another_answer_holds_that_message_only(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = says(500, retry_after="3600")
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-example")
    until(partial(hooks.kept, made, 1), "the first try")
    receiver.answer = says(200)
    scene.invite("ada-other")
    heard(receiver, 2)
    tried = hooks.deliveries(made)[-1]
    wait = datetime.fromisoformat(tried["next_try_at"]) - datetime.fromisoformat(tried["at"])
    assert wait >= timedelta(hours=1)


@pytest.mark.parametrize("value", [None, "", "²", "٣", "-1", "1.5", "1e3", "soon", "9" * 10, "Wed, 99 Feb 2026"])
def test_an_odd_retry_after_asks_for_nothing(value: str | None) -> None:
    assert retry_after(value, 0) is None
    assert retry_after(" 90 ", 0) == 90_000


def slow(line: BaseHTTPRequestHandler, _told: Told) -> None:
    """Says nothing until the caller has had enough."""
    line.rfile.read(1)


def drips(line: BaseHTTPRequestHandler, _told: Told) -> None:
    """Answers 200, and then a byte now and again."""
    line.send_response(200)
    line.send_header("transfer-encoding", "chunked")
    line.end_headers()
    stop = threading.Event()
    while not stop.wait(0.05):
        line.wfile.write(b"1\r\nx\r\n")


def floods(line: BaseHTTPRequestHandler, _told: Told) -> None:
    """Answers 200 without end."""
    line.send_response(200)
    line.send_header("transfer-encoding", "chunked")
    line.end_headers()
    while True:
        line.wfile.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


@pytest.mark.parametrize("answer", [slow, drips])
def test_who_takes_too_long_is_cut(scene: Scene, hooks: Hooks, receiver: Receiver, answer: Any) -> None:
    receiver.answer = answer
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-example")
    tried = until(lambda: hooks.deliveries(made), "the try")[0]
    assert (tried["outcome"], tried["answer"], tried["error"]) == ("again", None, "no whole answer within 0.7 s")


def test_of_an_endless_answer_a_part_is_read(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = floods
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-example")
    tried = until(lambda: hooks.deliveries(made), "the try")[0]
    assert (tried["outcome"], len(tried["answer"]["body"])) == ("delivered", 4096)


@pytest.mark.parametrize(
    ("rubbish", "outcome"),
    [
        (b"", "again"),
        (b"\x00\xff\xfe nothing of HTTP\r\n\r\n", "again"),
        (b"HTTP/1.1 200 OK\r\nx: a\x00b\r\ncontent-length: 0\r\n\r\n", "again"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000, "again"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfew", "again"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\na\x00\xff\xed\xa0\x80", "delivered"),
        (b"HTTP/1.1 200 OK\r\nretry-after: \xb2\r\ncontent-length: 0\r\n\r\n", "delivered"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 5_000 + b"\r\ncontent-length: 0\r\n\r\n", "delivered"),
    ],
)
def test_rubbish_is_kept_as_what_it_is(
    scene: Scene, hooks: Hooks, receiver: Receiver, rubbish: bytes, outcome: str
) -> None:
    def answers(line: BaseHTTPRequestHandler, _told: Told) -> None:
        line.close_connection = True
        line.wfile.write(rubbish)

    receiver.answer = answers
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-example")
    [tried] = until(partial(hooks.deliveries, made), "the try")
    assert tried["outcome"] == outcome
    assert (tried["answer"] is None) == (outcome == "again")
    assert len(str(tried)) < 10_000


def test_nobody_there_is_an_error_that_says_so(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    with receiving() as closed:
        url = closed.url
    made = hooks.make(url, types=["task.created"])
    scene.invite("ada-example")
    tried = until(lambda: hooks.deliveries(made), "the try")[0]
    assert tried["answer"] is None
    assert "ConnectError" in tried["error"]
