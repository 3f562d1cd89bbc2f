"""What LinkedIn did to an account stays with the account, whoever is paired with it next."""

from __future__ import annotations

from typing import Any

from curtsy.domain.member import Member, Role
from curtsy.service import teams
from tests.harness.agent import Agent, Reply, Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sky, urn_of
from tests.service.sights import DAY, HOUR, jump
from tests.service.test_leaving_alone import ask, colleague


def says(outcome: str, **seen: Any) -> Script:
    def act(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
        return outcome, {"http_status": 429, **seen}

    return Script(act=act)


def refused(scene: Scene, outcome: str, **seen: Any) -> tuple[Member, Agent]:
    """A member whose account LinkedIn has just refused something."""
    bob, browser = colleague(scene)
    assert ask(scene, f"{outcome} of {scene.house.team_id}".replace(" ", "-").replace("_", "-"), bob).status == 200
    assert browser.turn(says(outcome, **seen)) == "queued"
    return bob, browser


def taken_in_again(scene: Scene, member: Member, browser: Agent) -> tuple[Member, Agent]:
    scene.server.run(teams.leave, member.team_id, member.id)
    again = scene.server.run(teams.join, member.team_id, member.email, Role.MEMBER)
    scene.server.run(teams.set_pace, member.team_id, again.id, 50, 200, (0, 0))
    return again, scene.browser(scene.house.code(again), str(browser.account))


def limits(scene: Scene, member: Member) -> dict[str, Any]:
    return dict(scene.get(f"/v1/members/{member.id}/limits").body["data"])


def causes(scene: Scene, member: Member) -> list[tuple[str, str]]:
    return [(one["cause"], one["ends_by"]) for one in limits(scene, member)["pauses"]]


def invite(scene: Scene, member: Member, name: str) -> Reply:
    return ask(scene, name, member)


def test_linkedins_limit_outlives_the_member_who_met_it(scene: Scene) -> None:
    bob, browser = refused(scene, "invitation_limit_reached", linkedin_code="FUSE_LIMIT_EXCEEDED")
    before = limits(scene, bob)
    again, _ = taken_in_again(scene, bob, browser)
    after = limits(scene, again)
    assert after["pauses"] == before["pauses"]
    assert after["windows"]["week"]["limit"] == 100
    told = invite(scene, again, "not-by-a-trick")
    assert (told.status, told.code) == (429, "invitation_limit_reached")
    feed = [one for one in scene.get("/v1/events").body["data"] if one["type"].startswith("member.")]
    assert [(one["type"], one["data"]["sender"]["id"]) for one in feed] == [
        ("member.paused", bob.id), ("member.paused", again.id), ("member.resumed", bob.id),
    ]  # fmt: skip


def test_a_second_refusal_is_the_second_whoever_met_the_first(scene: Scene) -> None:
    bob, browser = refused(scene, "invitation_limit_reached", linkedin_code="FUSE_LIMIT_EXCEEDED")
    jump(scene, 8 * DAY)
    again, browser = taken_in_again(scene, bob, browser)
    assert causes(scene, again) == []
    assert limits(scene, again)["windows"]["week"]["limit"] == 100
    assert invite(scene, again, "second-time").status == 200
    assert browser.turn(says("invitation_limit_reached", linkedin_code="FUSE_LIMIT_EXCEEDED")) == "queued"
    assert causes(scene, again) == [("invitation_limit", "member")]


def test_a_challenge_waits_for_whoever_has_the_account_now(scene: Scene) -> None:
    bob, browser = refused(scene, "challenge")
    again, browser = taken_in_again(scene, bob, browser)
    assert causes(scene, again) == [("challenge", "member")]
    assert browser.resume().status == 200
    assert causes(scene, again) == []
    third, _ = taken_in_again(scene, again, browser)
    assert causes(scene, third) == []


def test_the_longer_of_two_pauses_stays(scene: Scene) -> None:
    bob, browser = refused(scene, "throttled", retry_after_ms=20 * HOUR)
    carol, carols = colleague(scene, "carol")
    assert ask(scene, "carols-own", carol).status == 200
    assert carols.turn(says("throttled", retry_after_ms=HOUR)) == "queued"
    scene.server.run(teams.leave, bob.team_id, bob.id)
    until = limits(scene, carol)["pauses"][0]["until"]
    scene.browser(scene.house.code(carol), str(browser.account))
    (pause,) = limits(scene, carol)["pauses"]
    assert pause["cause"] == "throttled"
    assert pause["until"] > until


def test_what_linkedin_did_to_another_account_does_not_come_along(scene: Scene) -> None:
    bob, _ = refused(scene, "challenge")
    scene.server.run(teams.leave, bob.team_id, bob.id)
    carol, _ = colleague(scene, "carol")
    assert causes(scene, carol) == []
    assert causes(scene, scene.house.admin) == []


def test_linkedins_lock_on_a_person_comes_along(scene: Scene) -> None:
    bob, browser = colleague(scene)
    assert ask(scene, "locked-out", bob).status == 200
    work = browser.lease()
    assert work is not None
    assert browser.start(work).status == 200
    browser.finish(work, "cannot_resend_yet", {"linkedin_code": "CANT_RESEND_YET"})
    again, _ = taken_in_again(scene, bob, browser)
    assert ask(scene, urn_of("locked-out"), again).body["reason"] == "cannot_resend_yet"
    assert ask(scene, urn_of("locked-out")).status == 200
