"""Stories of what bounds a member and a team, whoever comes and goes: an account's past, and what was left behind."""

from __future__ import annotations

from typing import Any

from curtsy.domain.member import Member
from curtsy.service import review, teams
from curtsy.storage.store import Store
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.holds import DAY, ask, colleague, held
from tests.faults.teeth.later import HOUR, look
from tests.faults.teeth.news import serving
from tests.harness.agent import Agent, Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sent, Sky, urn_of

SEND = "/linkedin-agent/send-connection-request"


def leave(scene: Scene, member: Member) -> None:
    scene.server.run(teams.leave, scene.house.team_id, member.id)


def again(scene: Scene, member: Member, browser: Agent) -> tuple[Member, Agent]:
    """The same person taken in once more, with the LinkedIn account they had."""
    joined = scene.server.run(teams.join, member.team_id, member.email, member.role)
    scene.server.run(teams.set_pace, member.team_id, joined.id, 50, 200, (0, 0))
    return joined, scene.browser(scene.house.code(joined), str(browser.account))


def whom_a_member_left_behind_is_left_alone(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        bob, browser = colleague(scene)
        ask(scene, "ada", bob)
        assert browser.turn() == "completed"
        leave(scene, bob)
        assert ask(scene, "ada") == "cooling_down"


def whom_nobody_looked_for_in_half_a_year_waits_no_more(t: Town) -> None:
    with serving(t, Limits()) as (scene, server):
        bob, browser = colleague(scene)
        ask(scene, "ada", bob)
        assert browser.turn() == "completed"
        server.jump(181 * DAY)
        scene.agent.ask()
        assert ask(scene, urn_of("ada")) is None


def what_is_settled_after_its_sender_left_counts(t: Town) -> None:
    with serving(t, Limits()) as (scene, server):
        bob, browser = colleague(scene)
        task = scene.post(SEND, {"profile_urn": "ada", "sender": bob.id}).body["api_agent_task_id"]
        browser.start(held(browser))
        leave(scene, bob)
        server.jump(80 * HOUR)
        server.jump(HOUR)
        scene.agent.ask()
        server.run(review.settle, bob.team_id, task, True, "it is in the list", "Ada")
        assert ask(scene, "ada") == "cooling_down"


def whom_a_colleague_asks_is_refused_at_once(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        bob, _ = colleague(scene)
        scene.invite("ada")
        scene.agent.start(held(scene.agent))
        assert ask(scene, "ada", bob) == "cooling_down"


def an_account_that_comes_back_is_looked_after(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        bob, browser = colleague(scene)
        task = scene.post(SEND, {"profile_urn": "ada", "sender": bob.id}).body["api_agent_task_id"]
        assert browser.turn() == "completed"
        leave(scene, bob)
        again(scene, bob, browser)
        pending = scene.post(SEND, {"profile_urn": "ada"}).body
        assert (pending["reason"], scene.status(task)["invitation"]["state"]) == ("pending", "pending")


def limited(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
    return "invitation_limit_reached", {"http_status": 429, "linkedin_code": "FUSE_LIMIT_EXCEEDED"}


def what_linkedin_did_stays_with_the_account(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        bob, browser = colleague(scene)
        ask(scene, "ada", bob)
        assert browser.turn(Script(act=limited)) == "queued"
        leave(scene, bob)
        joined, _ = again(scene, bob, browser)
        assert ask(scene, "ben", joined) == "invitation_limit_reached"


def what_linkedin_did_to_another_account_stays_there(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        bob, browser = colleague(scene)
        ask(scene, "ada", bob)
        assert browser.turn(Script(act=limited)) == "queued"
        carol = scene.house.member("carol@example.com")
        scene.browser(scene.house.code(carol), urn_of("carol"))
        assert ask(scene, "ben", carol) is None


def a_slow_beginning_goes_on_for_who_is_made_slower(t: Town) -> None:
    with serving(t, Limits()) as (scene, server):
        team, ada = scene.house.team_id, scene.house.admin
        server.run(teams.set_pace, team, ada.id, 2, 10, (0, 0), warm_up=True)
        server.run(teams.set_pace, team, ada.id, 2, 10, (0, 0))
        scene.invite("ada")
        scene.invite("ben")
        assert [scene.agent.turn(), scene.agent.turn()] == ["completed", None]


def the_first_look_reads_a_week(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.sky.sent.append(Sent("urn:li:fsd_invitation:1", urn_of("by-hand"), None, scene.sky.clock() - 2 * DAY))
        scene.invite("ada")
        assert scene.agent.turn() == "completed"
        look(scene)
        assert scene.get(f"/v1/members/{scene.house.admin.id}/limits").body["data"]["by_hand_week"] == 1


def refused(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
    return "email_required", {"http_status": 400}


def noted(scene: Scene, count: int = 5) -> None:
    """Notes that were sent, or may have been."""

    def spend(store: Store, now: int) -> None:
        for n in range(count):
            store.attempts.add(
                lease=f"l{n}", task=f"t{n}", member="-", agent="-", account=str(scene.agent.account), purpose="act",
                now=now,
            )  # fmt: skip
            store.attempts.start(f"l{n}", now, noted=True)

    scene.server.run(spend)
    scene.agent.ask()


def a_note_that_was_refused_is_given_back(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        noted(scene, 4)
        scene.invite("ada", note="Hello")
        assert scene.agent.turn(Script(act=refused)) == "failed"
        assert scene.post(SEND, {"profile_urn": "ben", "note": "Hello"}).status == 200


def a_note_in_doubt_is_none_to_give(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        noted(scene)
        assert scene.post(SEND, {"profile_urn": "ada", "note": "Hello"}).code == "note_limit_reached"


def a_note_is_dropped_before_it_is_refused(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        noted(scene)
        scene.invite("ada", note="Hello", note_policy="drop_if_unavailable")
        assert scene.agent.turn() == "completed"


def who_begins_to_pay_may_send_notes(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        noted(scene, 4)
        scene.invite("ada", note="Hello")
        assert scene.agent.turn() == "completed"
        scene.agent.premium = True
        scene.agent.ask()
        assert scene.post(SEND, {"profile_urn": "ben", "note": "Hello"}).status == 200
