"""An honest browser, a step at a time: what it writes to its journal, sends, and may say after a death."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from curtsy.domain.agent import Agent, AgentRevoked
from curtsy.domain.errors import Refusal
from curtsy.domain.outcome import Relation
from curtsy.domain.task import TaskState
from curtsy.service import dispatch, reports, restoring, start
from curtsy.service.dispatch import Beat
from curtsy.service.restoring import Entry
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import Intent
from curtsy.storage.store import Store
from tests.faults.machine.linkedin import LinkedIn, urn

VERSION = "0.1.0"


class Lost(Exception):
    """The server died under this call: whoever made it got no answer."""


class Server(Protocol):
    """What a browser can reach."""

    linkedin: LinkedIn

    def incarnation(self) -> int:
        """Which life of the server this is."""

    def call(self, token: str, desk: Callable[..., Any], *args: Any) -> Any:
        """Carry a call to a desk; raises Lost."""


@dataclass
class Journal:
    """The attempt in hand. ``phase``: looking, leased, starting, acting, answered; written before the step it names."""

    task: str
    lease: str
    person: str
    note: str | None
    phase: str
    boot: str
    may_act_until: int = 0
    posted: bool = False
    outcome: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass
class Browser:
    """One installation of one member's account; ``signed_in`` is who LinkedIn says is signed in here."""

    town: Server
    account: str
    signed_in: str | None
    installation: str = field(default_factory=lambda: secrets.token_hex(8))
    boot: str = field(default_factory=lambda: secrets.token_hex(8))
    token: str = ""
    paused: bool = False
    incarnation: int = 1
    journal: Journal | None = None
    past: list[tuple[str, Report]] = field(default_factory=list)

    def call(self, desk: Callable[..., Any], *args: Any) -> Any:
        """One call to the server; a browser whose pairing has ended forgets its token."""
        try:
            return self.town.call(self.token, desk, *args)
        except AgentRevoked:
            self.token = ""
            raise

    def lease(self) -> bool:
        """Ask for work; first what the journal holds, and the whole journal where the server began another life."""
        self._upload()
        if self.journal is not None:
            return False
        account = urn(self.signed_in) if self.signed_in else None
        work = self.call(_lease, Beat(self.boot, VERSION, account, self.paused))
        if not isinstance(work, dispatch.Work):
            return False
        phase = "looking" if work.purpose == "verify" else "leased"
        person = self.town.linkedin.resolve(work.task.profile_urn, work.task.profile_slug)
        self.journal = Journal(work.task.id, work.lease_id, person, work.task.note, phase, self.boot)
        return True

    def _upload(self) -> None:
        incarnation = self.town.incarnation()
        if self.incarnation == incarnation:
            return
        entries = []
        if self.journal is not None and self.journal.phase != "looking":
            kept = self.journal
            entries = [Entry(kept.task, kept.lease, kept.phase, Evidence(acted=kept.posted))]
        self.incarnation = self.call(restoring.upload, entries)

    def start(self) -> None:
        """Look at the person, then ask for leave to act."""
        held = self.journal
        if held is None or held.phase not in ("leased", "starting") or held.boot != self.boot or self.signed_in is None:
            return
        sight = self.town.linkedin.sight(self.account, held.person, held.note)
        again, held.phase = held.phase == "starting", "starting"
        if again and sight["after"] != "none":
            self._conclude(held, "not_attempted", {})
            return
        sent_at = self.town.linkedin.clock()
        intent = Intent(held.lease, self.boot, urn(self.signed_in), urn(held.person), Relation(sight["after"]), 0)
        allowed = self.call(_start, held.task, intent)
        if isinstance(allowed, Refusal):
            self.journal = None
            return
        assert not allowed or sight["after"] == "none", f"allowed to act on {sight}"
        assert not allowed or self.signed_in == self.account, f"I13: allowed to act as {self.signed_in}"
        held.phase, held.may_act_until = "acting", sent_at + allowed

    def act(self, fate: str | None, late_ms: int, *, dies: bool) -> None:
        """One POST, if its time is not over; ``dies``: the browser is gone before it can write the answer down."""
        held = self.journal
        if held is None or held.phase != "acting" or held.posted or held.boot != self.boot:
            return
        if self.town.linkedin.clock() >= held.may_act_until or self.signed_in != self.account:
            self._conclude(held, "not_attempted", {})
            return
        held.posted = True
        linkedin = self.town.linkedin
        outcome, evidence = linkedin.post(
            self.account, held.person, held.note, task=held.task, lease=held.lease, fate=fate, late_ms=late_ms
        )
        if dies:
            self.reboot()
            return
        if outcome == "signed_out":
            self.signed_in = None
        self._conclude(held, outcome, evidence)

    def _conclude(self, held: Journal, outcome: str, evidence: dict[str, Any]) -> None:
        held.phase, held.outcome, held.evidence = "answered", outcome, {**evidence, "profile_urn": urn(held.person)}

    def finish(self, *, tab_closed: bool = True, careless: str | None = None) -> None:
        """Report what came of the lease, or what can be said of it after a death.

        ``careless``: what it says after a death though it cannot know; the server must not believe it.
        """
        held = self.journal
        if held is None:
            return
        if held.phase == "leased":
            self.release()
            return
        same_run = held.boot == self.boot
        if held.phase == "looking":
            self._look(held, tab_closed=tab_closed)
        elif held.phase != "answered":
            sight = self.town.linkedin.sight(self.account, held.person, held.note)
            if same_run and not held.posted:
                self._conclude(held, "not_attempted", {})
            elif careless is not None and not same_run:
                self._conclude(held, careless, {})
            else:
                self._conclude(held, "unknown", {"acted": held.posted, **sight})
        evidence = Evidence(**{**held.evidence, "tab_closed": tab_closed})
        report = Report(held.lease, self.boot, held.outcome, None, evidence)
        self.call(_finish, held.task, report)
        self.past.append((held.task, report))
        self.journal = None

    def _look(self, held: Journal, *, tab_closed: bool) -> None:
        if self.signed_in != self.account or not held.lease:
            held.outcome, held.evidence = "unreadable", {}
            return
        sight = self.town.linkedin.sight(self.account, held.person, held.note)
        seen = {"pending_out": "pending", "connected": "connected"}.get(sight["after"], "absent")
        held.outcome, held.evidence = seen, sight

    def release(self) -> None:
        """Give back what was not started."""
        held = self.journal
        if held is not None and held.phase == "leased":
            self.call(_release, held.task, held.lease)
            self.journal = None

    def repeat(self, which: int) -> None:
        """Send an old report once more."""
        if self.past:
            task, report = self.past[which % len(self.past)]
            self.call(_finish, task, report)

    def reboot(self) -> None:
        """The browser ends and begins another run; what it has not written down is gone."""
        self.boot = secrets.token_hex(8)
        if self.journal is not None and self.journal.phase in ("leased", "looking"):
            self.journal = None

    def turn(self, fate: str | None = None, late_ms: int = 0) -> None:
        """Everything from asking to reporting, in one go."""
        if self.journal is None:
            self.lease()
        self.start()
        self.act(fate, late_ms, dies=False)
        self.finish()


def _lease(store: Store, now: int, agent: Agent, beat: Beat) -> dispatch.Work | dispatch.Nothing:
    return dispatch.lease(store, now, agent.id, beat)


def _start(store: Store, now: int, agent: Agent, task: str, intent: Intent) -> int | Refusal:
    return start.start(store, now, agent, task, intent)


def _finish(store: Store, now: int, agent: Agent, task: str, report: Report) -> TaskState | Refusal:
    return reports.finish(store, now, agent, task, report)


def _release(store: Store, now: int, agent: Agent, task: str, lease: str) -> TaskState | Refusal:
    return dispatch.release(store, now, agent, task, lease)
