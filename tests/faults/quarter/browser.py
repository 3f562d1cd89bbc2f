"""A member's browser: speaks the real protocol, takes what it is given, and carries it out on LinkedIn, honestly."""

from __future__ import annotations

import asyncio
import secrets
from random import Random
from typing import Any

from tests.faults.quarter.bounds import due as due_of
from tests.faults.quarter.front import Front
from tests.faults.quarter.judge import Judge
from tests.faults.quarter.linkedin import LinkedIn, urn
from tests.faults.quarter.people import HOUR, SECOND, Act, Sender
from tests.faults.quarter.rules import INVITE, WITHDRAW
from tests.harness.agent import KINDS, VERSION, Reply

FATES = (
    (0.004, "429_bare"), (0.002, "429_generic"), (0.0012, "429_fuse"), (0.0015, "302_challenge"), (0.0015, "401"),
    (0.001, "403_account_restricted"), (0.004, "500_before_commit"), (0.004, "500_after_commit"),
    (0.003, "drop_after"), (0.002, "200_empty"), (0.003, "403_other"),
)  # fmt: skip
"""What befalls a POST now and then, by how often."""
MOST_IN_VAIN = 30
CALM = (0.4, 0.6)
"""Seconds from a read to the next step, in a browser that is at rest."""


class Browser:
    """``rung`` is its bell: whoever sets it has something to say."""

    def __init__(self, sender: Sender, front: Front, linkedin: LinkedIn, judge: Judge, rng: Random) -> None:
        self.sender, self._front, self._linkedin, self._judge, self._rng = sender, front, linkedin, judge, rng
        self.rung = asyncio.Event()
        self.token = self.agent_id = self.boot = ""
        self._vain = 0
        front.database.doorbell.listen(f"member:{sender.id}", self.rung.set)

    @property
    def now(self) -> int:
        return self._front.sun()

    async def pair(self, code: str) -> None:
        """Swap a code for a token."""
        linkedin = {"urn": urn(self.sender.account.id), "name": "Sam"}
        said = {"code": code, "installation_id": secrets.token_hex(8), "browser": "Quarter 1", "version": VERSION}
        reply = await self._front.tell("/agent/pair", "", {**said, "linkedin": linkedin})
        assert reply.status == 200, reply
        self.token, self.agent_id = reply.body["token"], reply.body["agent_id"]
        self.sender.heard_at = self.now
        self.sender.told = self.sender.known = self.sender.account.id

    # ------------------------------------------------------------------ open and closed

    def opened(self) -> None:
        """The member opens their browser."""
        self.boot = secrets.token_hex(8)
        self.sender.open = True
        self.sender.told = self.sender.account.signed_in
        self.sender.disturb(self.now, "opens the browser")
        self.rung.set()

    def closed(self) -> None:
        """The member closes it, whatever it is at."""
        self.sender.open = False
        self.sender.disturb(self.now, "closes the browser")

    async def live(self) -> None:
        """Ask for work whenever there may be some, for as long as the browser is open."""
        while True:
            self.rung.clear()
            wait = HOUR / SECOND
            if self.sender.open:
                reply = await self.ask()
                if reply.body["task"] is not None:
                    self._vain = 0
                    await self._carry_out(reply.body["task"], reply.body["lease"]["id"])
                    continue
                wait = self._until_next(reply)
            alarm = asyncio.get_running_loop().call_later(wait, self.rung.set)
            await self.rung.wait()
            alarm.cancel()
            await asyncio.sleep(self._rng.uniform(0.05, 0.2))

    def _until_next(self, reply: Reply) -> float:
        """Seconds until it asks again.

        A browser asks every thirty seconds. Where nothing can come of that for long, those are left out here: until
        the moment from which the judge's book allows the next act, and ever more of them where still nothing comes.
        """
        wait = int(reply.body["poll_after_ms"])
        if wait < 30 * SECOND:
            return wait / SECOND
        due = due_of(self.sender, self.now)
        if due is None or due > self.now:
            self._vain = 0
            some_time = int(self._rng.uniform(1, 5) * HOUR)
            return max(wait, min(some_time, (due or self.now + some_time) - self.now)) / SECOND
        self._vain += 1
        if self._vain == MOST_IN_VAIN:
            self._judge.blame(self.sender, f"asked so often in vain, with nothing in the way: {reply.body['reason']}")
        return wait * float(2 ** max(0, min(self._vain - 20, 7))) / SECOND

    # ------------------------------------------------------------------ one call each

    async def ask(self) -> Reply:
        """Ask for work."""
        told = self.sender.told
        body = {
            "boot_id": self.boot, "version": VERSION, "incarnation": 1, "paused": self.sender.paused,
            "linkedin": {"urn": urn(told), "premium": self.sender.account.viewer.premium} if told else None,
            "kinds": list(KINDS),
        }  # fmt: skip
        reply = await self._front.tell("/agent/lease", self.token, body)
        assert reply.status == 200, reply
        self._judge.heard(self.sender, reply)
        return reply

    async def _finish(self, work: dict[str, Any], lease: str, outcome: str, output: Any = None, **more: Any) -> None:
        body = {"lease": lease, "boot_id": self.boot, "outcome": outcome, "output": output}
        path = f"/agent/tasks/{work['id']}/finish"
        reply = await self._front.tell(path, self.token, {**body, "evidence": {"tab_closed": True, **more}})
        self._judge.reported(self.sender, work, outcome, more, reply)

    async def resume(self) -> None:
        """The member presses Resume in the popup."""
        reply = await self._front.tell("/agent/resume", self.token, {"boot_id": self.boot})
        self._judge.resumed(self.sender, reply)

    # ------------------------------------------------------------------ a turn

    async def _pass(self, least: float, most: float) -> bool:
        """Let time go by; whether the browser is still open after it."""
        boot = self.boot
        await asyncio.sleep(self._rng.uniform(least, most))
        return self.sender.open and self.boot == boot

    async def _carry_out(self, work: dict[str, Any], lease: str) -> None:
        sender, account = self.sender, self.sender.account
        self._judge.given(sender, work)
        if not await self._pass(1, 4):
            return
        sender.told = account.signed_in
        stop = self._linkedin.stop(account)
        looks = work["purpose"] == "verify"
        if stop is not None:
            seen = {"seen_account": urn(account.signed_in)} if account.signed_in and stop == "wrong_member" else {}
            await self._finish(work, lease, "unreadable" if looks else stop, **seen)
        elif work["kind"] == "check_invitations":
            found = self._linkedin.look(account, work["input"])
            self._judge.looked(sender, found)
            await self._finish(work, lease, "completed", found)
        elif looks:
            await self._look_after(work, lease)
        elif work["kind"] in (INVITE, WITHDRAW):
            await self._act(work, lease)
        else:
            await self._finish(work, lease, "completed", {})

    async def _look_after(self, work: dict[str, Any], lease: str) -> None:
        person = self._linkedin.resolve(work["profile"]["urn"], work["profile"]["slug"])
        if person is None:
            await self._finish(work, lease, "unreadable")
            return
        sight = self._linkedin.sight(self.sender.account, person, work["note"])
        seen = {"pending_out": "pending", "connected": "connected"}.get(sight["after"], "absent")
        await self._finish(work, lease, seen, **sight)

    async def _act(self, work: dict[str, Any], lease: str) -> None:
        sender, account = self.sender, self.sender.account
        person = self._linkedin.resolve(work["profile"]["urn"], work["profile"]["slug"])
        if person is None:
            await self._finish(work, lease, "not_found")
            return
        act = await self._start(work, lease, person)
        if act is None or not await self._pass(*CALM):
            return
        made = None
        if work["kind"] == WITHDRAW:
            outcome, evidence = self._linkedin.withdraw(account, person)
        else:
            outcome, evidence, made = self._linkedin.post(account, person, work["note"], self._fate())
        self._judge.posted(sender, act, outcome, made)
        if await self._pass(*CALM):
            act.outcome = outcome
            await self._finish(work, lease, outcome, profile_urn=urn(person), **evidence)
            sender.told = account.signed_in

    async def _start(self, work: dict[str, Any], lease: str, person: str) -> Act | None:
        relation = self._linkedin.relation(self.sender.account, person)
        said = {
            "lease": lease, "boot_id": self.boot, "linkedin_urn": urn(self.sender.account.signed_in or ""),
            "profile_urn": urn(person), "before": {"relation": relation, "read_ms_ago": 100},
        }  # fmt: skip
        reply = await self._front.tell(f"/agent/tasks/{work['id']}/start", self.token, said)
        return self._judge.started(self.sender, work, person, relation, reply)

    def _fate(self) -> str | None:
        """What befalls the next POST: nothing, nearly always."""
        drawn = self._rng.random()
        for share, fate in FATES:
            drawn -= share
            if drawn < 0:
                return fate
        return None
