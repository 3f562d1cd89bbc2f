"""A member's browser in a process of its own: does what the extension does, remembers what it does, and can be killed.

Its journal is a file; the doom that its campaign has laid on it is a number in another (`PHASES` names the moment).
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from curtsy.twin.remote import Twin
from tests.faults.crash.page import Answer, Page, Sight
from tests.faults.crash.tempo import Mark, Tempo
from tests.harness.agent import Agent, Reply, Work
from tests.harness.sky import Sky

PHASES = ("", "leased", "starting", "started", "acting", "posting", "acted", "answered", "reported")
"""Where a browser can be made to die: of each the moment right after."""
SIGNS_IN_AFTER_MS = 20_000
ANSWER_S = 3.0
START_TRIES = 3
START_AGAIN_MS = 400
GRANTED_AT_MOST_MS = 15_000
REPORT_AGAIN_MS = 1_000
NEEDS_MEMBER = ("challenge", "restricted", "doubt")
BEFORE = {
    "pending_out": "already_pending",
    "pending_in": "incoming_pending",
    "connected": "already_connected",
    "self": "own_profile",
}
CODES = {"FUSE_LIMIT_EXCEEDED": "invitation_limit_reached", "CANT_RESEND_YET": "cannot_resend_yet"}


class Unreachable(Exception):
    """No answer came; what was asked may have been done."""


@dataclass(slots=True)
class Installation(Agent):
    """The extension's end of the wire; says Unreachable where there is no answer."""

    line: HTTPConnection | None = None

    def close(self) -> None:
        """Let go of the connection."""
        if self.line is not None:
            self.line.close()

    def call(self, path: str, body: dict[str, Any], *, token: str | None = None) -> Reply:
        """POST to the agent protocol once."""
        where = urlsplit(self.url)
        self.line = self.line or HTTPConnection(where.hostname or "", where.port, timeout=ANSWER_S)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        try:
            self.line.request("POST", path, json.dumps(body), headers)
            got = self.line.getresponse()
            reply = Reply(got.status, json.loads(got.read()), {})
        except (OSError, HTTPException, ValueError) as lost:
            self.line.close()
            raise Unreachable from lost
        if reply.status >= 500:
            raise Unreachable
        return reply


@dataclass(slots=True)
class Paired:
    """What an installation keeps; its ``boot_id`` is another in each run of the browser."""

    token: str
    agent_id: str
    installation_id: str
    account: str
    boot_id: str

    def installation(self, tempo: Tempo, url: str) -> Installation:
        """The installation, calling the server there."""
        return Installation(
            url,
            Sky(tempo.now_ms),
            account=self.account,
            installation_id=self.installation_id,
            boot_id=self.boot_id,
            token=self.token,
            agent_id=self.agent_id,
        )


class Browser:
    """One run of one installation."""

    def __init__(self, tempo: Tempo, agent: Installation, page: Page, journal: Path, doom: Mark) -> None:
        self._tempo, self._agent, self._page = tempo, agent, page
        self._journal, self._doom = journal, doom
        self._account = agent.account

    def run(self) -> None:
        """Be open until killed."""
        self._sign_in()
        self._resume()
        while True:
            try:
                self._turn()
            except Unreachable:
                self._tempo.rest(REPORT_AGAIN_MS)

    def _turn(self) -> None:
        reply = self._agent.ask()
        assert reply.status == 200, reply
        task = reply.body["task"]
        if task is None:
            self._wait(reply.body["reason"], reply.body["poll_after_ms"])
            return
        lease, profile = reply.body["lease"], task["profile"]
        work = Work(
            task["id"], lease["id"], task["kind"], task["purpose"], profile["urn"], profile["slug"], task["note"],
            lease["expires_in_ms"],
        )  # fmt: skip
        held = self._read()
        if held is not None and held["lease"] == work.lease:
            self._resume()
        elif work.purpose == "verify":
            self._look(work)
        else:
            self._invite(work)

    def _wait(self, reason: str, poll_after_ms: int) -> None:
        if reason in ("signed_out", "wrong_member"):
            self._tempo.rest(SIGNS_IN_AFTER_MS)
            self._sign_in()
        elif reason in NEEDS_MEMBER:
            self._tempo.rest(SIGNS_IN_AFTER_MS)
            self._sign_in()
            self._agent.resume()
        else:
            self._tempo.rest(poll_after_ms)

    def _sign_in(self) -> None:
        self._page.sign_in()
        self._agent.account = self._account

    # ------------------------------------------------------------------ an invitation

    def _invite(self, work: Work) -> None:
        self._write("leased", work)
        answer, member = self._page.me()
        person: Sight | None = None
        if member == self._account:
            answer, person = self._page.person(work.slug or (work.urn or "").rpartition(":")[2])
        if person is None or person.urn is None:
            self._end(work, answer.session or "not_attempted", {})
            return
        if person.relation != "none":
            seen = self._page.relationship(person.urn) or person
            self._end(work, BEFORE[person.relation], {**_of(seen, work, "before"), "profile_urn": person.urn})
            return
        sent_at = self._tempo.now_ms()
        self._write("starting", work, urn=person.urn)
        allowed = self._start(work, person.urn, sent_at)
        self._die_at("started")
        if allowed is None:
            self._forget()
            return
        self._write("acting", work, urn=person.urn)
        if self._tempo.now_ms() - sent_at >= allowed:
            self._end(work, "not_attempted", {"before": "none", "tab_closed": True})
            return
        self._write("begun", work, urn=person.urn)
        if self._tempo.now_ms() - sent_at >= allowed:
            self._end(work, "not_attempted", {"before": "none", "tab_closed": True})
            return
        answer = self._page.invite(person.urn, work.note, lambda: self._die_at("posting"))
        self._die_at("acted")
        outcome, evidence = self._judge(work, person.urn, answer)
        self._end(work, outcome, {"before": "none", "profile_urn": person.urn, "acted": True, **evidence})

    def _start(self, work: Work, urn: str, sent_at: int) -> int | None:
        """What is granted, 0 when no answer came, None when the server said no."""
        for tries in range(START_TRIES):
            try:
                reply = self._agent.start(work, urn=urn, account=self._account)
                return int(reply.body["act_within_ms"]) if reply.status == 200 else None
            except Unreachable:
                if self._tempo.now_ms() - sent_at > GRANTED_AT_MOST_MS:
                    break
                self._tempo.rest(START_AGAIN_MS * (tries + 1))
        return 0

    def _judge(self, work: Work, urn: str, answer: Answer) -> tuple[str, dict[str, Any]]:
        said: dict[str, Any] = {"http_status": answer.status or None, "linkedin_code": answer.code}
        if answer.session == "signed_out" and answer.status == 302:
            probe, _ = self._page.me()
            return probe.session or "unknown", said
        if answer.session is not None:
            return answer.session, said
        if answer.csrf:
            self._page.sign_in()
            return "not_attempted", {**said, "linkedin_code": "CSRF", "acted": False}
        if answer.code in CODES and answer.status >= 400:
            seen = self._page.relationship(urn)
            if answer.code == "CANT_RESEND_YET" and (seen is None or seen.relation != "none"):
                return ("already_pending" if seen else "unknown"), {**said, **_of(seen, work, "after")}
            return CODES[answer.code], said
        if answer.status == 429:
            return "throttled", {**said, "retry_after_ms": answer.retry_after_ms}
        if answer.code is not None and answer.status >= 400:
            return "refused", said
        value = answer.body.get("data", {}).get("value")
        made = value.get("invitationUrn") if isinstance(value, dict) else None
        if answer.status == 200 and made:
            return "sent", {**said, "invitation_urn": made}
        return "unknown", {**said, **_of(self._page.relationship(urn), work, "after")}

    def _look(self, work: Work) -> None:
        answer, member = self._page.me()
        urn = work.urn
        if urn is None and member == self._account:
            answer, person = self._page.person(work.slug or "")
            urn = person.urn if person else None
        seen = self._page.relationship(urn) if urn and member == self._account else None
        words = {"pending_out": "pending", "connected": "connected", "none": "absent", "pending_in": "absent"}
        outcome = words.get(seen.relation, "unreadable") if seen else "unreadable"
        self._end(work, outcome, {**_of(seen, work, "after"), "tab_closed": True, "profile_urn": urn})
        if answer.session is not None:
            self._sign_in()

    # ------------------------------------------------------------------ the journal

    def _resume(self) -> None:
        """Go on from the journal, after whatever killed the run that wrote it; never acts."""
        held = self._read()
        if held is None or held["phase"] == "leased":
            self._forget()
            return
        work = Work(**held["work"])
        if held["phase"] == "answered":
            self._report(work, held["outcome"], held["evidence"])
            return
        same_run = held["boot_id"] == self._agent.boot_id
        if same_run and held["phase"] in ("starting", "acting"):
            self._end(work, "not_attempted", {"before": "none", "tab_closed": True})
            return
        seen = _of(self._page.relationship(held["urn"]), work, "after")
        acted = held["phase"] == "begun"
        self._end(work, "unknown", {**seen, "before": "none", "profile_urn": held["urn"], "acted": acted})

    def _end(self, work: Work, outcome: str, evidence: dict[str, Any]) -> None:
        if outcome == "signed_out":
            self._agent.account = None
        self._write("answered", work, outcome=outcome, evidence=evidence)
        self._report(work, outcome, evidence)

    def _report(self, work: Work, outcome: str, evidence: dict[str, Any]) -> None:
        while True:
            try:
                reply = self._agent.finish(work, outcome, evidence)
            except Unreachable:
                self._tempo.rest(REPORT_AGAIN_MS)
                continue
            assert reply.status in (200, 409), reply
            self._die_at("reported")
            self._forget()
            return

    def _write(self, phase: str, work: Work, **more: Any) -> None:
        fields = {name: getattr(work, name) for name in Work.__dataclass_fields__}
        unfinished = self._journal.with_suffix(".new")
        boot = {"boot_id": self._agent.boot_id, "lease": work.lease}
        unfinished.write_text(json.dumps({"phase": phase, "work": fields, **boot, **more}))
        unfinished.rename(self._journal)
        self._die_at(phase)

    def _read(self) -> dict[str, Any] | None:
        held: dict[str, Any] | None = json.loads(self._journal.read_text()) if self._journal.exists() else None
        return held

    def _forget(self) -> None:
        self._journal.unlink(missing_ok=True)

    def _die_at(self, phase: str) -> None:
        if phase in PHASES and self._doom.read() == PHASES.index(phase):
            self._doom.set(0)
            os.kill(os.getpid(), signal.SIGKILL)


def _of(seen: Sight | None, work: Work, when: str) -> dict[str, Any]:
    """What was read of a relationship, as evidence."""
    if seen is None:
        return {when: None}
    standing = seen.relation == "pending_out" and seen.sent_ms_ago is not None
    return {
        when: seen.relation,
        "invitation_urn": seen.invitation,
        "invitation_sent_ms_ago": seen.sent_ms_ago if standing else None,
        "message_equal": (seen.message or "") == (work.note or "") if standing else None,
    }


def browse(
    tempo: Tempo, url: str, twin: dict[str, str], paired: dict[str, str], viewer: str, journal: str, doom: str
) -> None:
    """Open this browser; ``paired`` has the fields of Paired, ``twin`` those of Twin."""
    kept = Paired(**paired)
    page = Page(Twin(**twin), viewer)
    Browser(tempo, kept.installation(tempo, url), page, Path(journal), Mark(Path(doom))).run()
