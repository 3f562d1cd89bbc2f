"""Tasks at the pages: where each stands, in words, and what can be done about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.member import Member
from curtsy.domain.profile import parse_profile
from curtsy.domain.task import Kind
from curtsy.service import intake
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted
from tests.harness.agent import Agent, Script
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


@pytest.fixture
def browser(here: Premises) -> Iterator[Agent]:
    agent = Agent(here.server.url, Sky(here.server.clock))
    assert agent.pair(here.house.code()).status == 200
    yield agent
    agent.close()


@pytest.fixture
def bob(here: Premises, browser: Agent) -> Iterator[Member]:
    member = here.house.member("bob@example.com")
    agent = Agent(here.server.url, browser.sky, account=urn_of("bob"))
    assert agent.pair(here.house.code(member)).status == 200
    yield member
    agent.close()


def asked(here: Premises, *people: str, note: str | None = None, sender: str | None = None) -> list[str]:
    """The ids of tasks that invite these people."""
    asks = []
    for person in people:
        profile = parse_profile(person)
        assert profile is not None
        asks.append(Ask(here.house.team_id, Kind.INVITE, profile, note, sender))
    answers = here.server.run(intake.accept_many, asks)
    return [answer.task_id for answer in answers if isinstance(answer, Accepted)]


def people(page: str) -> list[str]:
    """Whom a list of tasks is about, in its order."""
    return re.findall(r'class="person" href="/tasks/[\w-]+">([^<]+)<', page)


def test_a_note_and_a_name_are_shown_as_they_are_written(here: Premises, ada: Visitor, browser: Agent) -> None:
    (task,) = asked(here, "grace-hopper", note='<img src=x onerror=alert(1)> & "hello"\nAda')
    page = ada.open(f"/tasks/{task}")
    assert "<img src=x" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; &#34;hello&#34;\nAda" in page.text


def test_the_list_is_paged_newest_first_and_filtered(here: Premises, ada: Visitor, browser: Agent) -> None:
    asked(here, *(f"person-{n}" for n in range(60)))
    seen: list[str] = []
    path = "/tasks?status=pending"
    while path:
        page = ada.open(path).text
        seen += people(page)
        older = re.search(r'href="([^"]+)">Older<', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == [f"person-{n}" for n in reversed(range(60))]
    assert people(ada.open("/tasks?status=completed").text) == []
    assert ada.open("/tasks?status=odd").status_code == 400
    assert ada.open("/tasks?before=odd").status_code == 400


def test_a_member_sees_the_tasks_they_send_and_no_others(here: Premises, browser: Agent, bob: Member) -> None:
    mine = asked(here, *(f"mine-{n}" for n in range(30)), sender=bob.id)
    theirs = asked(here, *(f"theirs-{n}" for n in range(230)))
    mine += asked(here, "mine-last", sender=bob.id)
    with here.visitor(bob) as visitor:
        first = visitor.open("/tasks").text
        assert people(first) == ["mine-last", *(f"mine-{n}" for n in range(29, 5, -1))]
        older = re.search(r'href="([^"]+)">Older<', first)
        assert older
        rest = visitor.open(older[1]).text
        assert people(rest) == [f"mine-{n}" for n in range(5, -1, -1)]
        assert ">Older<" not in rest
        assert visitor.open(f"/tasks/{mine[0]}").status_code == 200
        assert visitor.open(f"/tasks/{theirs[0]}").status_code == 404
        token = visitor.token("/", "/sign-out")
        assert visitor.send(f"/tasks/{theirs[0]}/cancel", token=token).status_code == 404
        assert "theirs-" not in said(visitor.open("/"))


def test_what_waits_is_cancelled(here: Premises, ada: Visitor, browser: Agent) -> None:
    (task,) = asked(here, "grace-hopper")
    page = ada.press(f"/tasks/{task}", f"/tasks/{task}/cancel")
    assert "The task was cancelled. Nothing was sent." in said(page)
    assert browser.turn() is None
    assert "Cancel this task" not in said(page)


def test_what_is_being_sent_can_no_longer_be_cancelled(here: Premises, ada: Visitor, browser: Agent) -> None:
    (task,) = asked(here, "grace-hopper")
    token = ada.token(f"/tasks/{task}", f"/tasks/{task}/cancel")
    work = browser.lease()
    assert work is not None
    assert browser.start(work).status == 200
    page = ada.send(f"/tasks/{task}/cancel", token=token)
    assert page.status_code == 409
    assert "grace-hopper Sending" in said(page)
    assert "it can no longer be cancelled" in said(page)


def test_what_failed_says_why_and_what_to_do(here: Premises, ada: Visitor, browser: Agent) -> None:
    (task,) = asked(here, "grace-hopper")
    browser.turn(Script(act=lambda _work, _sky: ("email_required", {"http_status": 400, "acted": True})))
    page = said(ada.open(f"/tasks/{task}"))
    assert "grace-hopper Email address needed" in page
    assert "LinkedIn asks for this person's email address before they can be invited." in page
    assert "What to do: Open the profile on LinkedIn and invite by hand." in page
    assert "Email address needed grace-hopper no note" in said(ada.open("/tasks?status=failed"))


def test_what_waits_says_for_what(here: Premises, ada: Visitor, browser: Agent) -> None:
    asked(here, "first-person", "second-person")
    assert "Invitations are spaced apart; this one waits for its turn." in said(ada.open("/tasks"))
    here.server.jump(10 * 60_000)
    assert "No browser of the sender is online." in said(ada.open("/tasks"))
    assert "No browser is online." in said(ada.open("/"))
