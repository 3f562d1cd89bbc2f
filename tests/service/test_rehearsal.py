"""The test world: every magic person, with nobody's browser, and nothing that ever meets what is meant."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest

from curtsy.domain.member import Cause
from curtsy.domain.outcome import DISPOSITIONS, Outcome
from curtsy.domain.rehearsal import ACCEPTED_MS, KEPT, LOOK_MS, PAUSE_MS, SCENES, SLOW_MS, WITHDRAWALS, Scene
from curtsy.domain.task import TaskState
from curtsy.service import access, consent, pauses, teams
from curtsy.service.access import Scope
from curtsy.service.consent import Allowed
from curtsy.service.rehearsal import SLICE, play
from curtsy.storage.store import Store
from curtsy.web.wire import rfc3339
from tests.harness.agent import Reply
from tests.harness.scene import Scene as Stage
from tests.harness.scene import set_scene
from tests.service.sights import DAY, HOUR, jump

INVITE = "/linkedin-agent/send-connection-request"
WITHDRAW = "/linkedin-agent/withdraw-connection-request"
STATUS = "/linkedin-agent/get-task-status"
SECOND = 1_000


class Rehearsal:
    """A caller with a key for tests."""

    def __init__(self, scene: Stage) -> None:
        self.scene = scene
        self.key = scene.server.run(access.create_key, scene.house.team_id, Scope.MANAGE, test=True).secret

    def post(self, body: dict[str, Any], path: str = INVITE) -> Reply:
        return self.scene.post(path, body, self.key)

    def get(self, path: str, **params: str) -> Reply:
        return self.scene.get(path, self.key, **params)

    def invite(self, person: str, **more: Any) -> str:
        made = self.post({"profile_urn": person, **more})
        assert made.status == 200, made
        return str(made.body["api_agent_task_id"])

    def status(self, task: str) -> dict[str, Any]:
        return dict(self.get(STATUS, api_agent_task_id=task).body["data"])

    def events(self, task: str) -> list[str]:
        feed = self.get("/v1/events").body["data"]
        return [one["type"] for one in feed if one["data"].get("task", {}).get("id") == task]


@pytest.fixture
def rehearsal(scene: Stage) -> Rehearsal:
    return Rehearsal(scene)


def test_an_ordinary_person_is_invited_without_any_browser(rehearsal: Rehearsal, scene: Stage) -> None:
    scene.agent.unpair()
    task = rehearsal.invite("somebody-ordinary", note="Hello.")
    jump(scene, 0)
    assert rehearsal.status(task)["status"] == "processing"
    jump(scene, 2 * SECOND)
    done = rehearsal.status(task)
    assert (done["status"], done["task_output"]["sent"], done["mode"]) == ("completed", True, "test")
    assert re.fullmatch(r"urn:li:fsd_invitation:\d{19}", done["task_output"]["invitation_urn"])
    assert rehearsal.events(task) == ["task.created", "task.leased", "task.started", "task.completed"]
    assert scene.post(INVITE, {"profile_urn": "somebody-ordinary"}).code == "no_active_agent"


@pytest.mark.parametrize("person", SCENES, ids=lambda person: person.slug)
@pytest.mark.parametrize("name", ["slug", "id"])
def test_every_magic_person_does_what_the_list_says(
    rehearsal: Rehearsal, scene: Stage, person: Scene, name: str
) -> None:
    task = rehearsal.invite(getattr(person, name), note="Hello.")
    jump(scene, 0)
    jump(scene, SLOW_MS + SECOND)
    now = rehearsal.status(task)
    rule = DISPOSITIONS[person.outcome]
    if person.outcome is Outcome.UNKNOWN:
        assert now["status"] == "processing"
        jump(scene, LOOK_MS + SECOND)
        after = rehearsal.status(task)
        if person.slug in KEPT:
            assert after["task_output"]["sent"] is True
        else:
            assert after["blocked_by"] == "needs_review"
    elif rule.state is TaskState.FAILED:
        assert (now["status"], now["task_output"]["code"]) == ("failed", person.outcome)
    elif rule.state is TaskState.QUEUED:
        if rule.pause is not None:
            assert (now["status"], now["blocked_by"]) == ("pending", rule.pause)
        jump(scene, PAUSE_MS + SECOND)
        jump(scene, 2 * SECOND)
        assert rehearsal.status(task)["task_output"]["sent"] is True
    else:
        assert now["task_output"]["sent"] is True


def withdrawal(rehearsal: Rehearsal, scene: Stage, person: str) -> dict[str, Any]:
    """A withdrawal from a person, as far as it comes by itself."""
    made = rehearsal.post({"profile_urn": person}, WITHDRAW)
    for ms in (0, 2 * SECOND, LOOK_MS + SECOND, 2 * SECOND):
        jump(scene, ms)
    return rehearsal.status(made.body["api_agent_task_id"])


@pytest.mark.parametrize("slug", ["somebody", *WITHDRAWALS])
def test_what_is_taken_back_does_what_the_list_says(rehearsal: Rehearsal, scene: Stage, slug: str) -> None:
    expected = WITHDRAWALS.get(slug, Outcome.WITHDRAWN)
    task = None
    if slug == "somebody" or slug.startswith("withdrawal-"):
        assert withdrawal(rehearsal, scene, slug)["task_output"]["code"] == Outcome.NOT_PENDING
        task = rehearsal.invite(slug)
        jump(scene, 0)
        jump(scene, 2 * SECOND)
    done = withdrawal(rehearsal, scene, slug)
    if expected is Outcome.CLIENT_OUTDATED:
        expected = Outcome.NOT_PENDING  # what only waits has waited
    if expected in (Outcome.WITHDRAWN, Outcome.UNKNOWN):
        assert done["task_output"]["withdrawn"] is True
        assert rehearsal.events(done["id"]).count("task.started") == (2 if expected is Outcome.UNKNOWN else 1)
        assert rehearsal.post({"profile_urn": slug}).code == "cooling_down"
    else:
        assert (done["task_output"]["withdrawn"], done["task_output"]["code"]) == (False, expected)
    if task is not None:
        withdrawn = done["task_output"]["withdrawn"]
        assert rehearsal.status(task)["invitation"]["state"] == ("withdrawn" if withdrawn else "pending")


def test_a_weekly_limit_refuses_as_it_does_live_and_ends(rehearsal: Rehearsal, scene: Stage) -> None:
    rehearsal.invite("weekly-limit")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    said = rehearsal.post({"profile_urn": "somebody-else"})
    assert (said.status, said.code) == (429, "invitation_limit_reached")
    assert said.body["retry_at"]
    jump(scene, PAUSE_MS)
    assert rehearsal.post({"profile_urn": "somebody-else"}).status == 200


def test_who_accepts_and_who_vanishes_is_told_later(rehearsal: Rehearsal, scene: Stage) -> None:
    accepts, vanishes = rehearsal.invite("ada-example"), rehearsal.invite("silent-success")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert rehearsal.status(accepts)["invitation"]["state"] == "pending"
    jump(scene, ACCEPTED_MS)
    assert rehearsal.status(accepts)["invitation"]["state"] == "accepted"
    assert rehearsal.events(accepts)[-1] == "invitation.accepted"
    assert withdrawal(rehearsal, scene, "ada-example")["task_output"]["code"] == "already_connected"
    assert rehearsal.status(vanishes)["invitation"]["state"] == "gone"
    again = rehearsal.post({"profile_urn": "silent-success"})
    assert (again.status, again.code, again.body["reason"]) == (409, "cooling_down", "gone")


def test_the_same_person_is_invited_once_and_a_name_and_its_id_are_one(rehearsal: Rehearsal, scene: Stage) -> None:
    first = rehearsal.invite("slow")
    again = rehearsal.post({"profile_urn": "slow"}).body
    assert (again["api_agent_task_id"], again["deduplicated"]) == (first, True)
    by_id = rehearsal.invite(next(one.id for one in SCENES if one.slug == "slow"))
    jump(scene, 0)
    jump(scene, SLOW_MS + SECOND)
    assert rehearsal.status(first)["same_as"] == by_id
    assert rehearsal.status(first)["task_output"] == rehearsal.status(by_id)["task_output"]


def test_a_profile_is_read(rehearsal: Rehearsal, scene: Stage) -> None:
    made = rehearsal.post({"profile_slug": "williamhgates"}, "/linkedin-agent/fetch-profile")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    output = rehearsal.status(made.body["api_agent_task_id"])["task_output"]
    assert (output["name"], output["profile"]["full_name"]) == ("Williamhgates", "Williamhgates")
    lost = rehearsal.post({"profile_slug": "not-found"}, "/linkedin-agent/fetch-profile")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert rehearsal.status(lost.body["api_agent_task_id"])["task_output"]["code"] == "not_found"


def test_a_day_has_no_end_in_the_test_world(rehearsal: Rehearsal, scene: Stage) -> None:
    tasks = [rehearsal.invite(f"person-{number}") for number in range(60)]
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert {rehearsal.status(task)["status"] for task in tasks} == {"completed"}


def test_nobodys_pace_or_wish_holds_a_test_up(scene: Stage) -> None:
    scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, 1, 1, (60, 60))
    scene.server.run(consent.allow, scene.house.admin.id, Allowed(approve_first=True))
    rehearsal = Rehearsal(scene)
    rehearsal.invite("first-of-the-day")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    soon = rfc3339(scene.server.run(lambda _store, now: now) + HOUR)
    trial = rehearsal.post({"profile_urn": "second-of-the-day", "dry_run": True, "expires_at": soon}).body
    assert (trial["would"], trial["blocked_by"], trial["warnings"]) == ("accept", None, [])
    made = rehearsal.post({"profile_urn": "second-of-the-day", "expires_at": soon}).body
    assert "warnings" not in made
    waits = rehearsal.status(made["api_agent_task_id"])
    assert (waits["status"], waits["blocked_by"]) == ("pending", None)
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert rehearsal.status(made["api_agent_task_id"])["status"] == "completed"


def test_a_pause_of_one_team_stops_no_other(rehearsal: Rehearsal, scene: Stage) -> None:
    held = [rehearsal.invite(f"behind-a-pause-{n}") for n in range(SLICE + 1)]
    house = scene.server.run(rehearsing, scene.house.team_id)
    scene.server.run(pauses.pause, *house, Cause.CHALLENGE)
    with closing(set_scene(scene.server, scene.sky, name="Their neighbours")) as other:
        neighbours = Rehearsal(other)
        task = neighbours.invite("somebody-next-door")
        scene.server.run(play)
        assert neighbours.status(task)["status"] == "processing"
    assert {rehearsal.status(task)["blocked_by"] for task in held[:2]} == {"challenge"}


def test_a_pause_of_acts_stops_no_read(rehearsal: Rehearsal, scene: Stage) -> None:
    house = scene.server.run(rehearsing, scene.house.team_id)
    scene.server.run(pauses.pause, *house, Cause.INVITATION_LIMIT)
    made = rehearsal.post({"profile_slug": "williamhgates"}, "/linkedin-agent/fetch-profile")
    scene.server.run(play)
    assert rehearsal.status(made.body["api_agent_task_id"])["status"] == "processing"


def rehearsing(store: Store, _now: int, team_id: str) -> tuple[str, str]:
    """The team that rehearses for this one, and its only member."""
    team = store.rehearsals.team_for(team_id)
    assert team is not None
    return team, store.teams.members(team)[0].id


def test_its_events_say_that_they_are_no_real_ones(rehearsal: Rehearsal, scene: Stage) -> None:
    scene.invite("a-real-one")
    task = rehearsal.invite("challenge")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    told = rehearsal.get("/v1/events").body["data"]
    assert {"task.created", "member.paused"} <= {one["type"] for one in told}
    assert {one["data"].get("mode") for one in told} == {"test"}
    chosen = rehearsal.get("/v1/events", types="task.requeued").body["data"]
    assert [(one["data"]["task"]["id"], one["data"]["mode"]) for one in chosen] == [(task, "test")]
    assert all("mode" not in one["data"] for one in scene.get("/v1/events").body["data"])


def test_test_and_live_never_meet(rehearsal: Rehearsal, scene: Stage) -> None:
    live, test = scene.invite("ada-both"), rehearsal.invite("ada-both")
    assert live != test
    assert rehearsal.get(STATUS, api_agent_task_id=live).code == "task_not_found"
    assert scene.get(STATUS, api_agent_task_id=test).code == "task_not_found"
    assert [one["id"] for one in scene.get("/v1/tasks").body["data"]] == [live]
    assert [one["id"] for one in rehearsal.get("/v1/tasks").body["data"]] == [test]
    work = scene.agent.lease()
    assert work is not None
    assert work.id == live
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert rehearsal.status(test)["status"] == "completed"
    assert scene.agent.ask().body["task"]["id"] == live
    mine = {one["id"] for one in scene.get("/v1/events").body["data"]}
    theirs = {one["id"] for one in rehearsal.get("/v1/events").body["data"]}
    assert mine.isdisjoint(theirs)
    rehearsal.invite("challenge")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert scene.status(live)["blocked_by"] != "challenge"


def test_the_sender_is_named_as_in_earnest(rehearsal: Rehearsal) -> None:
    assert rehearsal.post({"profile_urn": "x-person", "sender": "ada@example.com"}).status == 200
    assert rehearsal.post({"profile_urn": "x-person", "sender": "nobody@example.com"}).code == "unknown_member"


def test_a_cancelled_task_does_not_happen(rehearsal: Rehearsal, scene: Stage) -> None:
    task = rehearsal.invite("slow")
    assert (
        rehearsal.post({"api_agent_task_id": task}, "/linkedin-agent/cancel-task").body["data"]["status"] == "cancelled"
    )
    jump(scene, 0)
    jump(scene, SLOW_MS)
    assert rehearsal.events(task) == ["task.created", "task.cancelled"]


def test_keys_of_both_worlds_are_listed_and_revoked_by_the_team(rehearsal: Rehearsal, scene: Stage) -> None:
    found = scene.server.run(access.keys, scene.house.team_id)
    assert {key.hint[:8] for key in found} == {"ck_live_", "ck_test_"}
    test = next(key for key in found if key.hint.startswith("ck_test_"))
    scene.server.run(access.revoke_key, scene.house.team_id, test.id)
    assert rehearsal.scene.server.run(access.standing, [test.id]) == set()


def test_the_stand_in_is_there_after_any_time_and_any_clock(rehearsal: Rehearsal, scene: Stage) -> None:
    jump(scene, 400 * DAY)
    scene.server.run(lambda store, now: store.agents.put_right(now))
    task = rehearsal.invite("somebody-later")
    jump(scene, 0)
    jump(scene, 2 * SECOND)
    assert rehearsal.status(task)["status"] == "completed"
    assert "agent.offline" not in [one["type"] for one in rehearsal.get("/v1/events").body["data"]]


def test_one_process_plays_at_a_time_and_nothing_happens_twice(rehearsal: Rehearsal, scene: Stage) -> None:
    task = rehearsal.invite("somebody")
    for _ in range(3):
        scene.server.run(play)
    jump(scene, 2 * SECOND)
    for _ in range(3):
        scene.server.run(play)
    assert rehearsal.events(task) == ["task.created", "task.leased", "task.started", "task.completed"]
