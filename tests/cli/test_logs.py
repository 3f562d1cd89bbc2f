"""No note, and nothing that was read of a profile, is ever in what the server logs."""

from __future__ import annotations

import json
from typing import Any

import requests

from curtsy.clock import system_clock
from tests.cli.command import PATIENCE_S, Curtsy
from tests.cli.conftest import ADMIN
from tests.harness.agent import Agent
from tests.harness.sky import Sky

MARK = "zebra-crossing"
INVITE = "/linkedin-agent/send-connection-request"


def test_no_words_of_callers_are_in_the_logs(team: Curtsy) -> None:
    team.json("member", "pace", ADMIN, "--spacing", "0-0")
    key = team.json("key", "create", "--scope", "manage")["key"]
    process = team.start("serve", "--port", "0", "--json")
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["listening"]
        agent = Agent(url, Sky(system_clock))
        assert agent.pair(team.json("pair", "--member", ADMIN)["code"]).status == 200
        _live(url, key, agent)
        agent.close()
    finally:
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert MARK not in out + err


def _live(url: str, key: str, agent: Agent) -> None:
    """A note on all its ways: sent, refused, repeated, in doubt, broken off; a profile that was read; a bad report."""

    def call(path: str, body: dict[str, Any] | bytes) -> dict[str, Any]:
        headers = {"x-api-key": key, "content-type": "application/json"}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return dict(requests.post(url + path, data=data, headers=headers, timeout=20).json())

    note = f"Dear {MARK}"
    assert call(INVITE, {"profile_urn": "ada-one", "note": note})["success"]
    assert agent.turn() == "completed"
    for body in (
        {"profile_urn": "ada-one", "note": note + " again"}, {"profile_urn": "ada-one", "note": note * 60},
        {"profile_urn": note}, {"profile_urn": "ada-two", "note": note + "\ud800"},
        {"profile_urn": "ada-three", "note": note, "sender": MARK}, f'{{"profile_urn": "ada", "note": "{note}'.encode(),
    ):  # fmt: skip
        call(INVITE, body)
    call("/linkedin-agent/send-connection-requests", {"invitations": [{"profile_urn": "ada-four", "note": note}, {}]})
    work = agent.lease()
    assert work is not None
    agent.start(work)
    agent.finish(work, "unknown", {"acted": True, "linkedin_code": MARK})
    agent.finish(work, MARK, {})
    call("/linkedin-agent/fetch-profile", {"profile_slug": "ada-five"})
    while (work := agent.lease()) is not None:
        outcome = "absent" if work.purpose == "verify" else "completed"
        agent.finish(work, outcome, {}, {"name": f"Ada {MARK}"})
        if work.purpose != "verify":
            break
    call("/v1/do-not-contact", {"profile_urn": "ada-six", "reason": f"told us {MARK}"})
