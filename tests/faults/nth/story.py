"""A whole story, told the same way each time: asked for with a key, acted on, in doubt, looked at, ended."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import requests

from curtsy.domain.task import MOVES, TaskState
from curtsy.storage.store.tasks import COLUMNS, as_task
from tests.faults.nth.statements import Saboteur, at_work
from tests.faults.nth.wire import URL, Fate, Server, Wire
from tests.harness.agent import Agent, Reply, Work
from tests.harness.clock import MovableClock
from tests.harness.house import found
from tests.harness.sky import Sky, urn_of

PERSON = urn_of("person")
BODY = {"profile_urn": PERSON, "note": "Hello"}
STEP_MS = 90_000
LONG_STEP_MS = 100_000
MOST_STEPS = 120
AFTER = {
    "task.leased": "leased", "task.started": "started", "task.unconfirmed": "unconfirmed", "task.requeued": "queued",
    "task.needs_review": "needs_review", "task.completed": "completed", "task.failed": "failed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """A database with a team and a paired browser, to begin each telling from."""

    path: Path
    key: str
    token: str
    installation_id: str


def template(folder: Path) -> Template:
    """Make it; absence leads to a second act, so that stories may hold two."""
    server = Server(folder / "template.db", MovableClock(stands=True))
    house = found(server)
    server.run(lambda store, _now: store.teams.set_absence_requeues(house.team_id, True))
    agent = Agent(URL, Sky(server.clock), account=urn_of("sender"))
    agent.calls.mount(URL, Wire(server))
    assert agent.pair(house.code()).status == 200
    server.close()
    return Template(folder / "template.db", house.key, agent.token, agent.installation_id)


class Telling:
    """One telling: ``posted`` says whether the first act reaches LinkedIn; its answer is lost either way."""

    def __init__(
        self,
        base: Template,
        path: Path,
        *,
        posted: bool,
        fate: Fate | None = None,
        ill: int = 0,
        saboteur: Saboteur | None = None,
    ) -> None:
        shutil.copy(base.path, path)
        self.clock = MovableClock(stands=True)
        self.rows = apsw.Connection(str(path))
        with at_work(saboteur) if saboteur is not None else contextlib.nullcontext():
            self.server = Server(path, self.clock)
        self.sky = Sky(self.clock)
        self.wire = Wire(self.server, fate, ill)
        self.wire.watch = self._compare
        self.agent = Agent(URL, self.sky, account=urn_of("sender"), token=base.token)
        self.agent.installation_id = base.installation_id
        self.caller = requests.Session()
        for session in (self.agent.calls, self.caller):
            session.mount(URL, self.wire)
        self.key, self.posted, self.acts = base.key, posted, 0
        self.saboteur, self.before_act = saboteur, 0
        self.report: tuple[Work, str, dict[str, Any]] | None = None
        self.promised: set[str] = set()

    def tell(self) -> None:
        """Tell it to its end, and check that it ended well."""
        self._until(self._ask_for_it, "an answer to the caller")
        self._until(self._ended, "the end of the task")
        for _ in range(3):  # what is still under way arrives, and changes nothing
            self._pass(LONG_STEP_MS)
            self._turn()
        self._until(self._ask_for_it, "the same answer again")
        self._check()

    def close(self) -> None:
        self.agent.close()
        self.caller.close()
        self.server.close()
        self.rows.close()

    # ------------------------------------------------------------------ the caller

    def _ask_for_it(self) -> bool:
        headers = {"x-api-key": self.key, "idempotency-key": "story"}
        try:
            got = self.caller.post(URL + "/linkedin-agent/send-connection-request", json=BODY, headers=headers)
        except requests.ConnectionError:
            return False
        assert got.status_code in (200, 503), got.text
        if got.status_code == 503:
            assert got.json()["code"] == "try_again"
            assert int(got.headers["retry-after"]) >= 1
        return got.status_code == 200

    # ------------------------------------------------------------------ the browser

    def _turn(self) -> bool:
        """One turn of an honest browser; False when there is nothing to do before time passes."""
        if self.report is not None:
            reply = self._try(lambda report=self.report: self.agent.finish(*report))
            if reply is None:
                return False
            self.report = None
            return True
        asked = self._try(self.agent.ask)
        if asked is None or asked.body["task"] is None:
            return False
        work = _work(asked.body)
        self.report = self._look(work) if work.purpose == "verify" else self._act(work)
        return True

    def _look(self, work: Work) -> tuple[Work, str, dict[str, Any]]:
        held = self.sky.to(PERSON)
        if not held:
            return work, "absent", {"after": "none", "tab_closed": True}
        seen = {"invitation_sent_ms_ago": self.clock() - held[-1].at, "message_equal": held[-1].note == work.note}
        return work, "pending", {"after": "pending_out", "tab_closed": True, **seen}

    def _act(self, work: Work) -> tuple[Work, str, dict[str, Any]] | None:
        before = self.sky.relation(PERSON)
        answers = (self._try(lambda: self.agent.start(work, urn=PERSON, relation=before)) for _ in range(3))
        allowed = next((answer for answer in answers if answer is not None), None)
        if allowed is not None and allowed.status != 200:
            return None
        if allowed is None or allowed.body["act_within_ms"] <= 0:
            return work, "not_attempted", {"before": before, "tab_closed": True}
        self.acts += 1
        if self.acts == 1:
            self.before_act = self.saboteur.count if self.saboteur is not None else 0
            if self.posted:
                self.sky.invite(PERSON, work.note)
            return work, "unknown", {"acted": True, "before": before}
        sent = self.sky.invite(PERSON, work.note)
        return work, "sent", {"acted": True, "invitation_urn": sent.urn, "http_status": 200}

    def _try(self, call: Any) -> Reply | None:
        """An answer, or None when there was none or the server could not."""
        try:
            reply: Reply = call()
        except requests.ConnectionError:
            return None
        return None if reply.status == 503 else reply

    # ------------------------------------------------------------------ time

    def _until(self, done: Any, what: str) -> None:
        for _ in range(MOST_STEPS):
            if done():
                return
            while self._turn():
                pass
            if done():
                return
            self._pass()
        raise AssertionError(f"waited in vain for {what}: {self._row()}")

    def _pass(self, ms: int = STEP_MS) -> None:
        self.clock.jump(ms)
        self.server.upkeep()
        self.wire.deliver_late()

    # ------------------------------------------------------------------ what is so

    def _row(self) -> Any:
        rows = self.rows.execute(f"SELECT {COLUMNS} FROM tasks").fetchall()
        assert len(rows) <= 1, "one request, one task"
        return as_task(rows[0]) if rows else None

    def _ended(self) -> bool:
        row = self._row()
        assert row is not None
        return row.ended or row.state is TaskState.NEEDS_REVIEW

    def _compare(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """Nobody is told that something is done that is not."""
        row, path = self._row(), str(request.path_url)
        assert all(row is not None and row.id == promised for promised in self.promised), "what was promised is there"
        if response.status_code != 200:
            return
        said = response.json()
        if path.endswith("send-connection-request"):
            assert row.id == said["api_agent_task_id"]
            self.promised.add(row.id)
        elif path == "/agent/lease" and said["task"] is not None:
            assert row.lease_id == said["lease"]["id"]
        elif path.endswith("/start"):
            assert row.state is TaskState.STARTED
            assert row.act_lease == json.loads(request.body or b"{}")["lease"]
        elif path.endswith("/finish"):
            assert self._count("evidence WHERE body LIKE '%outcome%'") >= 1

    def _count(self, what: str) -> int:
        (number,) = self.rows.execute(f"SELECT count(*) FROM {what}").fetchall()[0]
        assert isinstance(number, int)
        return number

    def _check(self) -> None:
        row, held = self._row(), self.sky.to(PERSON)
        assert self.promised == {row.id}
        assert len(held) <= 1, f"invited {len(held)} times"
        assert row.state in (TaskState.COMPLETED, TaskState.NEEDS_REVIEW), row
        assert row.state is not TaskState.COMPLETED or held, "said to be sent, and is not"
        events = [
            kind for (kind,) in self.rows.execute("SELECT type FROM events WHERE task_id = ? ORDER BY n", (row.id,))
        ]
        assert events[0] == "task.created"
        state = TaskState.QUEUED
        for kind in events[1:]:
            after = TaskState(AFTER[kind])
            assert after in MOVES[state], f"{state} -> {after} in {events}"
            state = after
        assert state is row.state
        assert self._count("answers") == 1


def _work(body: dict[str, Any]) -> Work:
    task, lease = body["task"], body["lease"]
    return Work(
        task["id"], lease["id"], task["kind"], task["purpose"], task["profile"]["urn"], task["profile"]["slug"],
        task["note"], lease["expires_in_ms"],
    )  # fmt: skip
