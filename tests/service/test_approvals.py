"""A member who wishes to be asked first: nothing is sent without their yes, and they see whom it is for."""

from typing import Any

import pytest

from curtsy.domain.consent import READ_AHEAD
from curtsy.service import teams
from tests.harness.agent import Agent, Reply, Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, events, jump, leased, row, spent, state

NOTE = "Hello, may I connect?"


def wish(agent: Agent, **said: Any) -> dict[str, Any]:
    reply = agent.call("/agent/consent", said)
    assert reply.status == 200, reply
    return reply.body


def asked(agent: Agent) -> list[dict[str, Any]]:
    reply = agent.get("/agent/approvals")
    assert reply.status == 200, reply
    return list(reply.body["data"])


def say(agent: Agent, task: str, approve: bool) -> Reply:
    return agent.call(f"/agent/approvals/{task}", {"approve": approve})


def read_names(agent: Agent) -> int:
    """How many people the browser is sent to look at, one after the other."""
    count = 0
    while (work := agent.lease()) is not None:
        assert work.kind == "read_person"
        assert (work.note, work.input) == (None, {})
        agent.read_person(work)
        count += 1
    return count


def test_an_invitation_waits_until_the_member_says_yes(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    task = scene.invite("grace-hopper", note=NOTE)
    assert read_names(scene.agent) == 1
    for _ in range(2):
        waiting = scene.status(task)
        assert (waiting["status"], waiting["blocked_by"], waiting["estimated_at"]) == (
            "pending", "awaiting_approval", None,
        )  # fmt: skip
        assert scene.agent.ask().body["reason"] == "awaiting_approval"
    [shown] = asked(scene.agent)
    assert shown["task_id"] == task
    assert (shown["name"], shown["headline"], shown["note"]) == ("Grace-Hopper", "Works at a place", NOTE)
    assert shown["profile"] == {"urn": urn_of("grace-hopper"), "slug": "grace-hopper"}
    assert say(scene.agent, task, True).body["state"] == "queued"
    assert (asked(scene.agent), scene.status(task)["blocked_by"]) == ([], None)
    assert scene.agent.turn() == "completed"
    assert say(scene.agent, task, True).body["state"] == "completed"
    assert events(scene, task) == ["created", "leased", "started", "completed"]


def test_a_no_ends_it_and_is_told(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    task = scene.invite("declined-one")
    assert say(scene.agent, task, False).body["state"] == "failed"
    assert say(scene.agent, task, False).body["state"] == "failed"
    ended = scene.status(task)
    assert ended["task_output"] == {"sent": False, "code": "declined", "error": "The member said no to this invitation"}
    assert (ended["error"]["scope"], ended["error"]["retryable"]) == ("member", False)
    assert events(scene, task) == ["created", "failed"]
    late = say(scene.agent, task, True)
    assert (late.status, late.code, late.body["state"]) == (409, "not_waiting", "failed")
    assert scene.agent.turn() is None


def test_the_wish_holds_for_what_waits_already_and_its_end_releases_it(scene: Scene) -> None:
    tasks = [scene.invite(f"waits-already-{n}") for n in range(3)]
    wish(scene.agent, approve_first=True)
    assert {scene.status(task)["blocked_by"] for task in tasks} == {"awaiting_approval"}
    assert read_names(scene.agent) == 3
    say(scene.agent, tasks[2], True)
    assert [scene.agent.turn(), scene.agent.turn()] == ["completed", None]
    assert [state(scene, task) for task in tasks] == ["queued", "queued", "completed"]
    wish(scene.agent, approve_first=False)
    assert [scene.agent.turn() for _ in range(3)] == ["completed", "completed", None]


def test_start_asks_again(scene: Scene) -> None:
    work = leased(scene, "wished-meanwhile")
    wish(scene.agent, approve_first=True)
    reply = scene.agent.start(work)
    assert (reply.status, reply.code, reply.body["blocked_by"]) == (409, "not_now", "awaiting_approval")
    assert (state(scene, work.id), spent(scene)) == ("queued", 0)


def test_a_no_reaches_a_browser_that_has_not_started(scene: Scene) -> None:
    work = leased(scene, "no-meanwhile")
    assert say(scene.agent, work.id, False).body["state"] == "failed"
    reply = scene.agent.start(work)
    assert (reply.status, reply.code) == (409, "lease_lost")


def test_what_was_started_cannot_be_declined(scene: Scene) -> None:
    work = leased(scene, "too-late")
    scene.agent.start(work)
    reply = say(scene.agent, work.id, False)
    assert (reply.status, reply.code, reply.body["state"]) == (409, "not_waiting", "started")


def test_only_the_member_is_asked(scene: Scene) -> None:
    other = scene.browser(scene.house.code(scene.house.member("bob@example.com")), account=urn_of("bob"))
    wish(scene.agent, approve_first=True)
    task = scene.invite("whose-yes")
    assert asked(other) == []
    assert say(other, task, True).code == "task_not_found"
    assert say(scene.agent, "unheard-of", True).code == "task_not_found"
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "a-read"}).body["api_agent_task_id"]
    assert say(scene.agent, read, True).code == "task_not_found"
    scene.invite("bobs-own", sender="bob@example.com")
    assert other.turn() == "completed"


def test_waiting_for_a_yes_does_not_stop_the_clock(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    task = scene.invite("nobody-said-yes")
    jump(scene, 31 * DAY)
    ended = scene.status(task)
    assert (ended["error"]["code"], ended["error"]["message"]) == ("expired", "The member did not approve this in time")


def test_a_dry_run_tells_it(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    said = scene.post("/linkedin-agent/send-connection-request", {"profile_urn": "dry", "dry_run": True}).body
    assert (said["would"], said["blocked_by"], said["estimated_at"]) == ("accept", "awaiting_approval", None)


def test_what_waits_for_a_yes_comes_before_nobody(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    first, second = scene.invite("comes-first"), scene.invite("comes-second")
    scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, 50, 200, (600, 600))
    say(scene.agent, second, True)
    assert scene.status(second)["blocked_by"] is None
    assert scene.status(first)["blocked_by"] == "awaiting_approval"


# ------------------------------------------------------------------ names


def test_only_the_next_few_are_read_and_each_once(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    tasks = [scene.invite(f"one-of-many-{n}") for n in range(READ_AHEAD + 2)]
    assert read_names(scene.agent) == READ_AHEAD
    assert [one["name"] is not None for one in asked(scene.agent)] == [True] * READ_AHEAD + [False, False]
    assert asked(scene.agent)[-1]["profile"]["slug"] == f"one-of-many-{READ_AHEAD + 1}"
    say(scene.agent, tasks[0], False)
    assert read_names(scene.agent) == 1
    assert scene.get("/v1/tasks").body["data"][0]["id"] == tasks[-1]


def test_who_was_read_before_is_not_read_again(scene: Scene) -> None:
    scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "known-already"})
    assert scene.agent.turn() == "completed"
    wish(scene.agent, approve_first=True)
    scene.invite("known-already")
    assert scene.agent.lease() is None
    assert [one["name"] for one in asked(scene.agent)] == ["Known-Already"]


def test_who_is_not_to_be_seen_is_not_looked_for_again(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    scene.invite("nobody-there")
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.finish(work, "not_found", {"http_status": 403}).body["state"] == "failed"
    assert scene.agent.lease() is None
    assert [one["name"] for one in asked(scene.agent)] == [None]


def test_a_read_is_not_made_once_the_member_has_spoken(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    task = scene.invite("spoken-meanwhile")
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.release(work).body["state"] == "queued"
    say(scene.agent, task, True)
    assert scene.agent.turn() == "completed"
    assert scene.agent.turn() is None


def test_an_older_browser_is_asked_without_a_name(scene: Scene) -> None:
    scene.agent.kinds = None
    wish(scene.agent, approve_first=True)
    scene.invite("without-a-name")
    assert scene.agent.lease() is None
    assert [one["name"] for one in asked(scene.agent)] == [None]


@pytest.mark.parametrize("output", [None, {"name": 7}, []])
def test_a_read_that_names_nobody_is_refused(scene: Scene, output: Any) -> None:
    wish(scene.agent, approve_first=True)
    scene.invite("told-nonsense")
    work = scene.agent.lease()
    assert work is not None
    assert scene.agent.finish(work, "completed", {}, output).code == "invalid_field"


# ------------------------------------------------------------------ the member's own pace


def test_the_lower_pace_rules(scene: Scene) -> None:
    said = wish(scene.agent, day=1, week=5)
    assert (said["day"], said["week"], said["team"], said["in_force"]) == (
        1, 5, {"day": 50, "week": 200}, {"day": 1, "week": 5},
    )  # fmt: skip
    first, second = scene.invite("within"), scene.invite("beyond")
    assert [scene.agent.turn(), scene.agent.turn()] == ["completed", None]
    assert (state(scene, first), scene.status(second)["blocked_by"]) == ("completed", "day_limit")
    raised = scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, 40, 160)
    assert (raised.day, raised.pace.day, raised.pace.week) == (40, 1, 5)
    assert scene.agent.turn() is None
    assert wish(scene.agent, day=None)["in_force"] == {"day": 40, "week": 5}
    assert scene.agent.turn() == "completed"


def test_what_is_left_out_stays(scene: Scene) -> None:
    wish(scene.agent, approve_first=True, day=3)
    wish(scene.agent, week=9)
    said = scene.agent.get("/agent/consent").body
    assert (said["approve_first"], said["day"], said["week"]) == (True, 3, 9)


@pytest.mark.parametrize("said", [{"day": 0}, {"day": 51}, {"week": 201}, {"week": -1}])
def test_a_ceiling_beyond_all_ceilings_is_refused(scene: Scene, said: dict[str, int]) -> None:
    reply = scene.agent.call("/agent/consent", said)
    assert (reply.status, reply.code) == (400, "invalid_pace")


# ------------------------------------------------------------------ what was done


def lost(_work: Work, _sky: Any) -> tuple[str, dict[str, Any]]:
    return "unknown", {"acted": True}


def test_the_member_sees_what_was_done_in_their_name(scene: Scene) -> None:
    sent = scene.invite("seen-sent", note=NOTE)
    assert scene.agent.turn() == "completed"
    scene.sky.relations[urn_of("seen-connected")] = "connected"
    scene.invite("seen-connected")
    scene.agent.turn()
    doubtful = scene.invite("seen-lost")
    assert scene.agent.turn(Script(act=lost)) == "unconfirmed"
    shown = scene.agent.get("/agent/history").body["data"]
    assert [(one["task_id"], one["status"], one["invitation"]) for one in shown] == [
        (doubtful, "processing", None), (sent, "completed", "pending"),
    ]  # fmt: skip
    assert (shown[1]["note"], shown[1]["profile"]) == (NOTE, {"urn": urn_of("seen-sent"), "slug": "seen-sent"})
    assert row(scene, sent).approved_at is None


def test_who_it_is_may_be_unreadable_and_the_yes_counts_all_the_same(scene: Scene) -> None:
    wish(scene.agent, approve_first=True)
    task = scene.invite("unreadable-one")
    work = scene.agent.lease()
    assert work is not None
    assert work.kind == "read_person"
    assert scene.agent.finish(work, "client_outdated").body["state"] == "queued"
    assert scene.agent.ask().body["reason"] == "awaiting_approval"
    assert [one["task_id"] for one in asked(scene.agent)] == [task]
    assert say(scene.agent, task, True).body["state"] == "queued"
    assert scene.agent.turn() == "completed"
