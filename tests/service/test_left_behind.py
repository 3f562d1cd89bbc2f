"""What a member's invitations keep the team from once nobody can look at them any more."""

from __future__ import annotations

from typing import Any

from curtsy.domain.profile import parse_profile
from curtsy.service import do_not_contact, review, teams
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.looks import followed, look
from tests.service.sights import DAY, HOUR, events, jump, row, started, state
from tests.service.test_leaving_alone import SEND, WITHDRAW, ask, colleague


def leaves(scene: Scene, member: str) -> None:
    scene.server.run(teams.leave, scene.house.team_id, member)


def bob_asked_and_left(scene: Scene, person: str) -> str:
    """The task of an invitation that somebody sent who has left the team since."""
    bob, browser = colleague(scene)
    task = str(ask(scene, person, bob).body["api_agent_task_id"])
    assert browser.turn() == "completed"
    leaves(scene, bob.id)
    return task


def answers(scene: Scene, person: str) -> list[tuple[int, Any, Any]]:
    """What a trial, the call itself and the start say of inviting somebody: status, code and reason."""
    trial = scene.post(SEND, {"profile_urn": person, "dry_run": True})
    real = ask(scene, person)
    said = [(trial.status, trial.body.get("code"), None), (real.status, real.code, real.body.get("reason"))]
    if real.status == 200:
        work = scene.agent.lease()
        assert work is not None
        begun = scene.agent.start(work)
        said.append((begun.status, begun.code, begun.body.get("outcome")))
    return said


def test_whom_a_member_invited_who_has_left_is_left_alone_for_half_a_year(scene: Scene) -> None:
    task = bob_asked_and_left(scene, "left-behind")
    assert answers(scene, "left-behind") == [
        (200, "cooling_down", None),
        (409, "cooling_down", "member_removed"),
    ]
    known_as = ask(scene, urn_of("left-behind"))
    assert (known_as.code, known_as.body["retry_at"][-1]) == ("cooling_down", "Z")
    assert scene.status(task)["invitation"]["state"] == "pending", "what was seen last"
    (shown,) = scene.server.run(do_not_contact.left_alone, scene.house.team_id, 10).cooling
    assert (shown.reason, shown.other_key, shown.until - shown.since) == ("member_removed", "in/left-behind", 180 * DAY)
    jump(scene, 180 * DAY)
    scene.agent.ask()
    assert answers(scene, "left-behind") == [(200, None, None), (200, None, None), (200, None, None)]


def test_an_admin_lets_them_be_asked_again_with_a_reason(scene: Scene) -> None:
    bob_asked_and_left(scene, "asked-for-it")
    profile = parse_profile("asked-for-it")
    assert profile is not None
    scene.server.run(do_not_contact.lift_cooldown, scene.house.team_id, profile, "they wrote to us", "Ada")
    assert ask(scene, "asked-for-it").status == 200
    (kept,) = scene.server.run(do_not_contact.left_alone, scene.house.team_id, 10).lifted
    assert (kept.what, kept.reason, kept.stood_because) == ("cooldown", "they wrote to us", "member_removed")


def test_what_is_settled_as_sent_after_its_sender_left_counts_too(scene: Scene) -> None:
    bob, browser = colleague(scene)
    task = str(ask(scene, "settled-late", bob).body["api_agent_task_id"])
    work = browser.lease()
    assert work is not None
    assert browser.start(work).status == 200
    leaves(scene, bob.id)
    assert ask(scene, "settled-late").body["reason"] == "pending", "they may have been asked"
    jump(scene, 80 * HOUR)
    jump(scene, HOUR)
    scene.agent.ask()
    assert state(scene, task) == "needs_review"
    assert ask(scene, "settled-late").body["reason"] == "pending"
    scene.server.run(review.settle, scene.house.team_id, task, True, "it is in the list", "Ada")
    assert ask(scene, "settled-late").body["reason"] == "member_removed"


def test_a_member_taken_in_again_takes_their_invitations_back(scene: Scene) -> None:
    first, browser = colleague(scene)
    task = str(ask(scene, "waits-on", first).body["api_agent_task_id"])
    assert browser.turn() == "completed"
    leaves(scene, first.id)
    again = scene.server.run(teams.join, scene.house.team_id, first.email, first.role)
    scene.server.run(teams.set_pace, scene.house.team_id, again.id, 50, 200, (0, 0))
    scene.agent = scene.browser(scene.house.code(again), str(browser.account))
    assert followed(scene, task).member_id == again.id
    assert scene.server.run(do_not_contact.left_alone, scene.house.team_id, 10).cooling == []
    own = ask(scene, "waits-on", again)
    assert own.status == 200
    assert scene.agent.turn() == "not_connectable"
    assert row(scene, str(own.body["api_agent_task_id"])).code == "already_pending"
    assert ask(scene, "waits-on").body["reason"] == "pending"
    scene.sky.accept(urn_of("waits-on"))
    assert look(scene) == "completed"
    assert scene.status(task)["invitation"]["state"] == "accepted"
    assert events(scene, task)[-1] == "invitation.accepted"


def test_what_they_took_back_they_may_withdraw(scene: Scene) -> None:
    first, browser = colleague(scene)
    task = str(ask(scene, "thinks-again", first).body["api_agent_task_id"])
    assert browser.turn() == "completed"
    leaves(scene, first.id)
    again = scene.server.run(teams.join, scene.house.team_id, first.email, first.role)
    scene.server.run(teams.set_pace, scene.house.team_id, again.id, 50, 200, (0, 0))
    browser = scene.browser(scene.house.code(again), str(browser.account))
    scene.post(WITHDRAW, {"profile_urn": urn_of("thinks-again"), "sender": again.id})
    assert browser.turn() == "completed"
    assert scene.status(task)["invitation"]["state"] == "withdrawn"
    assert events(scene, task)[-1] == "invitation.withdrawn"
    assert ask(scene, "thinks-again").body["reason"] == "withdrawn"


def test_another_account_takes_nothing_back(scene: Scene) -> None:
    task = bob_asked_and_left(scene, "not-theirs")
    carol, _ = colleague(scene, "carol")
    assert followed(scene, task).member_id != carol.id
    assert ask(scene, "not-theirs", carol).body["reason"] == "member_removed"


def test_what_nobody_has_looked_for_in_half_a_year_waits_no_more(scene: Scene) -> None:
    bob, browser = colleague(scene)
    task = str(ask(scene, "never-seen-again", bob).body["api_agent_task_id"])
    assert browser.turn() == "completed"
    sent_at = followed(scene, task).sent_at
    jump(scene, 179 * DAY)
    scene.agent.ask()
    assert ask(scene, urn_of("never-seen-again")).body["reason"] == "pending"
    jump(scene, sent_at + 180 * DAY - scene.sky.clock())
    scene.agent.ask()
    assert ask(scene, urn_of("never-seen-again")).status == 200


def test_whom_a_colleague_may_have_asked_nobody_may_ask_meanwhile(scene: Scene) -> None:
    bob, _browser = colleague(scene)
    started(scene, "being-asked")
    trial = scene.post(SEND, {"profile_urn": "being-asked", "sender": bob.id, "dry_run": True})
    assert (trial.body["would"], trial.body["code"]) == ("refuse", "cooling_down")
    refused = ask(scene, urn_of("being-asked"), bob)
    assert (refused.status, refused.code, refused.body["reason"]) == (409, "cooling_down", "pending")
    jump(scene, 10 * 60_000)
    scene.agent.ask()
    assert ask(scene, "being-asked", bob).code == "cooling_down", "in doubt"
    assert ask(scene, "being-asked").status == 200, "the sender's own request is answered with the task that stands"
