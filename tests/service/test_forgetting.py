"""Who is forgotten is found by every name and id that anything kept of them says are one person's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curtsy.domain.profile import parse_profile
from curtsy.service import forgetting, retention, untelling
from curtsy.service.forgetting import Forgotten
from curtsy.storage.copying import TABLES
from curtsy.storage.store import Store
from tests.harness.agent import Work
from tests.harness.scene import Scene, set_scene
from tests.harness.sky import Sky, urn_of
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
    scene.server.run(untelling.erase_messages, done, "")
    scene.server.run(untelling.erase_tries, done, "")
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


# ------------------------------------------------------------------ what webhooks were told


def told_of(scene: Scene, slug: str, *, due: bool, note: str = "", output: Any = None, task: str = "t") -> str:
    """The id of a message to an endpoint of the team that is about somebody, delivered or not yet."""
    endpoint = "endpoint of " + scene.house.team_id
    said = {
        "id": task, "status": "completed", "task_input": {"profile_urn": slug, "note": note}, "task_output": output,
        "metadata": {}, "evidence": [],
    }  # fmt: skip
    body = json.dumps({"id": "e", "type": "task.completed", "data": {"task": said, "sender": {"id": "s"}}})

    def put(store: Store, now: int) -> str:
        made = store.new_id()
        store.rows.one(
            "INSERT INTO webhook_endpoints (id, team_id, url, payload, secret, txid, n, created_at, off_at) "
            "VALUES (:id, :team, 'https://hooks.example.com', 'full', 's', 0, 0, 0, 1) ON CONFLICT DO NOTHING",
            {"id": endpoint, "team": scene.house.team_id},
        )
        store.rows.one(
            "INSERT INTO webhook_messages (id, endpoint_id, type, event_id, body, created_at, due_at) "
            "VALUES (:id, :endpoint, 'task.completed', 'e', :body, :now, :due)",
            {"id": made, "endpoint": endpoint, "body": body, "now": now, "due": now if due else None},
        )
        store.rows.one(
            "INSERT INTO webhook_deliveries (id, endpoint_id, message_id, try, at, took_ms, request, answer, next) "
            "VALUES (:id, :endpoint, :id, 1, :now, 1, '{}', :answer, 'again')",
            {"id": made, "endpoint": endpoint, "answer": json.dumps({"body": json.dumps(body)}), "now": now},
        )
        return made

    return scene.server.run(put)


def standing(scene: Scene, *messages: str) -> list[tuple[bool, bool]]:
    """Of each message: whether it, and whether its try is there still."""

    def rows(store: Store, _now: int) -> list[tuple[bool, bool]]:
        tables = ("webhook_messages", "webhook_deliveries")
        ids = [{row[0] for row in store.rows.all(f"SELECT id FROM {table}", {})} for table in tables]
        return [(one in ids[0], one in ids[1]) for one in messages]

    return scene.server.run(rows)


def body_of(scene: Scene, message: str) -> dict[str, Any]:
    sql = "SELECT body FROM webhook_messages WHERE id = :id"
    row = scene.server.run(lambda store, _now: store.rows.one(sql, {"id": message}))
    assert row is not None
    return dict(json.loads(row[0]))


@pytest.mark.parametrize("text", [
    "hanna-b", "https://www.linkedin.com/in/hanna-b", "see linkedin.com/in/Hanna-B/ there", "in/hanna-b?x",
    urn_of("hanna-b"), "https://www.linkedin.com/in/ACoAAhanna-b",
])  # fmt: skip
def test_what_was_told_of_somebody_goes(scene: Scene, text: str) -> None:
    read(scene, "hanna-b", profile_urn=urn_of("hanna-b"))
    message = told_of(scene, text, due=False)
    forget(scene, "hanna-b")
    assert standing(scene, message) == [(False, False)]


@pytest.mark.parametrize("text", [
    "hanna", "hanna-b-smith", "https://www.linkedin.com/in/hanna-b-smith", "https://www.linkedin.com/in/hanna-bé",
    "https://www.linkedin.com/in/hanna-b%C3%A9", urn_of("hanna-b2"), "about hanna-b",
])  # fmt: skip
def test_what_was_told_of_others_stays(scene: Scene, text: str) -> None:
    read(scene, "hanna-b", profile_urn=urn_of("hanna-b"))
    message = told_of(scene, text, due=False)
    forget(scene, "hanna-b")
    assert standing(scene, message) == [(True, True)]


def test_what_another_team_was_told_stays(scene: Scene) -> None:
    other = set_scene(scene.server, Sky(scene.sky.clock), name="Others who keep theirs")
    theirs, ours = told_of(other, "hanna-c", due=False), told_of(scene, "hanna-c", due=False)
    forget(scene, "hanna-c")
    assert standing(scene, theirs, ours) == [(True, True), (False, False)]
    other.close()


def test_what_is_on_its_way_is_told_without_the_person(scene: Scene) -> None:
    task = scene.invite("hanna-d", note=NOTE, metadata={"of": "hanna-d"})
    assert scene.agent.turn() == "completed"
    sent = told_of(scene, "hanna-d", due=True, note=NOTE, task=task, output={"sent": True, "invitation_urn": "urn"})
    people = [{"profile_slug": "hanna-d"}, {"profile_slug": "somebody-else"}]
    page = told_of(scene, "", due=True, output={"connections": people})
    note = told_of(scene, "somebody-else", due=True, note="You know linkedin.com/in/hanna-d")
    forget(scene, "hanna-d")
    said = body_of(scene, sent)["data"]["task"]
    assert (said["id"], said["status"], said["task_input"], said["task_output"]) == (
        *(task, "completed", {"profile_urn": None, "note": None}, {"sent": True}),
    )
    assert body_of(scene, page)["data"]["task"]["task_output"] == {"connections": people[1:]}
    assert "hanna-d" in json.dumps(body_of(scene, note)), "it is what another task says, and that one stays"


# ------------------------------------------------------------------ what is asked and read of somebody afterwards


def test_who_is_asked_for_under_a_new_name_leaves_nothing_anew(scene: Scene) -> None:
    read(scene, "greta-old", profile_urn=urn_of("greta"))
    forget(scene, "greta-old")
    task = scene.invite("greta-new", note="Dear Greta, again", metadata={"of": "somebody"})
    assert scene.agent.start(held(scene), urn=urn_of("greta"), slug="greta-newest").code == "do_not_contact"
    shown = scene.status(task)
    assert (shown["status"], shown["error"]["code"], shown["task_input"]["profile_urn"]) == (
        *("failed", "do_not_contact", None),
    )
    assert shown["task_output"]["sent"] is False
    assert kept(scene, "greta-", "ACoAAgreta", "Dear Greta") == []
    for name in ("greta-new", "greta-newest", "greta-old", urn_of("greta")):
        assert scene.post("/linkedin-agent/send-connection-request", {"profile_urn": name}).code == "do_not_contact"


@pytest.mark.parametrize("relation", ["connected", "pending_out"])
def test_nor_does_who_could_not_be_invited_anyway(scene: Scene, relation: str) -> None:
    person = "gerda-" + relation.replace("_", "-")
    forget(scene, urn_of(person))
    scene.invite(f"{person}-new", note=f"Dear {person}")
    assert scene.agent.start(held(scene), urn=urn_of(person), relation=relation).status == 409
    assert kept(scene, person) == []


def test_nor_does_who_is_found_before_the_start(scene: Scene) -> None:
    forget(scene, urn_of("gudrun"))
    scene.invite("gudrun-new", note="Dear gudrun")
    scene.agent.finish(held(scene), "already_connected", {"profile_urn": urn_of("gudrun")})
    assert kept(scene, "gudrun") == []


def test_nor_does_whom_the_member_would_be_asked_about(scene: Scene) -> None:
    scene.agent.call("/agent/consent", {"approve_first": True})
    forget(scene, urn_of("gisela"))
    scene.invite("gisela-new", note="Dear gisela")
    said = {"name": "gisela", "headline": "x", "profile_urn": urn_of("gisela"), "profile_slug": "gisela-new"}
    assert scene.agent.finish(held(scene), "completed", {}, said).status == 200
    assert kept(scene, "gisela") == []


def test_what_is_read_again_is_the_callers_and_no_name_is_learned(scene: Scene) -> None:
    forget(scene, urn_of("grit"))
    reading = read(scene, "grit-new", profile_urn=urn_of("grit"), profile_slug="grit-new")
    assert scene.status(reading)["task_output"]["profile_slug"] == "grit-new"
    assert {row.split()[0] for row in kept(scene, "grit")} == {"tasks"}
    assert forget(scene, urn_of("grit")).tasks == {reading}
    assert kept(scene, "grit") == []


def test_what_was_searched_for_goes_with_the_person_who_was_found(scene: Scene) -> None:
    scene.post("/linkedin-agent/fetch-connections", {"keyword": "Gloria Forgotten"})
    people = [{"name": "Gloria Forgotten", "profile_urn": urn_of("gloria")}, {"name": "X", "profile_urn": urn_of("x")}]
    scene.agent.finish(held(scene), "completed", {}, {"connections": people})
    forget(scene, urn_of("gloria"))
    assert kept(scene, "Gloria", "gloria") == []


def test_what_was_searched_for_goes_at_its_age(scene: Scene) -> None:
    scene.post("/linkedin-agent/fetch-connections", {"keyword": "Helga Nobody"})
    scene.agent.finish(held(scene), "completed", {}, {"connections": []})
    later(scene)
    scene.server.run(retention.wipe, 0)
    assert kept(scene, "Helga Nobody") == []
