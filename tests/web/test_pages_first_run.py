"""From an empty server to an invitation that waits for its browser, by the pages alone."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from curtsy.service import access
from tests.harness.agent import Agent
from tests.harness.served import served
from tests.harness.sky import Sky
from tests.pages.visitor import Visitor, said


def test_the_first_run_needs_nothing_but_the_pages(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        person = Visitor(server.url)
        assert person.open("/tasks").status_code == 401

        welcome = person.sign_in(server.run(access.sign_in_link, None))
        assert welcome.url.path == "/welcome"
        overview = person.press("/welcome", "/welcome", name="Acme", email="ada@example.com")
        assert "Your team stands" in said(overview)
        assert "Make an API key (to do)" in said(overview)

        shown = person.press("/keys", "/keys", scope="invite")
        key = re.search(r"ck_live_\w+", shown.text)
        assert key
        assert f"curl &#39;{server.url}/linkedin-agent/send-connection-request&#39;" in shown.text
        assert key[0] not in person.open("/keys").text

        connect = person.open("/connect")
        code = re.search(
            r'<meta name="curtsy-pairing" content="([A-Z]{8})" '
            rf'data-server="{server.url}" data-member="ada" data-team="Acme">',
            connect.text,
        )
        assert code
        assert "No browser has used this code yet" in said(person.open(f"/connect/paired?code={code[1]}"))
        agent = Agent(server.url, Sky(server.clock))
        paired = agent.pair(code[1])
        assert f"Connected as Sam Sender in Scripted 1. {paired.body['check']}" in said(
            person.open(f"/connect/paired?code={code[1]}")
        )

        call = {"profile_urn": "https://www.linkedin.com/in/grace-hopper/", "note": "Hello!"}
        asked = httpx.post(
            f"{server.url}/linkedin-agent/send-connection-request", json=call, headers={"x-api-key": key[0]}
        )
        assert asked.status_code == 200
        assert "Waiting grace-hopper with a note" in said(person.open("/tasks"))
        assert agent.turn() == "completed"
        task = said(person.open(f"/tasks/{asked.json()['api_agent_task_id']}"))
        assert "grace-hopper Sent" in task
        steps = ("Accepted", "Looked at the profile", "Started", "Reported what LinkedIn answered", "Ended: sent")
        places = [task.index(step) for step in steps]
        assert places == sorted(places)
        assert "pending_out" in task
        assert "What comes next" not in said(person.open("/"))
        agent.close()
        person.window.close()


def test_a_mistake_is_told_at_its_field_and_what_was_typed_stays(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        person = Visitor(server.url)
        person.sign_in(server.run(access.sign_in_link, None))
        again = person.press("/welcome", "/welcome", name="Acme <Ltd>", email="nobody")
        assert again.status_code == 400
        assert 'value="Acme &lt;Ltd&gt;"' in again.text
        assert re.search(r'name="email"[^>]*aria-invalid="true" aria-describedby="found-email-problem"', again.text)
        assert re.search(r'id="found-email-problem">This is not an email address', again.text)
        person.window.close()


def test_a_forgotten_first_link_is_no_way_to_another_team(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        first, second = Visitor(server.url), Visitor(server.url)
        links = [server.run(access.sign_in_link, None) for _ in range(3)]
        first.sign_in(links[0])
        second.sign_in(links[1])
        token = second.token("/welcome", "/welcome")
        first.press("/welcome", "/welcome", name="Acme", email="ada@example.com")
        assert second.send("/welcome", token=token, name="Mine", email="eve@example.com").status_code == 401
        late = Visitor(server.url)
        late.sign_in(links[2])
        assert late.open("/members").status_code == 401
        for person in (first, second, late):
            person.window.close()
