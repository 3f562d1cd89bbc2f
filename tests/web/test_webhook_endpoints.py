"""Webhook endpoints: made, changed, tested, replayed and removed by their own team, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from curtsy.service import access
from curtsy.service.access import Scope
from tests.harness.folder import quick_folder
from tests.harness.receiver import Receiver, receiving
from tests.harness.scene import Scene, set_scene
from tests.harness.served import served
from tests.harness.sky import Sky
from tests.harness.waiting import until
from tests.web.hooks import HOME, Hooks, heard

SECOND, HOUR = 1_000, 3_600_000


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


def test_no_secret_lies_in_the_database(scene: Scene, hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver.url)
    sql = "SELECT secret, old_secret FROM webhook_endpoints WHERE id = :id"
    rows = scene.server.run(lambda store, _now: store.rows.all(sql, {"id": made["id"]}))
    assert made["secret"].removeprefix("whsec_") not in str(rows)
    assert "secret" not in hooks.get(f"/{made['id']}").body["data"]
