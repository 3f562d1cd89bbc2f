"""Stories of who is who: a name and an id that a browser has read as one person's are one person to every no."""

from __future__ import annotations

import json
from typing import Any

from curtsy.service import retention
from curtsy.storage.store import Store
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.holds import DAY, ask, forget, held, list_, vanish
from tests.faults.teeth.later import sent
from tests.faults.teeth.news import serving
from tests.harness.scene import Scene
from tests.harness.sky import urn_of

ADA, FETCH = urn_of("ada"), "/linkedin-agent/fetch-profile"


def read(scene: Scene, person: str, **found: Any) -> None:
    scene.agent.kinds = ["fetch_profile"]
    scene.post(FETCH, {"profile_slug": person})
    scene.agent.finish(held(scene.agent), "completed", {}, {"profile_urn": ADA, **found})


def what_a_read_by_id_says_is_learned(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        read(scene, ADA, profile_slug="ada-l")
        list_(scene, "ada-l")
        assert ask(scene, ADA) == "do_not_contact"


def who_is_read_instead_is_another(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        read(scene, urn_of("ben"), profile_slug="ada-l")
        list_(scene, ADA)
        assert ask(scene, "ada-l") is None


def a_page_says_who_is_who(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.post("/linkedin-agent/fetch-connections", {})
        person = {"profile_urn": ADA, "profile_slug": "ada-l"}
        scene.agent.finish(held(scene.agent), "completed", {}, {"connections": [person]})
        list_(scene, "ada-l")
        assert ask(scene, ADA) == "do_not_contact"


def the_name_read_before_the_act_counts(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        list_(scene, "ada-l")
        scene.invite(ADA)
        assert scene.agent.start(held(scene.agent), slug="ada-l").code == "do_not_contact"


def what_waits_for_who_turns_out_to_be_listed_ends(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        list_(scene, "ada-l")
        task = scene.invite(ADA)
        read(scene, ADA, profile_slug="ada-l")
        assert scene.status(task)["status"] == "failed"


def who_is_listed_is_listed_by_every_name(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        for name in ("ada-l", "ada-k"):
            read(scene, name, profile_slug=name)
        list_(scene, "ada-l")
        t.clock.jump(40 * DAY)
        scene.agent.ask()
        assert ask(scene, "ada-k") == "do_not_contact"


def a_wait_holds_under_a_name_learned_later(t: Town) -> None:
    with sent(t) as (scene, _task):
        vanish(t, scene)
        scene.server.run(lambda store, _now: store.rows.one("UPDATE cooldowns SET other_key = NULL", {}))
        read(scene, ADA, profile_slug="ada-l")
        t.clock.jump(40 * DAY)
        scene.agent.ask()
        assert ask(scene, "ada-l") == "cooling_down"


# ------------------------------------------------------------------ who was forgotten


def forgotten(t: Town, scene: Scene, task: str, person: str, *, wiped: bool = True) -> None:
    """Long afterwards, forgetting somebody by this name empties this task."""
    t.clock.jump(40 * DAY)
    scene.agent.ask()
    scene.server.run(lambda store, _now: store.rows.one("DELETE FROM known_names", {}))
    if wiped:
        scene.server.run(retention.wipe, 0)
    forget(scene, person)
    assert scene.status(task)["task_input"]["profile_urn"] is None


def told(scene: Scene, team_id: str, body: str, *, due: bool = False) -> str:
    """A message to an endpoint of a team."""

    def put(store: Store, now: int) -> str:
        made = store.new_id()
        store.rows.one(
            "INSERT INTO webhook_endpoints (id, team_id, url, payload, secret, txid, n, created_at, off_at) "
            "VALUES (:id, :id, '', 'full', '', 0, 0, 0, 1) ON CONFLICT DO NOTHING",
            {"id": team_id},
        )
        store.rows.one(
            "INSERT INTO webhook_messages (id, endpoint_id, type, body, created_at, due_at) "
            "VALUES (:id, :endpoint, 'task.completed', :body, :now, :due)",
            {"id": made, "endpoint": team_id, "body": body, "now": now, "due": now if due else None},
        )
        return made

    return scene.server.run(put)


def untold(scene: Scene, message: str) -> str | None:
    """What is left of a message once Ann was forgotten."""
    forget(scene, "ann")
    row = scene.server.run(
        lambda store, _now: store.rows.one("SELECT body FROM webhook_messages WHERE id = :id", {"id": message})
    )
    return None if row is None else str(row[0])


def what_was_told_of_others_stays(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        message = told(scene, scene.house.team_id, '{"profile_urn": "https://www.linkedin.com/in/ann-smith"}')
        assert untold(scene, message)


def what_another_team_was_told_stays(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        assert untold(scene, told(scene, "another team", '{"profile_urn": "ann"}'))


def what_is_still_to_be_told_is_told(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = scene.invite("ann")
        assert scene.agent.turn() == "completed"
        said = {"task": {"id": task, "task_input": {"profile_urn": "ann"}, "task_output": None}}
        left = untold(scene, told(scene, scene.house.team_id, json.dumps({"data": said}), due=True))
        assert left
        assert "ann" not in left


def a_reading_keeps_who_was_read(t: Town) -> None:
    with sent(t) as (scene, task):
        read(scene, "ada-l")
        forgotten(t, scene, task, "ada-l")


def a_reading_of_before_says_who_was_read(t: Town) -> None:
    with sent(t) as (scene, task):
        read(scene, "ada-l")
        scene.server.run(lambda store, _now: store.rows.one("UPDATE tasks SET seen_id = NULL, seen_slug = NULL", {}))
        read_as = "UPDATE tasks SET output = :said WHERE kind = 'fetch_profile'"
        said = f'{{"profile_urn": "{ADA}", "profile_slug": "ada-k"}}'
        scene.server.run(lambda store, _now: store.rows.one(read_as, {"said": said}))
        forgotten(t, scene, task, "ada-k", wiped=False)


def a_page_that_is_kept_says_who_is_one(t: Town) -> None:
    with sent(t) as (scene, task):
        scene.post("/linkedin-agent/fetch-connections", {})
        person = {"profile_urn": ADA, "profile_slug": "ada-l"}
        scene.agent.finish(held(scene.agent), "completed", {}, {"connections": [person]})
        forgotten(t, scene, task, "ada-l", wiped=False)


def a_task_keeps_the_name_read_before_the_act(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = scene.invite(ADA)
        work = held(scene.agent)
        scene.agent.start(work, slug="ada-l")
        scene.agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"})
        forgotten(t, scene, task, "ada-l")


def a_task_keeps_who_was_not_to_be_invited(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = scene.invite("ada")
        scene.agent.start(held(scene.agent), slug="ada-l", relation="connected")
        forgotten(t, scene, task, ADA)


# ------------------------------------------------------------------ who is asked for again


def asked_again(scene: Scene) -> str:
    """The task that asks for Ada under another name, after she was forgotten."""
    forget(scene, ADA)
    return scene.invite("ada-l", note="Dear Ada, again")


def emptied(scene: Scene, task: str) -> None:
    said = scene.status(task)["task_input"]
    assert (said["profile_urn"], said.get("note")) == (None, None)


def who_was_forgotten_is_nobody_at_the_start(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = asked_again(scene)
        assert scene.agent.start(held(scene.agent), urn=ADA).code == "do_not_contact"
        emptied(scene, task)


def who_was_forgotten_is_nobody_in_a_report(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = asked_again(scene)
        scene.agent.finish(held(scene.agent), "already_connected", {"profile_urn": ADA})
        emptied(scene, task)


def who_was_forgotten_is_nobody_while_they_wait(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = asked_again(scene)
        read(scene, "ada-l")
        emptied(scene, task)


def names_of_who_was_forgotten_are_not_learned(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        forget(scene, ADA)
        read(scene, "ada-l")
        assert scene.server.run(lambda store, _now: store.rows.all("SELECT name FROM known_names", {})) == []


def searched(scene: Scene) -> None:
    scene.post("/linkedin-agent/fetch-connections", {"keyword": "Ada Forgotten"})
    scene.agent.finish(held(scene.agent), "completed", {}, {"connections": [{"profile_urn": ADA}]})


def keys(scene: Scene) -> str:
    return str(scene.server.run(lambda store, _now: store.rows.all("SELECT question, profile_key FROM tasks", {})))


def what_was_searched_for_goes_with_who_was_found(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        searched(scene)
        forget(scene, ADA)
        assert "Forgotten" not in keys(scene)


def what_was_searched_for_goes_at_its_age(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        searched(scene)
        t.clock.jump(91 * DAY)
        scene.server.run(retention.wipe, 90)
        assert "Forgotten" not in keys(scene)
