"""A no that holds, for the whole team: what counts as one, for whom, and how long."""

from __future__ import annotations

from typing import Any

import pytest

from curtsy.domain.member import Member, Role
from curtsy.domain.profile import parse_profile
from curtsy.domain.task import Kind
from curtsy.service import do_not_contact, teams
from curtsy.service.gate import Ask
from curtsy.service.intake import accept_many
from curtsy.storage.rows import Rows
from curtsy.storage.store import Store
from tests.harness.agent import Agent, Reply
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.looks import look
from tests.service.sights import DAY, HOUR, events, jump, row, started

SEND = "/linkedin-agent/send-connection-request"
WITHDRAW = "/linkedin-agent/withdraw-connection-request"
ID = "urn:li:fsd_profile:ACoAA"


def colleague(scene: Scene, name: str = "bob") -> tuple[Member, Agent]:
    """Another member of the team, with a browser and a LinkedIn account of their own."""
    team = scene.house.team_id
    member = scene.server.run(teams.join, team, f"{name}@example.com", Role.MEMBER)
    scene.server.run(teams.set_pace, team, member.id, 50, 200, (0, 0))
    return member, scene.browser(scene.house.code(member), urn_of(f"{name} of {team}"))


def ask(scene: Scene, person: str, sender: Member | None = None) -> Reply:
    return scene.post(SEND, {"profile_urn": person} | ({} if sender is None else {"sender": sender.id}))


def listed(scene: Scene, person: str, by: str = "a test") -> do_not_contact.Listed:
    profile = parse_profile(person)
    assert profile is not None
    return scene.server.run(do_not_contact.add, scene.house.team_id, profile, "asked us to stop", by)


def gone(scene: Scene, person: str) -> str:
    """An invitation that vanished without a connection."""
    task = scene.invite(person)
    assert scene.agent.turn() == "completed"
    scene.sky.vanish(urn_of(person))
    assert look(scene) == "completed"
    assert look(scene, 2 * HOUR) == "completed"
    assert scene.status(task)["invitation"]["state"] == "gone"
    return task


# ------------------------------------------------------------------ what counts as a no


def test_who_let_an_invitation_vanish_is_left_alone_by_the_team_for_half_a_year(scene: Scene) -> None:
    bob, browser = colleague(scene)
    gone(scene, "vanished")
    for sender in (None, bob):
        refused = ask(scene, "vanished", sender)
        assert (refused.status, refused.code, refused.body["reason"]) == (409, "cooling_down", "gone")
        assert refused.body["retry_at"].endswith("Z")
    jump(scene, 179 * DAY)
    browser.ask()
    assert ask(scene, "vanished", bob).code == "cooling_down"
    jump(scene, DAY)
    browser.ask()
    assert ask(scene, "vanished", bob).status == 200


def test_who_was_withdrawn_from_is_left_alone_by_the_team_for_three_weeks(scene: Scene) -> None:
    bob, browser = colleague(scene)
    task = scene.invite("taken-back")
    assert scene.agent.turn() == "completed"
    scene.post(WITHDRAW, {"api_agent_task_id": task})
    assert scene.agent.turn() == "completed"
    assert [ask(scene, "taken-back", who).body.get("reason") for who in (None, bob)] == ["withdrawn"] * 2
    jump(scene, 21 * DAY)
    browser.ask()
    assert ask(scene, "taken-back", bob).status == 200


def test_linkedins_lock_is_the_inviters_own(scene: Scene) -> None:
    bob, _ = colleague(scene)
    work = started(scene, "locked")
    scene.agent.finish(work, "cannot_resend_yet", {"linkedin_code": "CANT_RESEND_YET"})
    assert ask(scene, "locked").body["reason"] == "cannot_resend_yet"
    assert ask(scene, "locked", bob).status == 200


def test_a_shorter_no_does_not_end_a_longer_one(scene: Scene) -> None:
    gone(scene, "twice-no")
    until = ask(scene, "twice-no").body["retry_at"]

    def locked(store: Store, now: int) -> None:
        member, key = scene.house.admin.id, "ACoAAtwice-no"
        store.people.cool_down(member, key, None, None, reason="cannot_resend_yet", now=now, until=now + DAY)

    scene.server.run(locked)
    assert ask(scene, "twice-no").body["retry_at"] == until


def test_while_a_colleagues_invitation_waits_nobody_else_asks(scene: Scene) -> None:
    bob, browser = colleague(scene)
    task = scene.invite("waited-for")
    assert ask(scene, "waited-for", bob).status == 200, "nothing was sent yet"
    assert scene.agent.turn() == "completed"
    work = browser.lease()
    assert work is not None
    refused = browser.start(work)
    assert (refused.code, refused.body["outcome"]) == ("not_connectable", "cooling_down")
    assert (row(scene, work.id).state, row(scene, work.id).code) == ("failed", "cooling_down")
    again = ask(scene, "waited-for", bob)
    assert (again.status, again.code, again.body["retry_at"], again.body["reason"]) == (
        *(409, "cooling_down", None, "pending"),
    )
    own = ask(scene, "waited-for")
    assert (own.body["api_agent_task_id"], own.body["deduplicated"]) == (task, True)
    scene.sky.accept(urn_of("waited-for"))
    assert look(scene) == "completed"
    browser.ask()
    assert ask(scene, "waited-for", bob).status == 200


def test_while_a_colleague_may_have_asked_nobody_else_does(scene: Scene) -> None:
    bob, browser = colleague(scene)
    assert ask(scene, "in-doubt", bob).status == 200
    started(scene, "in-doubt")
    work = browser.lease()
    assert work is not None
    assert browser.start(work).body["outcome"] == "cooling_down"


def test_what_cools_down_is_refused_by_another_name_at_the_start(scene: Scene) -> None:
    gone(scene, "known-as-one")
    task = scene.invite("known-as-two")
    work = scene.agent.lease()
    assert work is not None
    refused = scene.agent.start(work, urn=urn_of("known-as-one"))
    assert (refused.status, refused.body["outcome"]) == (409, "cooling_down")
    shown = scene.status(task)
    assert (shown["status"], shown["error"]["code"]) == ("failed", "cooling_down")
    assert shown["task_output"]["sent"] is False


# ------------------------------------------------------------------ do not contact


def test_who_is_listed_is_invited_by_nobody(scene: Scene) -> None:
    bob, _ = colleague(scene)
    listed(scene, "never-again")
    for sender in (None, bob):
        refused = ask(scene, "never-again", sender)
        assert (refused.status, refused.code) == (409, "do_not_contact")
    profile = parse_profile("never-again")
    assert profile is not None
    assert scene.post(SEND, {"profile_urn": "never-again", "dry_run": True}).body["code"] == "do_not_contact"
    assert ask(scene, "somebody-else").status == 200
    jump(scene, 4000 * DAY)
    scene.agent.ask()
    assert ask(scene, "never-again").code == "do_not_contact"


def test_listing_somebody_ends_what_waits_for_them(scene: Scene) -> None:
    bob, browser = colleague(scene)
    bobs = ask(scene, "stop-now", bob).body["api_agent_task_id"]
    held = browser.lease()
    assert held is not None
    mine, other = scene.invite("stop-now"), scene.invite("goes-on")
    made = listed(scene, "stop-now")
    assert (made.stood, set(made.ended)) == (False, {bobs, mine})
    for task in (bobs, mine):
        shown = scene.status(task)
        assert (shown["status"], shown["error"]["code"]) == ("failed", "do_not_contact")
        assert events(scene, task)[-1] == "failed"
    assert browser.start(held).code == "do_not_contact"
    assert scene.status(other)["status"] == "pending"
    again = listed(scene, "stop-now")
    assert (again.stood, again.ended, again.entry) == (True, (), made.entry)


def test_what_was_started_goes_on_to_its_end(scene: Scene) -> None:
    work = started(scene, "too-late")
    assert listed(scene, "too-late").ended == ()
    assert scene.agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"}).body["state"] == "completed"
    assert ask(scene, "too-late").code == "do_not_contact"


def test_a_name_and_an_id_are_one_person_once_that_is_known(scene: Scene) -> None:
    listed(scene, "by-name")
    assert ask(scene, f"{ID}by-name").status == 200, "nobody knows yet whose name it is"
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "by-name"}).body["api_agent_task_id"]
    works = [scene.agent.lease()]
    assert works[0] is not None
    if works[0].id != read:
        scene.agent.release(works[0])
        works.append(scene.agent.lease())
    work = works[-1]
    assert work is not None
    assert work.id == read
    scene.agent.finish(work, "completed", {}, {"profile_urn": f"{ID}by-name"})
    assert ask(scene, f"{ID}by-name").code == "do_not_contact"


def test_a_name_known_before_lists_the_id_too_and_the_other_way_round(scene: Scene) -> None:
    def learn(store: Store, now: int) -> None:
        known = {slug: f"ACoAA{slug}" for slug in ("known-one", "known-two")}
        store.people.knows(scene.house.team_id, known, now)

    scene.server.run(learn)
    listed(scene, "known-one")
    assert ask(scene, f"{ID}known-one").code == "do_not_contact"
    listed(scene, f"{ID}known-two")
    jump(scene, 40 * DAY)
    scene.agent.ask()
    assert ask(scene, "known-two").code == "do_not_contact", "for good, though the name is forgotten"


def test_the_real_id_is_asked_about_at_the_start(scene: Scene) -> None:
    task = scene.invite("goes-by-another-name")
    listed(scene, f"{ID}real")
    work = scene.agent.lease()
    assert work is not None
    refused = scene.agent.start(work, urn=f"{ID}real")
    assert (refused.status, refused.code) == (409, "do_not_contact")
    assert scene.status(task)["error"]["code"] == "do_not_contact"
    assert ask(scene, "goes-by-another-name").code == "do_not_contact", "from now on it is known whose name that is"


def test_another_team_is_another_matter(scene: Scene) -> None:
    listed(scene, "only-here")
    profile = parse_profile("only-here")
    assert profile is not None
    other = scene.server.run(teams.found, "Others", "eve@example.com")[0]
    assert scene.server.run(do_not_contact.listed, other, 10) == []
    (answer,) = scene.server.run(accept_many, [Ask(other, Kind.INVITE, profile)])
    assert getattr(answer, "code", "") == "no_active_agent"


# ------------------------------------------------------------------ lifting


def test_only_a_reason_lifts_and_it_is_kept(scene: Scene) -> None:
    team, profile = scene.house.team_id, parse_profile("changed-their-mind")
    assert profile is not None
    listed(scene, "changed-their-mind", by="Ada")
    with pytest.raises(Exception, match="say why"):
        scene.server.run(do_not_contact.lift, team, profile, " ", "Ada")
    scene.server.run(do_not_contact.lift, team, profile, "they wrote to us", "Ada <ada@example.com>")
    assert ask(scene, "changed-their-mind").status == 200
    (kept,) = scene.server.run(do_not_contact.left_alone, team, 10).lifted
    assert (kept.what, kept.profile, kept.reason, kept.lifted_by, kept.stood_because) == (
        "do_not_contact", "changed-their-mind", "they wrote to us", "Ada <ada@example.com>", "asked us to stop",
    )  # fmt: skip
    with pytest.raises(Exception, match="keeps this person"):
        scene.server.run(do_not_contact.lift, team, profile, "once more", "Ada")


def test_a_cooldown_is_lifted_with_a_reason(scene: Scene) -> None:
    team, profile = scene.house.team_id, parse_profile("vanished-by-mistake")
    assert profile is not None
    gone(scene, "vanished-by-mistake")
    assert [one.reason for one in scene.server.run(do_not_contact.left_alone, team, 10).cooling] == ["gone"]
    scene.server.run(do_not_contact.lift_cooldown, team, profile, "they asked for it again", "Ada")
    assert ask(scene, "vanished-by-mistake").status == 200
    left = scene.server.run(do_not_contact.left_alone, team, 10)
    assert (left.cooling, [(one.what, one.stood_because) for one in left.lifted]) == ([], [("cooldown", "gone")])
    with pytest.raises(Exception, match="keeps this person"):
        scene.server.run(do_not_contact.lift_cooldown, team, profile, "once more", "Ada")


# ------------------------------------------------------------------ what it costs whom nothing holds


class Counted:
    """A connection that counts what it is asked."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self.asked = rows, 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        return getattr(self._rows, name)


def test_whom_nothing_holds_pays_nothing(scene: Scene) -> None:
    profile = parse_profile("nobody-special")
    assert profile is not None

    def counted(store: Store, now: int) -> int:
        rows = Counted(store.rows)
        accept_many(Store(rows), now, [Ask(scene.house.team_id, Kind.INVITE, profile)])
        return rows.asked

    scene.server.run(counted)
    before = scene.server.run(counted)
    listed(scene, "somebody-on-the-list")
    assert scene.server.run(counted) == before + 2, "whether anybody was forgotten, and who is on the list"
