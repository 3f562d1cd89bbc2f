"""What only a person can say, at the pages: what became of a task, what follows absence, that the clock is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curtsy.domain.member import Cause
from curtsy.service import pauses, teams
from curtsy.storage.store import Store
from tests.harness.agent import Agent, Script, Work
from tests.harness.sky import Sky
from tests.pages.visitor import Premises, Visitor, premises, said
from tests.web.test_pages_tasks import asked

REASON = "It stands under Sent invitations."


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Premises]:
    with premises(tmp_path) as opened:
        yield opened


@pytest.fixture
def ada(here: Premises) -> Iterator[Visitor]:
    with here.visitor(here.house.admin) as visitor:
        yield visitor


@pytest.fixture
def agent(here: Premises) -> Iterator[Agent]:
    agent = Agent(here.server.url, Sky(here.server.clock))
    assert agent.pair(here.house.code()).status == 200
    yield agent
    agent.close()


def lose(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
    """An act whose answer never came."""
    return "unknown", {"acted": True}


@pytest.fixture
def task(here: Premises, agent: Agent) -> str:
    """A task that was twice not found."""
    (made,) = asked(here, "grace-hopper")
    assert agent.turn(Script(act=lose)) == "unconfirmed"
    for wait in (165_000, 30_000):
        here.server.jump(wait)
        agent.turn()
    return made


def kept(here: Premises, task: str) -> str:
    """The last piece of evidence of a task."""
    return here.server.run(lambda store, _now: store.attempts.evidence(task))[-1][2]


@pytest.mark.parametrize(("became", "shown"), [("sent", "Sent"), ("not-sent", "Not sent")])
def test_a_task_in_review_is_settled_on_its_page(
    here: Premises, ada: Visitor, task: str, became: str, shown: str
) -> None:
    page = said(ada.open(f"/tasks/{task}"))
    assert "Needs you" in page
    assert "Sent invitations" in page
    done = said(ada.press(f"/tasks/{task}", f"/tasks/{task}/settle", became=became, reason=REASON))
    assert "Your reason is kept" in done
    assert f"grace-hopper {shown}" in done
    assert "Settled by a person who looked" in done
    assert REASON in done
    assert "ada <ada@example.com>" in kept(here, task)
    assert "Settle it" not in done


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"became": "sent", "reason": " "}, "3 to 500 characters"),
        ({"became": "sent"}, "3 to 500 characters"),
        ({"became": "perhaps", "reason": REASON}, "sent, or not sent"),
        ({"reason": REASON}, "sent, or not sent"),
        ({"became": "sent", "reason": "a\x00bc"}, "3 to 500 characters"),
    ],
)
def test_half_a_word_settles_nothing(here: Premises, ada: Visitor, task: str, form: dict[str, str], why: str) -> None:
    page = ada.press(f"/tasks/{task}", f"/tasks/{task}/settle", **form)
    assert (page.status_code, why in said(page)) == (400, True)
    assert "Settle it" in said(page)
    assert REASON in page.text or form.get("reason") != REASON
    assert "person" not in kept(here, task)


def test_what_is_settled_or_sent_is_not_settled_again(ada: Visitor, task: str) -> None:
    token = ada.token(f"/tasks/{task}", f"/tasks/{task}/settle")
    form = {"token": token, "became": "sent", "reason": REASON}
    assert ada.send(f"/tasks/{task}/settle", **form).status_code == 200
    again = ada.send(f"/tasks/{task}/settle", **form)
    assert (again.status_code, "Only a task that needs review" in said(again)) == (409, True)


def test_a_member_settles_nobody_elses_task(here: Premises, task: str) -> None:
    bob = here.house.member("bob@example.com")
    with here.visitor(bob) as visitor:
        token = visitor.token("/", "/sign-out")
        sent = visitor.send(f"/tasks/{task}/settle", token=token, became="sent", reason=REASON)
        assert sent.status_code == 404
    assert "person" not in kept(here, task)


def test_the_team_chooses_what_follows_absence(here: Premises, ada: Visitor) -> None:
    team = here.house.team_id
    assert "120 seconds or never" in said(ada.open("/members"))
    for choice in ("requeue", "review"):
        page = ada.press("/members", "/team/absence", absence=choice)
        assert "The choice holds" in said(page)
        assert f'value="{choice}" checked' in page.text
        assert here.server.run(teams.absence_requeues, team) is (choice == "requeue")


def test_only_an_admin_chooses_and_confirms(here: Premises, ada: Visitor) -> None:
    here.server.run(lambda store, now: store.set_house("clock_jumped", str(now)))
    with here.visitor(here.house.member("bob@example.com")) as bob:
        page = bob.open("/members")
        assert "/team/absence" not in page.text
        assert "clock was set" in said(page)
        assert "/clock/confirm" not in page.text
        token = bob.token("/", "/sign-out")
        for action in ("/team/absence", "/clock/confirm"):
            assert bob.send(action, token=token, absence="requeue").status_code == 403
    assert here.server.run(_jumped)
    assert not here.server.run(teams.absence_requeues, here.house.team_id)


def test_every_page_says_that_the_clock_jumped_until_it_is_confirmed(
    here: Premises, ada: Visitor, agent: Agent
) -> None:
    (waiting,) = asked(here, "grace-hopper")
    assert "clock was set" not in said(ada.open("/"))
    here.server.run(lambda store, now: store.set_house("clock_jumped", str(now)))
    for page in ("/", "/tasks", "/members", "/keys", f"/tasks/{waiting}"):
        assert "clock was set by more than five minutes" in said(ada.open(page))
    assert "The server's clock jumped" in said(ada.open(f"/tasks/{waiting}"))
    assert agent.lease() is None
    done = ada.press("/", "/clock/confirm")
    assert "The clock is confirmed" in said(done)
    assert "clock was set" not in said(done)
    assert agent.turn() == "completed"


def test_a_task_held_up_by_lost_answers_is_not_said_to_be_lost_itself(
    here: Premises, ada: Visitor, agent: Agent
) -> None:
    (waiting,) = asked(here, "grace-hopper")
    here.server.run(pauses.pause, here.house.team_id, here.house.admin.id, Cause.DOUBT)
    assert agent.lease() is None
    page = said(ada.open(f"/tasks/{waiting}"))
    assert "answers were lost twice in a row" in page
    assert "could not be seen" not in page


def _jumped(store: Store, _now: int) -> bool:
    return store.house("clock_jumped") is not None
