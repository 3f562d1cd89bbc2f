"""Webhook endpoints: made, changed, tested, replayed and removed by their own team, and by nobody else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook

from curtsy.service import access
from curtsy.service.access import Scope
from curtsy.service.sealing import Seal, new_key
from curtsy.service.telling import KEPT_MS, let_go
from curtsy.service.webhooks import SLICE
from curtsy.storage.copying import TABLES
from curtsy.storage.store import Store
from tests.harness.agent import Reply
from tests.harness.folder import quick_folder
from tests.harness.receiver import Receiver, receiving
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import HOME, Hooks, heard

SECOND, HOUR = 1_000, 3_600_000


@pytest.fixture
def server(unmoved: Served) -> Served:
    return unmoved


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hooks(scene: Scene) -> Hooks:
    return Hooks(scene)


def test_types_and_payload_are_chosen(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url, types=["task.completed"], payload="thin")
    task = scene.invite("ada-example")
    assert scene.agent.turn() == "completed"
    told = heard(receiver, 1)[0]
    assert told.json["data"] == {"task": {"id": task, "status": "completed"}, "sender": {"id": scene.house.admin.id}}
    changed = hooks.other("PATCH", f"/{made['id']}", {"types": [], "payload": "full"}).body["data"]
    assert (changed["types"], changed["payload"]) == (None, "full")
    scene.invite("ben-example")
    until(lambda: "task.created" in receiver.types, "an event of another type")


def test_a_secret_is_rotated_and_both_sign_for_a_day(receiver: Receiver) -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        hooks = Hooks(scene)
        made = hooks.make(receiver.url, types=["task.created"])
        rotated = hooks.post(f"/{made['id']}/rotate-secret").body["data"]
        assert rotated["secret"] != made["secret"]
        scene.invite("ada-one")
        both = heard(receiver, 1)[0]
        Webhook(made["secret"]).verify(both.body, both.headers)
        Webhook(rotated["secret"]).verify(both.body, both.headers)
        server.jump(24 * HOUR + SECOND)
        scene.agent.ask()
        scene.invite("ada-two")
        later = heard(receiver, 2)[1]
        assert len(later.headers["webhook-signature"].split(" ")) == 1
        scene.close()


def test_each_secret_that_was_replaced_signs_for_its_own_day(receiver: Receiver) -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        hooks = Hooks(scene)
        made = hooks.make(receiver.url, types=["task.created"])
        secrets = [made["secret"]]

        def rotate() -> Reply:
            return hooks.post(f"/{made['id']}/rotate-secret")

        for _ in range(4):
            secrets.append(rotate().body["data"]["secret"])
            server.jump(HOUR)
        refused = rotate()
        assert (refused.status, refused.code) == (409, "too_many_secrets")
        until_first = datetime.fromisoformat(refused.body["retry_at"]).timestamp() * 1000
        assert 19 * HOUR < until_first - server.clock() <= 20 * HOUR
        assert signers(scene, receiver, secrets) == secrets[::-1]
        server.jump(20 * HOUR)
        assert signers(scene, receiver, secrets) == secrets[:0:-1]
        secrets.append(rotate().body["data"]["secret"])
        server.jump(23 * HOUR)
        assert signers(scene, receiver, secrets) == secrets[:-3:-1]
        server.jump(HOUR)
        assert signers(scene, receiver, secrets) == secrets[-1:]
        scene.close()


def signers(scene: Scene, receiver: Receiver, secrets: list[str]) -> list[str]:
    """Which of these secrets sign a message of now, in the order of its signatures."""
    before = len(receiver.told)
    scene.agent.ask()
    scene.invite(f"ada-{before}")
    told = heard(receiver, before + 1)[-1]
    at = datetime.fromtimestamp(int(told.headers["webhook-timestamp"]), UTC)
    by = {Webhook(secret).sign(msg_id=told.id, timestamp=at, data=told.body.decode()): secret for secret in secrets}
    return [by[signature] for signature in told.headers["webhook-signature"].split(" ")]


def test_a_test_message_is_sent_whatever_was_chosen(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url, types=["task.completed"])
    message = hooks.post(f"/{made['id']}/test").body["data"]["message_id"]
    told = heard(receiver, 1)[0]
    Webhook(made["secret"]).verify(told.body, told.headers)
    assert (told.id, told.type, told.json["data"]) == (message, "webhook.test", {"endpoint_id": made["id"]})


def test_one_and_all_of_a_time_are_sent_once_more(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-one")
    scene.invite("ada-two")
    until(lambda: len(hooks.deliveries(made)) == 2, "two deliveries")
    first = hooks.deliveries(made)[-1]
    again = hooks.post(f"/{made['id']}/deliveries/{first['id']}/replay")
    assert again.body["data"]["message_id"] == first["message_id"]
    assert heard(receiver, 3)[2].id == first["message_id"]
    until(lambda: len(hooks.deliveries(made)) == 3, "it to be kept")
    all_of_it = hooks.post(f"/{made['id']}/replay", {"since": made["created_at"]})
    assert all_of_it.body["data"] == {"replayed": 2}
    assert {one.id for one in heard(receiver, 5)[3:]} == set(receiver.ids[:2])
    until(lambda: len(hooks.deliveries(made)) == 5, "them to be kept")
    assert hooks.post(f"/{made['id']}/replay", {"since": "2001-01-01T00:00:00Z", "until": "2001-01-02T00:00:00Z"}).body[
        "data"
    ] == {"replayed": 0}


def test_a_removed_endpoint_is_told_nothing(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made, stays = hooks.make(receiver.url), hooks.make(receiver.url + "/stays", types=["task.created"])
    assert hooks.other("DELETE", f"/{made['id']}").status == 200
    scene.invite("ada-example")
    heard(receiver, 1)
    assert {one.path for one in receiver.told} == {"/hook/stays"}
    assert [one["id"] for one in hooks.get().body["data"]] == [stays["id"]]
    assert hooks.get(f"/{made['id']}").code == "unknown_endpoint"


def test_another_team_sees_and_changes_nothing_of_it(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url)
    other = set_scene(scene.server, scene.sky, name=f"Other {scene.house.team_id[-8:]}")
    try:
        theirs = Hooks(other)
        assert theirs.get().body["data"] == []
        for method, path in (
            ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/test"),
            ("POST", "/rotate-secret"), ("POST", f"/deliveries/{made['id']}/replay"),
        ):  # fmt: skip
            assert theirs.other(method, f"/{made['id']}{path}", {}).code == "unknown_endpoint"
        other.invite("ada-example")
        scene.invite("ben-example")
        assert heard(receiver, 1)[0].json["data"]["sender"]["id"] == scene.house.admin.id
    finally:
        other.close()


def test_a_key_that_may_not_manage_is_refused(scene: Scene) -> None:
    key = scene.server.run(access.create_key, scene.house.team_id, Scope.INVITE).secret
    assert scene.get(HOME, key).code == "missing_scope"
    assert scene.post(HOME, {"url": "https://example.com/"}, key).code == "missing_scope"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_field"),
        ({"url": 7}, "invalid_field"),
        ({"url": "https://example.com/", "types": ["task.exploded"]}, "invalid_field"),
        ({"url": "https://example.com/", "payload": "medium"}, "invalid_field"),
        ({"url": "ftp://example.com/"}, "invalid_address"),
        ({"url": "https://user:pass@example.com/"}, "invalid_address"),
        ({"url": "https://user@127.0.0.1/"}, "invalid_address"),
        ({"url": "https://10.0.0.1/"}, "invalid_address"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "invalid_address"),
        ({"url": "https:///nobody"}, "invalid_address"),
        ({"url": "https://example.com/#there"}, "invalid_address"),
        ({"url": "https://example.com:99999/"}, "invalid_address"),
        ({"url": "https://exa\u006dple.com/\u00fc"}, "invalid_address"),
        ({"url": "https://example.com/" + "x" * 3000}, "invalid_address"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(hooks: Hooks, body: dict[str, Any], code: str) -> None:
    said = hooks.post("", body)
    assert (said.status, said.code) == (400, code)


def test_a_team_has_so_many_endpoints_and_no_more(hooks: Hooks, receiver: Receiver) -> None:
    for number in range(20):
        hooks.make(f"{receiver.url}/{number}", types=["task.expired"])
    said = hooks.post("", {"url": receiver.url})
    assert (said.status, said.code) == (409, "too_many_endpoints")


def everything(store: Store, _now: int) -> str:
    """Every text in the database."""
    return str([store.rows.all(f"SELECT * FROM {table}", {}) for table in TABLES])


def test_no_secret_lies_in_the_database_or_the_log(
    scene: Scene, hooks: Hooks, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = hooks.once("", "first", {"url": receiver.url})
    rotated = hooks.once(f"/{made.body['data']['id']}/rotate-secret", "second")
    scene.invite("ada-example")
    heard(receiver, 1)
    until(partial(hooks.kept, made.body["data"], 1), "the try")
    kept = scene.server.run(everything)
    assert receiver.url in kept
    for shown in (made, rotated):
        secret = shown.body["data"]["secret"].removeprefix("whsec_")
        for spelt in (secret, repr(base64.b64decode(secret)), base64.b64decode(secret).hex()):
            assert spelt not in kept
            assert spelt not in caplog.text
    assert "secret" not in hooks.get(f"/{made.body['data']['id']}").body["data"]


def test_the_same_request_is_answered_the_same(hooks: Hooks, receiver: Receiver) -> None:
    first, again = (hooks.once("", "make", {"url": receiver.url, "types": ["task.failed"]}) for _ in range(2))
    assert first.body == again.body
    assert again.headers["idempotent-replayed"] == "true"
    assert len(hooks.get().body["data"]) == 1
    one = f"/{first.body['data']['id']}"
    rotated = [hooks.once(f"{one}/rotate-secret", "rotate").body["data"]["secret"] for _ in range(2)]
    assert rotated[0] == rotated[1] != first.body["data"]["secret"]
    tested = [hooks.once(f"{one}/test", "test").body["data"] for _ in range(2)]
    assert tested[0] == tested[1]
    heard(receiver, 1)
    until(partial(hooks.kept, first.body["data"], 1), "the try")
    delivery = hooks.deliveries(first.body["data"])[0]["id"]
    replayed = [hooks.once(f"{one}/deliveries/{delivery}/replay", "again").headers for _ in range(2)]
    assert ["idempotent-replayed" in headers for headers in replayed] == [False, True]
    assert hooks.once("", "make", {"url": receiver.url + "/other"}).code == "idempotency_key_reused"


def test_what_happened_after_a_cursor_is_told_once_more(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url, types=["task.created"])
    scene.invite("ada-one")
    heard(receiver, 1)
    until(partial(hooks.kept, made, 1), "the try")
    cursor = scene.get("/v1/events").body["next_cursor"]
    others = {scene.invite("ada-two"), scene.invite("ada-three")}
    until(partial(hooks.kept, made, 3), "the tries")
    answered = hooks.post(f"/{made['id']}/replay", {"cursor": cursor})
    assert answered.body["data"] == {"after": cursor}
    until(partial(hooks.kept, made, 5), "them to be told again")
    assert sorted(receiver.ids[3:]) == sorted(receiver.ids[1:3])
    assert {one.json["data"]["task"]["id"] for one in receiver.told[3:]} == others
    for body in ({}, {"cursor": cursor, "since": made["created_at"]}, {"cursor": "x"}, {"since": "today"}):
        assert hooks.post(f"/{made['id']}/replay", body).code == "invalid_field"


def test_very_much_is_sent_again_a_slice_at_a_time(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url, types=["task.created"])
    scene.server.run(put, made["id"], SLICE + 7)
    until(lambda: len(receiver.told) == SLICE + 7, "all of it")
    until(lambda: scene.server.run(in_line, made["id"]) == 0, "all of it to be kept")
    answered = hooks.post(f"/{made['id']}/replay", {"since": made["created_at"]})
    assert answered.body["data"] == {"replayed": SLICE + 7}
    until(lambda: len(receiver.told) == 2 * (SLICE + 7), "all of it once more")
    assert set(map(receiver.ids.count, receiver.ids)) == {2}


def put(store: Store, now: int, endpoint_id: str, count: int) -> None:
    store.messages.put([
        {"id": store.new_id(), "endpoint": endpoint_id, "type": "task.created", "event": None,
         "body": '{"type": "task.created"}', "now": now + number % 3}
        for number in range(count)
    ])  # fmt: skip
    store.ring("webhooks")


def in_line(store: Store, _now: int, endpoint_id: str) -> int:
    row = store.rows.one(
        "SELECT count(*) FROM webhook_messages WHERE endpoint_id = :id AND due_at IS NOT NULL", {"id": endpoint_id}
    )
    return int(row[0]) if row else 0


def test_a_secret_that_cannot_be_read_is_said_in_the_list(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url, types=["task.created"])
    foreign = Seal(new_key()).close(made["secret"], made["id"])
    scene.server.run(lambda store, now: store.webhooks.seal(made["id"], foreign, (foreign, now), []))
    scene.invite("ada-example")
    [tried] = until(partial(hooks.deliveries, made), "the try")
    assert (tried["error"], tried["answer"]) == ("the secret that signs cannot be read on this server", None)
    assert receiver.told == []
    assert hooks.state(made) == "failing"
    rotated = hooks.post(f"/{made['id']}/rotate-secret").body["data"]["secret"]
    hooks.post(f"/{made['id']}/deliveries/{tried['id']}/replay")
    told = heard(receiver, 1)[0]
    Webhook(rotated).verify(told.body, told.headers)


def test_what_was_told_long_ago_is_let_go(receiver: Receiver) -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        hooks = Hooks(scene)
        made = hooks.make(receiver.url, types=["task.created"])
        scene.invite("ada-old")
        until(partial(hooks.kept, made, 1), "the try")
        server.jump(KEPT_MS)
        scene.agent.ask()
        scene.invite("ada-new")
        until(partial(hooks.kept, made, 2), "the try")
        server.jump(SECOND)
        while server.run(let_go):
            pass
        [left] = hooks.deliveries(made)
        assert left["request"]["body"] == receiver.told[1].body.decode()
        assert len(server.run(everything).split(receiver.ids[0])) == 1
        scene.close()
