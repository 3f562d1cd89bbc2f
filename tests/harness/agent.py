"""A scripted agent: speaks the real protocol (docs/agent-protocol.md) over HTTP and WebSocket, honest unless told."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.harness.sky import Sky, urn_of

VERSION = "0.1.0"
ORIGIN = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
IMPATIENCE_S = 0.5
"""How long an agent at work waits for its bell before it asks all the same."""


class Died(Exception):
    """Raised by a hook: the browser is gone at this point, with everything it held in memory."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the server."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        return self.body.get("code")


WITHDRAWAL = "withdraw_connection_request"
KINDS = (
    "send_connection_request", WITHDRAWAL, "fetch_profile", "fetch_connections", "check_invitations", "read_person",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """A task in hand, as the server described it."""

    id: str
    lease: str
    kind: str
    purpose: str
    urn: str | None
    slug: str | None
    note: str | None
    expires_in_ms: int
    input: dict[str, Any] = field(default_factory=dict)


def _nothing(_work: Work) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Script:
    """Where a story steps in. Each hook is called at its point of the turn; raising Died ends the turn there.

    ``act`` sends the invitation and answers what to report (outcome, evidence); None is the honest act.
    ``report`` may replace what is reported at the end.
    """

    leased: Callable[[Work], None] = _nothing
    before_start: Callable[[Work], None] = _nothing
    before_act: Callable[[Work], None] = _nothing
    act: Callable[[Work, Sky], tuple[str, dict[str, Any]]] | None = None
    acted: Callable[[Work], None] = _nothing
    report: Callable[[Work, str, dict[str, Any]], tuple[str, dict[str, Any]]] | None = None
    tab_closed: bool = True


HONEST = Script()


@dataclass(slots=True)
class Agent:
    """One paired installation. ``boot_id`` changes with ``reboot``; ``account`` is who is signed in to LinkedIn now."""

    url: str
    sky: Sky
    account: str | None = urn_of("sender")
    installation_id: str = field(default_factory=lambda: secrets.token_hex(16))
    boot_id: str = field(default_factory=lambda: secrets.token_hex(8))
    version: str = VERSION
    paused: bool = False
    premium: bool = False
    kinds: list[str] | None = field(default_factory=lambda: list(KINDS))
    token: str = ""
    agent_id: str = ""
    incarnation: int = 1
    calls: requests.Session = field(default_factory=requests.Session)

    # ------------------------------------------------------------------ one call each

    def call(self, path: str, body: dict[str, Any], *, token: str | None = None) -> Reply:
        """POST to the agent protocol and take whatever comes back."""
        headers = {"authorization": f"Bearer {self.token if token is None else token}", "origin": ORIGIN}
        got = self.calls.post(self.url + path, json=body, headers=headers, timeout=20)
        return Reply(got.status_code, got.json(), {name.lower(): value for name, value in got.headers.items()})

    def get(self, path: str) -> Reply:
        """Ask the agent protocol something that changes nothing."""
        headers = {"authorization": f"Bearer {self.token}", "origin": ORIGIN}
        got = self.calls.get(self.url + path, headers=headers, timeout=20)
        return Reply(got.status_code, got.json(), {name.lower(): value for name, value in got.headers.items()})

    def pair(self, code: str) -> Reply:
        """Swap a code for a token, and keep it."""
        linkedin = {"urn": self.account, "name": "Sam Sender"} if self.account else None
        said = {"code": code, "installation_id": self.installation_id, "browser": "Scripted 1", "version": self.version}
        reply = self.call("/agent/pair", {**said, "linkedin": linkedin}, token="")
        if reply.status == 200:
            self.token, self.agent_id = reply.body["token"], reply.body["agent_id"]
            self.incarnation = reply.body["incarnation"]
        return reply

    def ask(self) -> Reply:
        """Ask for work."""
        return self.call(
            "/agent/lease",
            {
                "boot_id": self.boot_id,
                "version": self.version,
                "incarnation": self.incarnation,
                "linkedin": {"urn": self.account, "premium": self.premium} if self.account else None,
                "paused": self.paused,
                **({} if self.kinds is None else {"kinds": self.kinds}),
            },
        )

    def lease(self) -> Work | None:
        """The task the server gives, if any."""
        reply = self.ask()
        assert reply.status == 200, reply
        task = reply.body["task"]
        if task is None:
            return None
        lease = reply.body["lease"]
        return Work(
            task["id"], lease["id"], task["kind"], task["purpose"], task["profile"]["urn"], task["profile"]["slug"],
            task["note"], lease["expires_in_ms"], task["input"],
        )  # fmt: skip

    def start(
        self,
        work: Work,
        *,
        urn: str | None = None,
        slug: str | None = None,
        relation: str = "none",
        account: str | None = None,
        read_ms_ago: int = 200,
    ) -> Reply:
        """Announce the act; ``slug`` is the public name that was read, which older agents do not tell."""
        said = {
            **({} if slug is None else {"profile_slug": slug}),
            "lease": work.lease,
            "boot_id": self.boot_id,
            "linkedin_urn": account or self.account or urn_of("nobody"),
            "profile_urn": urn or self.sky.resolve(work.urn, work.slug),
            "before": {"relation": relation, "read_ms_ago": read_ms_ago},
        }
        return self.call(f"/agent/tasks/{work.id}/start", said)

    def finish(self, work: Work, outcome: str, evidence: dict[str, Any] | None = None, output: Any = None) -> Reply:
        """Report what came of a lease."""
        said = {"lease": work.lease, "boot_id": self.boot_id, "outcome": outcome, "output": output}
        return self.call(f"/agent/tasks/{work.id}/finish", {**said, "evidence": evidence or {}})

    def release(self, work: Work, reason: str = "no_tab") -> Reply:
        """Give a task back."""
        return self.call(f"/agent/tasks/{work.id}/release", {"lease": work.lease, "reason": reason})

    def resume(self) -> Reply:
        """The member has pressed Resume in the popup."""
        return self.call("/agent/resume", {"boot_id": self.boot_id})

    def unpair(self) -> Reply:
        """End this pairing."""
        return self.call("/agent/unpair", {})

    def reboot(self) -> None:
        """The browser was closed and opened again: same installation, another run."""
        self.boot_id = secrets.token_hex(8)

    def close(self) -> None:
        """Let go of the connections."""
        self.calls.close()

    # ------------------------------------------------------------------ the bell

    @contextlib.contextmanager
    def bell(self, *, hello: dict[str, Any] | None = None, origin: str = ORIGIN) -> Iterator[ClientConnection]:
        """A connected bell, after hello."""
        address = self.url.replace("http", "ws", 1) + "/agent/bell"
        with connect(address, additional_headers={"origin": origin}, compression=None, open_timeout=20) as socket:
            socket.send(json.dumps(hello or {"type": "hello", "token": self.token, "boot_id": self.boot_id}))
            yield socket

    # ------------------------------------------------------------------ a turn of the loop

    def turn(self, script: Script = HONEST) -> str | None:
        """Lease, perform, report: the state of the task afterwards, or None when there was no work."""
        work = self.lease()
        if work is None:
            return None
        script.leased(work)
        if work.purpose == "verify":
            return self._end(script, work, *self._look(work, script))
        if work.kind == "fetch_profile":
            return self._read(work)
        if work.kind == "read_person":
            return self.read_person(work)
        if work.kind == "fetch_connections":
            return str(
                self.finish(work, "completed", {}, {"connections": [], "paging": dict(work.input)}).body["state"]
            )
        if work.kind == "check_invitations":
            return str(self.finish(work, "completed", {}, self.sky.looked(work.input)).body["state"])
        return self._act(work, script)

    def _act(self, work: Work, script: Script) -> str:
        if self.account is None:
            return self._end(script, work, "signed_out", {})
        urn = self.sky.resolve(work.urn, work.slug)
        before = self.sky.relation(urn)
        script.before_start(work)
        allowed = self.start(work, relation=before)
        if allowed.status != 200:
            return str(allowed.code)
        script.before_act(work)
        if allowed.body["act_within_ms"] <= 0:
            return self._end(script, work, "not_attempted", {"before": before, "tab_closed": script.tab_closed})
        outcome, evidence = (script.act or self._honest)(work, self.sky)
        script.acted(work)
        return self._end(script, work, outcome, {"before": before, "profile_urn": urn, **evidence})

    def _honest(self, work: Work, sky: Sky) -> tuple[str, dict[str, Any]]:
        if work.kind == WITHDRAWAL:
            sky.vanish(sky.resolve(work.urn, work.slug))
            return "withdrawn", {"after": "none", "http_status": 200, "acted": True}
        sent = sky.invite(sky.resolve(work.urn, work.slug), work.note)
        return "sent", {"after": "pending_out", "invitation_urn": sent.urn, "http_status": 200, "acted": True}

    def _look(self, work: Work, script: Script) -> tuple[str, dict[str, Any]]:
        urn = self.sky.resolve(work.urn, work.slug)
        held = self.sky.to(urn)
        relation = self.sky.relation(urn)
        if relation == "connected":
            return "connected", {"after": relation, "tab_closed": script.tab_closed}
        if not held:
            return "absent", {"after": relation, "tab_closed": script.tab_closed}
        ago = self.sky.clock() - held[-1].at
        return "pending", {
            "after": "pending_out", "invitation_urn": held[-1].urn, "invitation_sent_ms_ago": ago,
            "message_equal": held[-1].note == work.note, "tab_closed": script.tab_closed,
        }  # fmt: skip

    def _read(self, work: Work) -> str:
        urn = self.sky.resolve(work.urn, work.slug)
        name = work.slug or "someone"
        profile: dict[str, Any] = {"name": name.title(), "profile_urn": urn, "profile_slug": work.slug, "positions": []}
        return str(self.finish(work, "completed", {"profile_urn": urn}, {**profile, "profile": profile}).body["state"])

    def read_person(self, work: Work) -> str:
        """Look who it is, and say so."""
        urn = self.sky.resolve(work.urn, work.slug)
        person = {"name": (work.slug or "someone").title(), "headline": "Works at a place"}
        said = {**person, "profile_urn": urn, "profile_slug": work.slug}
        return str(self.finish(work, "completed", {"profile_urn": urn}, said).body["state"])

    def _end(self, script: Script, work: Work, outcome: str, evidence: dict[str, Any]) -> str:
        if script.report is not None:
            outcome, evidence = script.report(work, outcome, evidence)
        reply = self.finish(work, outcome, evidence)
        return str(reply.body.get("state") or reply.code)

    # ------------------------------------------------------------------ at work on its own

    @contextlib.contextmanager
    def at_work(self, script: Script = HONEST) -> Iterator[None]:
        """A browser that is open while the block runs: waits for its bell, takes what there is, carries it out."""
        stop = threading.Event()
        worker = threading.Thread(target=self._work, args=(script, stop), name="agent", daemon=True)
        worker.start()
        try:
            yield
        finally:
            stop.set()
            worker.join(20)
            assert not worker.is_alive(), "the agent did not end"

    def _work(self, script: Script, stop: threading.Event) -> None:
        with contextlib.suppress(Died):
            while not stop.wait(0.05):
                # A bell that was cut, or a server that was away for a moment: as in any browser, it rings up again.
                with contextlib.suppress(ConnectionClosed, OSError), self.bell() as socket:
                    self._listen(socket, script, stop)

    def _listen(self, socket: ClientConnection, script: Script, stop: threading.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                socket.recv(IMPATIENCE_S)
            while not stop.is_set() and self.turn(script) is not None:
                pass
