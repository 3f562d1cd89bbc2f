"""The people of a team at the pages: what an admin does, and what a member sees of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.member import Cause, Member, Role
from curtsy.domain.profile import ProfileRef
from curtsy.domain.task import Kind
from curtsy.service import access, pauses, teams
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted, accept_many
from curtsy.storage.store import Store
from tests.harness.agent import Agent
from tests.harness.sky import Sky, urn_of
from tests.pages.visitor import Premises, Visitor, premises, said


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Premises]:
    with premises(tmp_path) as opened:
        yield opened


@pytest.fixture
def ada(here: Premises) -> Iterator[Visitor]:
    with here.visitor(here.house.admin) as visitor:
        yield visitor


def paired(here: Premises, member: Member, account: str) -> Agent:
    agent = Agent(here.server.url, Sky(here.server.clock), account=urn_of(account))
    assert agent.pair(here.house.code(member)).status == 200
    return agent


def test_a_member_is_added_and_comes_in_by_a_link_shown_once(here: Premises, ada: Visitor) -> None:
    page = ada.press("/members", "/members", email="bob@example.com", name="Bob", role="member")
    assert "The member was added." in said(page)
    bob = here.server.run(teams.named, here.house.team_id, "bob@example.com")
    shown = ada.press("/members", f"/members/{bob.id}/sign-in-link")
    link = re.search(rf"{here.server.url}/sign-in/([\w-]+)", shown.text)
    assert link
    assert link[1] not in ada.open("/members").text
    with here.visitor() as visitor:
        visitor.sign_in(link[1])
        assert "Bob Acme" in said(visitor.open("/"))
        own = said(visitor.open("/members"))
        assert "bob@example.com" in own
        assert "ada@example.com" not in own


@pytest.mark.parametrize(
    ("fields", "sentence", "status"),
    [
        ({"email": "nobody"}, "This is not an email address", 400),
        ({"email": "ada@example.com"}, "A member of the team already has this email", 409),
        ({"email": "x@example.com", "name": "x" * 101}, "A name has 1 to 100 characters", 400),
    ],
)
def test_a_member_that_cannot_be_added_is_told_why(
    ada: Visitor, fields: dict[str, str], sentence: str, status: int
) -> None:
    page = ada.press("/members", "/members", **fields)
    assert page.status_code == status
    assert sentence in said(page)


def test_a_name_is_shown_as_it_is_written(here: Premises, ada: Visitor) -> None:
    ada.press("/members", "/members", email="eve@example.com", name="<script>alert(1)</script>")
    eve = here.server.run(teams.named, here.house.team_id, "eve@example.com")
    for path in ("/members", f"/connect?member={eve.id}"):
        page = ada.open(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_the_pace_is_changed_within_its_ceilings_and_no_spacing_is_shown_in_red(here: Premises, ada: Visitor) -> None:
    form = f"/members/{here.house.admin.id}/pace"
    fast = ada.press("/members", form, day="50", week="200", **{"from": "0", "to": "0"})
    assert '<strong class="danger">no space between invitations (0-0 s)</strong>' in fast.text
    for day in ("51", "0", "many", "٣"):
        over = ada.press("/members", form, day=day, week="200", **{"from": "0", "to": "0"})
        assert over.status_code == 400
        assert "A pace has a day of 1 to 50" in said(over)


def test_a_pace_that_is_kept_as_it_is_ends_no_slow_beginning(here: Premises, ada: Visitor) -> None:
    bob = here.server.run(teams.join, here.house.team_id, "bob@example.com", Role.MEMBER)
    shown = {"day": "20", "week": "80", "from": "60", "to": "180"}
    ada.press("/members", f"/members/{bob.id}/pace", **shown)
    assert here.server.run(teams.named, here.house.team_id, bob.id) == bob
    ada.press("/members", f"/members/{bob.id}/pace", **shown | {"day": "21"})
    assert here.server.run(teams.named, here.house.team_id, bob.id).warm_up == 0


def test_a_card_shows_what_was_withdrawn_of_how_much(here: Premises, ada: Visitor) -> None:
    agent = paired(here, here.house.admin, "ada")

    def act(store: Store, now: int) -> None:
        member, lease = here.house.admin, "lease"
        ask = Ask(member.team_id, Kind.WITHDRAW, ProfileRef(None, "grace"))
        (task,) = accept_many(store, now, [ask])
        assert isinstance(task, Accepted)
        store.attempts.add(
            lease=lease, task=task.task_id, member=member.id, agent="-", account=str(agent.account), purpose="act",
            now=now,
        )  # fmt: skip
        store.attempts.start(lease, now, noted=False)

    here.server.run(act)
    card = said(ada.open("/members"))
    assert "1 of 10 withdrawals today" in card
    assert "1 of 40 withdrawals this week" in card


def test_the_last_admin_stays(here: Premises, ada: Visitor) -> None:
    page = ada.press("/members", f"/members/{here.house.admin.id}/remove")
    assert page.status_code == 409
    assert "This is the team's only admin" in said(page)


def test_a_member_who_is_removed_is_out_at_once(here: Premises, ada: Visitor) -> None:
    bob = here.house.member("bob@example.com")
    agent = paired(here, bob, "bob")
    with here.visitor(bob) as visitor:
        ada.press("/members", f"/members/{bob.id}/remove")
        assert visitor.open("/tasks").status_code == 401
    assert agent.ask().code == "agent_revoked"
    agent.close()


def test_a_pause_is_told_in_plain_words_and_only_its_member_ends_it(here: Premises, ada: Visitor) -> None:
    bob = here.house.member("bob@example.com")
    here.server.run(pauses.pause, here.house.team_id, bob.id, Cause.CHALLENGE)
    here.server.run(pauses.pause, here.house.team_id, bob.id, Cause.INVITATION_LIMIT)
    sentence = "LinkedIn wants the member to confirm something."
    assert sentence in said(ada.open("/"))
    assert f"/members/{bob.id}/resume" not in ada.open("/members").text
    token = ada.token("/members", "/members")
    assert ada.send(f"/members/{bob.id}/resume", token=token).status_code == 403
    with here.visitor(bob) as visitor:
        page = visitor.press("/members", f"/members/{bob.id}/resume")
        assert "Resumed: what waits goes on." in said(page)
        assert sentence not in said(page)
        assert "LinkedIn takes no more invitations from this member" in said(page)


def test_a_browser_that_is_not_mine_is_removed(here: Premises, ada: Visitor) -> None:
    bob = here.house.member("bob@example.com")
    mine, theirs = paired(here, here.house.admin, "sender"), paired(here, bob, "bob")
    with here.visitor(bob) as visitor:
        token = visitor.token("/members", f"/browsers/{theirs.agent_id}/remove")
        assert visitor.send(f"/browsers/{mine.agent_id}/remove", token=token).status_code == 403
        assert "The browser was removed" in said(visitor.send(f"/browsers/{theirs.agent_id}/remove", token=token))
    assert theirs.ask().code == "agent_revoked"
    ada.press("/members", f"/browsers/{mine.agent_id}/remove")
    assert mine.ask().code == "agent_revoked"
    mine.close()
    theirs.close()


def test_an_admin_connects_a_browser_for_another_member_and_a_member_only_their_own(
    here: Premises, ada: Visitor
) -> None:
    bob = here.house.member("bob@example.com")
    assert 'data-member="bob"' in ada.open(f"/connect?member={bob.id}").text
    assert ada.open("/connect?member=nobody").status_code == 404
    with here.visitor(bob) as visitor:
        assert 'data-member="bob"' in visitor.open("/connect").text
        assert visitor.open(f"/connect?member={here.house.admin.id}").status_code == 403


def test_another_teams_members_and_browsers_are_out_of_reach(here: Premises, ada: Visitor) -> None:
    _, eve = here.server.run(teams.found, "Other", "eve@example.com")
    agent = paired(here, eve, "eve")
    token = ada.token("/members", "/members")
    assert ada.send(f"/members/{eve.id}/remove", token=token).status_code == 404
    assert ada.send(f"/members/{eve.id}/sign-in-link", token=token).status_code == 404
    assert ada.send(f"/browsers/{agent.agent_id}/remove", token=token).status_code == 404
    assert ada.open(f"/connect?member={eve.id}").status_code == 404
    assert agent.ask().status == 200
    agent.close()


def test_a_key_is_revoked_for_good(here: Premises, ada: Visitor) -> None:
    key = here.server.run(access.keys, here.house.team_id)[0]
    page = ada.press("/keys", f"/keys/{key.id}/revoke")
    assert "The key was revoked." in said(page)
    assert f"/keys/{key.id}/revoke" not in page.text
    token = ada.token("/keys", "/keys")
    assert ada.send("/keys/unknown/revoke", token=token).status_code == 404


def test_a_browser_that_linkedin_has_outrun_is_said_to_be_so(here: Premises, ada: Visitor) -> None:
    agent = paired(here, here.house.admin, "outrun")
    assert "update it" not in said(ada.open("/members"))
    here.server.run(lambda store, _now: store.agents.blind(agent.agent_id, agent.version))
    assert "it sends, but no longer sees what became of invitations" in said(ada.open("/members"))
    here.server.run(lambda store, _now: store.agents.outdate(agent.agent_id, agent.version))
    page = said(ada.open("/members"))
    assert "it gets no work until then" in page
    assert "no longer sees" not in page
