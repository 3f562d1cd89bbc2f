"""Stories of whom a team leaves alone: a no that holds, for everybody, until a person lifts it with a reason."""

from __future__ import annotations

from curtsy.domain.errors import InvalidField, NotListed, Refusal
from curtsy.domain.member import Member, Role
from curtsy.domain.profile import parse_profile
from curtsy.service import do_not_contact, forgetting, retention, teams, untelling
from curtsy.storage.store import Store
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.later import HOUR, WITHDRAW, look, sent
from tests.faults.teeth.news import serving
from tests.harness.agent import Agent, Work
from tests.harness.scene import Scene
from tests.harness.sky import urn_of

DAY = 24 * HOUR
SEND = "/linkedin-agent/send-connection-request"


def colleague(scene: Scene) -> tuple[Member, Agent]:
    member = scene.server.run(teams.join, scene.house.team_id, "bob@example.com", Role.MEMBER)
    scene.server.run(teams.set_pace, scene.house.team_id, member.id, 50, 200, (0, 0))
    return member, scene.browser(scene.house.code(member), urn_of("bob of the team"))


def ask(scene: Scene, person: str, sender: Member | None = None) -> str | None:
    """Why somebody is not to be invited, or None."""
    return scene.post(SEND, {"profile_urn": person} | ({} if sender is None else {"sender": sender.id})).code


def list_(scene: Scene, person: str) -> do_not_contact.Listed:
    profile = parse_profile(person)
    assert profile is not None
    return scene.server.run(do_not_contact.add, scene.house.team_id, profile, "asked us to stop", "Ada")


def refused(scene: Scene, team_id: str, entry_id: str, reason: str) -> str | None:
    """Why an entry is not lifted, or None."""
    try:
        scene.server.run(do_not_contact.lift_entry, team_id, entry_id, reason, "Ada")
    except Refusal as refusal:
        return refusal.code
    return None


def vanish(t: Town, scene: Scene) -> None:
    scene.sky.vanish(urn_of("ada"))
    look(scene)
    t.clock.jump(HOUR)
    look(scene)


def held(agent: Agent) -> Work:
    work = agent.lease()
    assert work is not None
    return work


def gone_counts_as_a_no(t: Town) -> None:
    with sent(t) as (scene, _task):
        vanish(t, scene)
        assert ask(scene, "ada") == "cooling_down"


def a_no_is_the_teams(t: Town) -> None:
    with sent(t) as (scene, task):
        bob, _ = colleague(scene)
        scene.post(WITHDRAW, {"api_agent_task_id": task})
        assert scene.agent.turn() == "completed"
        assert ask(scene, "ada", bob) == "cooling_down"


def linkedins_lock_is_the_inviters(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        bob, _ = colleague(scene)
        scene.invite("ada")
        work = held(scene.agent)
        scene.agent.start(work)
        scene.agent.finish(work, "cannot_resend_yet", {"linkedin_code": "CANT_RESEND_YET", "acted": True})
        assert ask(scene, "ada", bob) is None


def a_shorter_no_ends_no_longer_one(t: Town) -> None:
    with sent(t) as (scene, _task):
        vanish(t, scene)

        def locked(store: Store, now: int) -> None:
            member = scene.house.admin.id
            store.people.cool_down(member, "ACoAAada", None, None, reason="withdrawn", now=now, until=now + DAY)

        scene.server.run(locked)
        t.clock.jump(2 * DAY)
        scene.agent.ask()
        assert ask(scene, "ada") == "cooling_down"


def whom_a_colleague_waits_for_is_left_alone(t: Town) -> None:
    with sent(t) as (scene, _task):
        bob, _ = colleague(scene)
        assert ask(scene, "ada", bob) == "cooling_down"


def whom_a_colleague_may_have_asked_is_left_alone(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        bob, browser = colleague(scene)
        assert ask(scene, "ada", bob) is None
        scene.invite("ada")
        scene.agent.start(held(scene.agent))
        assert browser.start(held(browser)).status == 409


def who_is_listed_is_refused(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        list_(scene, "ada")
        assert ask(scene, "ada") == "do_not_contact"


def listing_ends_what_waits(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = scene.invite("ada")
        list_(scene, "ada")
        assert scene.status(task)["status"] == "failed"


def who_is_listed_by_name_is_listed_by_id(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        list_(scene, "ada")
        scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "ada"})
        scene.agent.finish(held(scene.agent), "completed", {}, {"profile_urn": urn_of("ada")})
        assert ask(scene, urn_of("ada")) == "do_not_contact"


def who_is_listed_is_asked_about_at_the_start(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.invite("goes-by-another-name")
        list_(scene, urn_of("ada"))
        assert scene.agent.start(held(scene.agent), urn=urn_of("ada")).code == "do_not_contact"


def lifting_needs_a_reason(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        entry = list_(scene, "ada").entry
        assert refused(scene, scene.house.team_id, entry.id, " ") == InvalidField.code


def what_is_lifted_is_kept(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        entry = list_(scene, "ada").entry
        scene.server.run(do_not_contact.lift_entry, scene.house.team_id, entry.id, "wrote to us", "Ada")
        assert len(scene.server.run(do_not_contact.left_alone, scene.house.team_id, 10).lifted) == 1


def forget(scene: Scene, person: str) -> None:
    profile = parse_profile(person)
    assert profile is not None
    done = scene.server.run(forgetting.begin, scene.house.team_id, profile, "Ada")
    for _ in range(3):
        scene.server.run(forgetting.gather, done, "")
    scene.server.run(forgetting.anonymise, done)
    scene.server.run(forgetting.erase, done, "")
    scene.server.run(untelling.erase_messages, done, "")


def who_was_forgotten_is_refused(t: Town) -> None:
    with sent(t) as (scene, _task):
        forget(scene, "ada")
        assert ask(scene, urn_of("ada")) == "do_not_contact"


def who_was_forgotten_is_known_by_no_name(t: Town) -> None:
    with sent(t) as (scene, task):
        forget(scene, "ada")
        assert scene.status(task)["task_input"]["profile_urn"] is None


def lift(scene: Scene) -> None:
    (entry,) = scene.server.run(do_not_contact.listed, scene.house.team_id, 10)
    scene.server.run(do_not_contact.lift_entry, scene.house.team_id, entry.id, "wrote to us", "Ada")


def who_was_forgotten_is_forgotten_again(t: Town) -> None:
    with sent(t) as (scene, _task):
        forget(scene, "ada")
        lift(scene)
        scene.sky.vanish(urn_of("ada"))
        scene.invite("ada")
        assert scene.agent.turn() == "completed"
        forget(scene, "ada")


def who_was_seen_by_hand_is_forgotten_again(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        account, key = str(scene.agent.account), "ACoAAada"
        for _ in range(2):
            scene.server.run(lambda store, now: store.invitations.keep_hand_made(account, [(key, now - DAY)], now))
            forget(scene, urn_of("ada"))
            lift(scene)


def who_was_forgotten_is_not_kept_anew(t: Town) -> None:
    with sent(t) as (scene, _task):
        scene.invite("ben")
        assert scene.agent.turn() == "completed"
        forget(scene, "ada")
        look(scene)
        account = str(scene.agent.account)
        assert scene.server.run(lambda store, _now: store.invitations.hand_made(account, 0)) == []


def words_go_at_their_age(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = scene.invite("ada", note="Hello")
        assert scene.agent.turn() == "completed"
        t.clock.jump(91 * DAY)
        scene.server.run(retention.wipe, 90)
        assert "note" not in scene.status(task)["task_input"]


def words_stay_until_then(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = scene.invite("ada", note="Hello")
        assert scene.agent.turn() == "completed"
        scene.server.run(retention.wipe, 90)
        assert "note" in scene.status(task)["task_input"]


def the_list_is_the_teams(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        entry = list_(scene, "ada").entry
        other = scene.server.run(teams.found, "Others", "eve@example.com")[0]
        assert refused(scene, other, entry.id, "not ours") == NotListed.code
