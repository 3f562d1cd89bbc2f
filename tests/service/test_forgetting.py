"""Who is forgotten is found by every name and id that anything kept of them says are one person's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curtsy.domain.profile import parse_profile
from curtsy.service import forgetting, retention
from curtsy.service.forgetting import Forgotten
from curtsy.storage.copying import TABLES
from curtsy.storage.store import Store
from tests.harness.agent import Work
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, jump

NOTE = "A note for somebody"


def forget(scene: Scene, person: str) -> Forgotten:
    """The steps of the command, in one slice each."""
    profile = parse_profile(person)
    assert profile is not None
    done = scene.server.run(forgetting.begin, scene.house.team_id, profile, "a test")
    known = 0
    while known != len(done.keys):
        known = len(done.keys)
        scene.server.run(forgetting.gather, done, "")
    scene.server.run(forgetting.anonymise, done)
    scene.server.run(forgetting.erase, done, "")
    scene.server.run(forgetting.erase_events, done.tasks, 0)
    return done


def kept(scene: Scene, *words: str) -> list[str]:
    """Every row of the house that says one of these words."""

    def rows(store: Store, _now: int) -> list[str]:
        found = []
        for table in TABLES:
            told = store.rows.all(f"SELECT * FROM {table}", {})
            found += [f"{table} {json.dumps(row, ensure_ascii=False)}" for row in told]
        return found

    return [row for row in scene.server.run(rows) if any(word in row for word in words)]


def held(scene: Scene) -> Work:
    work = scene.agent.lease()
    assert work is not None
    return work


def read(scene: Scene, person: str, **found: Any) -> str:
    task = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": person}).body["api_agent_task_id"]
    assert scene.agent.finish(held(scene), "completed", {}, {"name": "Somebody", **found}).status == 200
    return str(task)


def later(scene: Scene, days: int = 40) -> None:
    """So late that nothing is known any more of whose name is whose, but by what is kept of tasks."""
    jump(scene, days * DAY)
    scene.agent.ask()
    jump(scene, 0)


def test_whom_the_member_was_asked_about_is_found_by_the_name_they_saw(scene: Scene) -> None:
    urn = urn_of("asked-of-member")
    scene.agent.call("/agent/consent", {"approve_first": True})
    task = scene.invite(urn, note=NOTE)
    said = {"name": "Janet Forgettable", "headline": "x", "profile_urn": urn, "profile_slug": "janet-of-member"}
    assert scene.agent.finish(held(scene), "completed", {}, said).status == 200
    later(scene)
    scene.server.run(retention.wipe, 0)
    assert forget(scene, "janet-of-member").tasks == {task}
    assert kept(scene, urn, "janet-of-member", "Janet Forgettable") == []


def test_who_was_read_by_name_and_invited_by_id_is_one(scene: Scene) -> None:
    urn = urn_of("read-by-name")
    reading = read(scene, "jane-by-name", profile_urn=urn)
    task = scene.invite(urn, note=NOTE)
    assert scene.agent.turn() == "completed"
    later(scene)
    assert forget(scene, "jane-by-name").tasks == {reading, task}
    assert kept(scene, urn, "jane-by-name") == []


def test_a_reading_of_before_says_it_by_what_was_found(scene: Scene) -> None:
    urn = urn_of("read-before")
    reading = read(scene, "jane-before", profile_urn=urn, profile_slug="jane-read-before")
    scene.server.run(lambda store, _now: store.rows.one("UPDATE tasks SET seen_id = NULL, seen_slug = NULL", {}))
    later(scene)
    assert forget(scene, urn).tasks == {reading}
    assert kept(scene, urn, "jane-before", "jane-read-before") == []


def test_the_name_that_was_read_before_the_act_stays_with_the_task(scene: Scene) -> None:
    urn = urn_of("read-at-start")
    task = scene.invite(urn, note=NOTE)
    work = held(scene)
    assert scene.agent.start(work, slug="jane-at-the-start").status == 200
    scene.agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"})
    later(scene, 100)
    scene.server.run(retention.wipe, 0)
    assert forget(scene, "jane-at-the-start").tasks == {task}
    assert kept(scene, urn, "jane-at-the-start") == []


@pytest.mark.parametrize("relation", ["connected", "self"])
def test_so_does_that_of_who_is_not_to_be_invited(scene: Scene, relation: str) -> None:
    urn = urn_of(f"is-{relation}")
    task = scene.invite(f"jane-who-is-{relation}", note=NOTE)
    assert scene.agent.start(held(scene), urn=urn, slug=f"jean-{relation}", relation=relation).status == 409
    later(scene)
    assert forget(scene, f"jean-{relation}").tasks == {task}
    assert kept(scene, urn, f"jane-who-is-{relation}", f"jean-{relation}") == []


def test_so_does_what_was_found_before_the_act(scene: Scene) -> None:
    urn = urn_of("found-before")
    task = scene.invite("asked-found-before", note=NOTE)
    scene.agent.finish(held(scene), "already_connected", {"profile_urn": urn})
    later(scene)
    assert forget(scene, urn).tasks == {task}
    assert kept(scene, urn, "asked-found-before") == []


def test_a_page_of_connections_says_who_is_one(scene: Scene) -> None:
    urn = urn_of("on-a-page")
    scene.post("/linkedin-agent/fetch-connections", {})
    people = [
        {"name": "Jane", "profile_urn": urn, "profile_slug": "Jane-On-A-Page"},
        {"name": "Else", "profile_urn": 7},
    ]
    scene.agent.finish(held(scene), "completed", {}, {"connections": people})
    task = scene.invite(urn, note=NOTE)
    assert scene.agent.turn() == "completed"
    later(scene)
    assert forget(scene, "jane-on-a-page").tasks == {task}
    assert kept(scene, urn, "Jane-On-A-Page", "jane-on-a-page") == []
