"""A batch of three slices in which one commit, or one statement, goes wrong: each row says what became of it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.faults.nth.statements import Saboteur, at_work
from tests.faults.nth.test_statements import ERRORS
from tests.faults.nth.wire import URL, Server, Wire
from tests.harness.agent import Agent
from tests.harness.clock import MovableClock
from tests.harness.folder import quick_folder
from tests.harness.house import found
from tests.harness.sky import Sky, urn_of

ROWS = [{"profile_urn": urn_of(f"person{n}")} for n in range(600)]
STEP = 97
"""Every so many-th statement is enough: within a slice they are much alike."""


def told(kind: str, ill: int, key: str | None) -> tuple[int, int]:
    """Send it, and send it again; how many statements (or commits) the first call took, and how many rows it made."""
    saboteur = Saboteur(ERRORS[kind], after_commit="commit" in kind)
    with quick_folder() as folder:
        with at_work(saboteur):
            server = Server(folder / "curtsy.db", MovableClock(stands=True))
        house = found(server)
        wire = Wire(server)
        agent = Agent(URL, Sky(server.clock), account=urn_of("sender"))
        agent.calls.mount(URL, wire)
        assert agent.pair(house.code()).status == 200
        caller = requests.Session()
        caller.mount(URL, wire)
        headers = {"x-api-key": house.key} | ({} if key is None else {"idempotency-key": key})
        saboteur.begin(ill)
        got = send(caller, headers, ROWS)
        count = saboteur.count
        saboteur.begin(0)
        promised = check(server, got, 0)
        again = send(caller, headers, ROWS)
        assert again["refused"] == 0
        assert len(check(server, again, len(ROWS))) == len(ROWS)
        assert promised <= {one["api_agent_task_id"] for one in again["results"]}
        for session in (caller, agent):
            session.close()
        server.close()
    return count, int(got["accepted"])


def send(caller: requests.Session, headers: dict[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    got = caller.post(URL + "/linkedin-agent/send-connection-requests", json={"invitations": rows}, headers=headers)
    if got.status_code == 503:
        assert got.json()["code"] == "try_again"
        return {"results": [], "accepted": 0, "refused": 0}
    assert got.status_code == 200, got.text
    return dict(got.json())


def check(server: Server, body: dict[str, Any], tasks: int) -> set[str]:
    """What was promised is there, and no more than one task a person; the rest may be sent again."""
    promised = {one["api_agent_task_id"] for one in body["results"] if one["success"]}
    assert {one["code"] for one in body["results"] if not one["success"]} <= {"try_again"}
    assert len(body["results"]) in (0, len(ROWS))
    there = {row[0] for row in server.run(lambda store, _now: store.rows.all("SELECT id FROM tasks", {}))}
    assert promised <= there
    assert tasks in (0, len(there))
    return promised


@pytest.mark.parametrize("key", [None, "batch-1"], ids=["without a key", "with a key"])
@pytest.mark.parametrize("kind", ERRORS)
def test_every_row_says_what_became_of_it(kind: str, key: str | None) -> None:
    statements, accepted = told(kind, 0, key)
    assert accepted == len(ROWS)
    step = 1 if "commit" in kind else STEP
    halves = [told(kind, ill, key)[1] for ill in range(1, statements + 1, step)]
    assert {200, 400} <= {*halves}, halves
