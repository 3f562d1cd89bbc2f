"""Lists of tasks: by what is asked of them, page by page, and by what changed, however they change meanwhile."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.harness.agent import Reply
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served
from tests.harness.sky import urn_of

TASKS = "/v1/tasks"
CANCEL = "/linkedin-agent/cancel-task"
READ = "/linkedin-agent/fetch-profile"
KINDS = [None, "send_connection_request", "agent_fetch_profile", "withdraw_connection_request"]
HOUR = 3_600_000


def pages(scene: Scene, asked: dict[str, str], limit: int = 2) -> Iterator[list[str]]:
    """The ids on each page, to the last one."""
    cursor: dict[str, str] = {}
    while True:
        page = scene.get(TASKS, limit=str(limit), **asked, **cursor)
        assert page.status == 200, page
        assert len(page.body["data"]) <= limit
        yield [one["id"] for one in page.body["data"]]
        if not page.body["has_more"]:
            return
        cursor = {"cursor": page.body["next_cursor"]}


def ids(scene: Scene, asked: dict[str, str], limit: int = 2) -> list[str]:
    return [task for page in pages(scene, asked, limit) for task in page]


def moment(scene: Scene, ms: int = 0) -> str:
    """A time so far from the server's now."""
    assert isinstance(scene.server, Served)
    return datetime.fromtimestamp((scene.server.clock() + ms) / 1000, UTC).isoformat(timespec="milliseconds")


def read(scene: Scene, slug: str, **more: Any) -> str:
    return str(scene.post(READ, {"profile_slug": slug, **more}).body["api_agent_task_id"])


@pytest.fixture
def mixed(scene: Scene) -> list[dict[str, Any]]:
    """Tasks of two members, of two kinds, in several states, some with words; oldest first."""
    ben = scene.house.member("ben@example.com")
    scene.browser(scene.house.code(ben), urn_of(f"ben of {scene.house.team_id}"))
    tasks = []
    for number in range(4):
        words = {"list": "odd" if number % 2 else "even", "n": str(number)}
        tasks += [
            scene.invite(f"ada-{number}", metadata=words),
            scene.invite(f"ben-{number}", sender=ben.email, metadata=words if number < 2 else None),
            read(scene, f"read-{number}", metadata={"list": "odd"}),
            read(scene, f"read-{number}", sender=ben.id),
        ]
    for browser in (scene.agent, *scene.others):
        assert [browser.turn(), browser.turn()] == ["completed", "completed"]
        assert browser.lease() is not None
    for task in tasks[-2:]:
        assert scene.post(CANCEL, {"api_agent_task_id": task}).status == 200
    return [scene.status(task) for task in tasks]


@pytest.mark.parametrize("status", [None, "pending", "processing", "completed", "failed", "cancelled"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_for_is_shown_and_nothing_else(
    scene: Scene, mixed: list[dict[str, Any]], status: str | None, kind: str | None
) -> None:
    asked = {name: value for name, value in (("status", status), ("kind", kind)) if value}
    ben = next(one["sender"]["id"] for one in mixed if one["sender"]["id"] != scene.house.admin.id)
    for word, who in itertools.product((None, ("list", "odd"), ("n", "1"), ("n", "9")), (None, ben, "ben@Example.com")):
        more = asked | ({f"metadata.{word[0]}": word[1]} if word else {}) | ({"sender": who} if who else {})
        fitting = [
            one["id"]
            for one in reversed(mixed)
            if (status is None or one["status"] == status)
            and (kind is None or one["task_input"]["task_type"] == f"agent_{kind.removeprefix('agent_')}")
            and (word is None or one["metadata"].get(word[0]) == word[1])
            and (who is None or one["sender"]["id"] == ben)
        ]
        assert ids(scene, more) == fitting, more
        changed = ids(scene, more | {"updated_after": moment(scene, -HOUR)})
        assert sorted(changed) == sorted(fitting), more


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"status": "queued"}, "invalid_field"), ({"kind": "read_person"}, "invalid_field"),
        ({"kind": "check_invitations", "metadata.k": "v"}, "invalid_field"),
        ({"kind": "check_invitations", "updated_after": "2026-01-01T00:00:00Z"}, "invalid_field"),
        ({"kind": ""}, "invalid_field"), ({"sender": "nobody@example.com"}, "unknown_member"),
        ({"sender": "a\x00b"}, "invalid_field"), ({"metadata.k": "\x00"}, "invalid_field"),
        ({"metadata.a": "1", "metadata.b": "2"}, "invalid_field"), ({"updated_after": "yesterday"}, "invalid_field"),
        ({"updated_after": ""}, "invalid_field"), ({"cursor": "0-0"}, "invalid_field"),
        ({"cursor": "x", "updated_after": "2026-01-01T00:00:00Z"}, "invalid_field"),
        ({"cursor": "9223372036854775807-1", "updated_after": "2026-01-01T00:00:00Z"}, "invalid_field"),
        ({"limit": "0"}, "invalid_field"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(scene: Scene, asked: dict[str, str], code: str) -> None:
    refused = scene.get(TASKS, **asked)
    assert (refused.status, refused.code) == (404 if code == "unknown_member" else 400, code)


def test_what_is_asked_twice_is_refused(scene: Scene) -> None:
    for twice in ("status=pending&status=failed", "limit=1&limit=2", "metadata.a=1&metadata.a=1"):
        assert scene.get(f"{TASKS}?{twice}").code == "invalid_field"


def test_another_team_finds_none_of_it(scene: Scene) -> None:
    task = scene.invite("ada-mine", metadata={"order": "1"})
    since = moment(scene, -HOUR)
    other = set_scene(scene.server, scene.sky, name=f"Lists {scene.house.team_id[-8:]}")
    try:
        for asked in ({}, {"metadata.order": "1"}, {"updated_after": since}, {"kind": "fetch_profile"}):
            assert ids(other, asked) == []
        assert other.get(TASKS, sender=scene.house.admin.id).code == "unknown_member"
        cursor = {"updated_after": since, "cursor": scene.get(TASKS, updated_after=since).body["next_cursor"]}
        assert other.get(TASKS, **cursor).body["data"] == []
    finally:
        other.close()
    assert ids(scene, {}) == [task]


def test_what_fits_all_the_while_is_shown_once_however_the_rest_changes(scene: Scene) -> None:
    tasks = [scene.invite(f"ada-{number}") for number in range(10)]
    seen = []
    for number, page in enumerate(pages(scene, {"status": "pending"}, 3)):
        seen += page
        scene.invite(f"new-{number}")
        if number == 0:
            for task in (tasks[9], tasks[4], tasks[0]):  # one that was shown, and two that were not
                assert scene.post(CANCEL, {"api_agent_task_id": task}).status == 200
    assert seen == [tasks[number] for number in (9, 8, 7, 6, 5, 3, 2, 1)]


def test_a_merged_task_is_found_by_no_status(scene: Scene) -> None:
    by_name = scene.invite("ada-twice")
    by_id = scene.invite(urn_of("ada-twice"))
    assert {scene.agent.turn(), scene.agent.turn()} == {"merged", "completed"}
    shown = [scene.status(task) for task in (by_name, by_id)]
    assert [one["status"] for one in shown] == ["completed"] * 2
    assert ids(scene, {"status": "completed"}) == [one["id"] for one in shown if "same_as" not in one]
    assert ids(scene, {"status": "cancelled"}) == []
    assert ids(scene, {}) == [by_id, by_name]


def test_who_asks_what_changed_is_shown_every_task_as_it_is_in_the_end(scene: Scene) -> None:
    """A poller that goes on from the cursor, between and after anything that happens."""
    since, cursor, seen = moment(scene), "", {}
    tasks = [scene.invite(f"ada-{number}") for number in range(3)]
    chance = random.Random(7)

    def poll() -> Reply:
        nonlocal cursor
        page = scene.get(TASKS, updated_after=since, limit="2", **({"cursor": cursor} if cursor else {}))
        cursor = page.body["next_cursor"]
        seen.update({one["id"]: one["updated_at"] for one in page.body["data"]})
        assert len(page.body["data"]) <= 2
        return page

    for number in range(30):
        what = chance.choice(("invite", "turn", "cancel", "poll", "poll"))
        if what == "invite":
            tasks.append(scene.invite(f"more-{number}"))
        elif what == "turn":
            scene.agent.turn()
        elif what == "cancel":
            scene.post(CANCEL, {"api_agent_task_id": chance.choice(tasks)})
        else:
            poll()
    while poll().body["has_more"]:
        pass
    assert seen == {task: scene.status(task)["updated_at"] for task in tasks}
    last = cursor
    assert (poll().body["data"], cursor) == ([], last)
    assert scene.get(TASKS, updated_after=moment(scene, HOUR)).body["data"] == []


def test_what_happened_just_before_is_no_change(scene: Scene) -> None:
    assert isinstance(scene.server, Served)
    scene.invite("ada-before")
    scene.server.clock.jump(1)
    since = moment(scene)
    scene.server.clock.jump(1)
    task = scene.invite("ada-after")
    assert ids(scene, {"updated_after": since}) == [task]


def test_what_is_told_of_an_invitation_later_is_a_change_too(scene: Scene) -> None:
    task = scene.invite("ada-accepts")
    assert scene.agent.turn() == "completed"
    scene.sky.accept(urn_of("ada-accepts"))
    for wait in (HOUR, HOUR // 6):
        assert isinstance(scene.server, Served)
        scene.server.clock.jump(wait)
        scene.agent.ask()
        scene.server.jump(0)
    since, before = moment(scene), scene.status(task)["updated_at"]
    assert ids(scene, {"updated_after": since}) == []
    assert scene.agent.turn() == "completed"
    assert scene.status(task)["invitation"]["state"] == "accepted"
    assert scene.status(task)["updated_at"] > before
    assert ids(scene, {"updated_after": since}) == [task]
