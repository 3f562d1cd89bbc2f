"""A public name and an id are one person once any browser has read so: a no under the one holds under the other."""

from __future__ import annotations

from typing import Any

import pytest

from curtsy.domain.profile import parse_profile
from curtsy.service import do_not_contact
from tests.harness.agent import Work
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.looks import look
from tests.service.sights import DAY, HOUR, jump

SEND = "/linkedin-agent/send-connection-request"


def listed(scene: Scene, person: str) -> do_not_contact.Listed:
    profile = parse_profile(person)
    assert profile is not None
    return scene.server.run(do_not_contact.add, scene.house.team_id, profile, "asked us to stop", "a test")


def ask(scene: Scene, person: str) -> str | None:
    """Why somebody is not to be invited, or None."""
    return scene.post(SEND, {"profile_urn": person}).code


def held(scene: Scene) -> Work:
    work = scene.agent.lease()
    assert work is not None
    return work


def read(scene: Scene, person: str, **found: Any) -> None:
    """The profile of somebody is read, and this found."""
    assert scene.post("/linkedin-agent/fetch-profile", {"profile_slug": person}).status == 200
    work = held(scene)
    assert scene.agent.finish(work, "completed", {}, {"name": "Somebody", **found}).status == 200


def code(scene: Scene, task: str) -> str | None:
    error = scene.status(task)["error"]
    return error and str(error["code"])


def test_a_profile_read_by_its_id_says_its_name(scene: Scene) -> None:
    urn = urn_of("by-id")
    read(scene, urn, profile_urn=urn, profile_slug="Jane-By-Id")
    listed(scene, "jane-by-id")
    assert ask(scene, urn) == "do_not_contact"


def test_what_is_read_ends_what_waits_for_who_is_listed_by_the_other_name(scene: Scene) -> None:
    urn = urn_of("listed-first")
    listed(scene, "jane-listed-first")
    scene.agent.kinds = ["fetch_profile"]
    task = scene.invite(urn)
    read(scene, urn, profile_urn=urn, profile_slug="jane-listed-first")
    assert code(scene, task) == "do_not_contact"
    assert ask(scene, urn) == "do_not_contact"


def test_a_page_of_connections_says_names(scene: Scene) -> None:
    people = [{"name": "J", "profile_urn": urn_of(f"page-{n}"), "profile_slug": f"jane-page-{n}"} for n in range(3)]
    listed(scene, "jane-page-0")
    scene.agent.kinds = ["fetch_connections"]
    waits = scene.invite(urn_of("page-0"))
    scene.post("/linkedin-agent/fetch-connections", {})
    odd: list[Any] = [None, {"profile_urn": 7}, {"profile_slug": "x", "profile_urn": urn_of("x")}, *people]
    assert scene.agent.finish(held(scene), "completed", {}, {"connections": odd}).status == 200
    assert code(scene, waits) == "do_not_contact"
    listed(scene, "jane-page-1")
    assert [ask(scene, urn_of(f"page-{n}")) for n in range(3)] == ["do_not_contact", "do_not_contact", None]


def test_who_the_member_is_asked_about_is_known_by_both(scene: Scene) -> None:
    scene.agent.call("/agent/consent", {"approve_first": True})
    task = scene.invite(urn_of("asked-about"))
    work = held(scene)
    assert work.kind == "read_person"
    said = {"name": "Janet", "headline": "x", "profile_urn": urn_of("asked-about"), "profile_slug": "janet-asked"}
    assert scene.agent.finish(work, "completed", {}, said).status == 200
    assert listed(scene, "janet-asked").ended == (task,)


def test_who_was_listed_is_not_asked_about(scene: Scene) -> None:
    scene.agent.call("/agent/consent", {"approve_first": True})
    listed(scene, "janet-listed")
    task = scene.invite(urn_of("listed-janet"))
    said = {"name": "Janet", "headline": "x", "profile_urn": urn_of("listed-janet"), "profile_slug": "janet-listed"}
    assert scene.agent.finish(held(scene), "completed", {}, said).body["state"] == "completed"
    assert code(scene, task) == "do_not_contact"
    assert scene.agent.get("/agent/approvals").body["data"] == []


def test_the_name_that_is_read_before_the_act_stops_it(scene: Scene) -> None:
    listed(scene, "jane-at-start")
    task = scene.invite(urn_of("at-start"))
    refused = scene.agent.start(held(scene), slug="Jane-At-Start")
    assert (refused.status, refused.code) == (409, "do_not_contact")
    assert code(scene, task) == "do_not_contact"
    assert ask(scene, urn_of("at-start")) == "do_not_contact"


def test_a_name_read_before_an_act_is_known_afterwards(scene: Scene) -> None:
    scene.invite(urn_of("told-later"))
    work = held(scene)
    assert scene.agent.start(work, slug="jane-told-later").status == 200
    scene.agent.finish(work, "not_attempted")
    assert len(listed(scene, "jane-told-later").ended) == 1


@pytest.mark.parametrize("slug", ["x", "", "no name at all", "a" * 101, urn_of("an-id"), "ACoAAan-id-in-its-place"])
def test_what_is_no_name_is_not_kept(scene: Scene, slug: str) -> None:
    person = urn_of(f"nameless-{abs(hash(slug))}")
    scene.invite(person)
    assert scene.agent.start(held(scene), slug=slug).status == 200
    found = scene.server.run(lambda store, _now: store.people.names_of(scene.house.team_id, [person[19:]]))
    assert found == {}


def test_what_was_found_before_the_act_says_whose_name_it_is(scene: Scene) -> None:
    scene.invite("jane-connected")
    scene.agent.finish(held(scene), "already_connected", {"profile_urn": urn_of("connected")})
    listed(scene, "jane-connected")
    assert ask(scene, urn_of("connected")) == "do_not_contact"


def test_who_is_listed_by_one_of_two_names_is_listed_by_the_other(scene: Scene) -> None:
    urn = urn_of("two-names")
    for slug in ("name-one-of-two", "name-two-of-two"):
        read(scene, slug, profile_urn=urn, profile_slug=slug)
    listed(scene, "name-one-of-two")
    jump(scene, 40 * DAY)
    scene.agent.ask()
    assert ask(scene, "name-two-of-two") == "do_not_contact"


def test_a_wait_that_began_by_an_id_holds_for_the_name_that_is_learned(scene: Scene) -> None:
    urn = urn_of("gone-by-id")
    scene.invite(urn)
    assert scene.agent.turn() == "completed"
    scene.sky.vanish(urn)
    look(scene)
    jump(scene, HOUR)
    look(scene)
    assert ask(scene, urn) == "cooling_down"
    read(scene, urn, profile_urn=urn, profile_slug="jane-gone-by-id")
    jump(scene, 40 * DAY)
    scene.agent.ask()
    assert ask(scene, "jane-gone-by-id") == "cooling_down", "though the name itself is forgotten"


def test_another_id_of_the_same_kind_is_another_person(scene: Scene) -> None:
    asked, found = urn_of("asked-for"), urn_of("found-instead")
    read(scene, asked, profile_urn=found, profile_slug="found-instead")
    listed(scene, found)
    assert ask(scene, asked) is None
