"""What people do all quarter: open their browsers, invite by hand, sign out, press Pause, answer or ignore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from curtsy.twin.ledger import Invitation, State
from tests.faults.quarter.browser import Browser
from tests.faults.quarter.linkedin import LinkedIn
from tests.faults.quarter.people import DAY, HOUR, SECOND, Sender

STRANGER = "viewer-99999"


class Life:
    """Of one member, with a mishap every so many ``days``; none for the calm, but what LinkedIn has for everybody."""

    def __init__(
        self, browser: Browser, linkedin: LinkedIn, rng: Random, person: Callable[[], str], days: float | None
    ) -> None:
        self._browser, self._linkedin, self._rng, self._person, self._days = browser, linkedin, rng, person, days
        self._sender: Sender = browser.sender

    def begin(self) -> list[asyncio.Task[None]]:
        """Everything that goes on at once."""
        parts: list[Coroutine[Any, Any, None]] = [self._browser.live(), self._doors(), self._tends()]
        if self._sender.hand_made_a_week:
            parts.append(self._hand())
        if self._days is not None:
            parts.append(self._mishaps(self._days))
        return [asyncio.create_task(part) for part in parts]

    async def _doors(self) -> None:
        sender = self._sender
        if sender.office is None:
            self._browser.opened()
            while True:
                await self._about(12 * DAY)
                self._browser.closed()
                await self._about(30_000)
                self._browser.opened()
        while True:
            at, opens = sender.office.next_change(self._browser.now)
            await asyncio.sleep((at - self._browser.now) / SECOND)
            (self._browser.opened if opens else self._browser.closed)()

    async def _about(self, ms: int) -> None:
        await asyncio.sleep(self._rng.expovariate(1) * ms / SECOND)

    # ------------------------------------------------------------------ trouble, and what the member does about it

    async def _tends(self) -> None:
        """A member who is at their browser sees now and then to what is wrong, and presses Resume."""
        sender, account = self._sender, self._sender.account
        while True:
            await asyncio.sleep(self._rng.uniform(0.5, 4) * HOUR / SECOND)
            if not sender.open:
                continue
            careless = self._rng.random() < 0.1
            wrong = account.challenged or account.viewer.restricted or account.signed_in != account.id
            if wrong and not careless:
                account.challenged = account.viewer.restricted = False
                account.signed_in = account.id
                if sender.told != account.id:
                    sender.told = account.id
                    sender.disturb(self._browser.now, "is signed in again")
                    self._browser.rung.set()
            if (wrong or self._rng.random() < 0.5) and sender.standing(self._browser.now):
                await self._browser.resume()
            if sender.paused:
                sender.paused = False
                sender.disturb(self._browser.now, "lets go of Pause")
                self._browser.rung.set()

    async def _mishaps(self, days: float) -> None:
        sender, account = self._sender, self._sender.account
        while True:
            await self._about(int(days * DAY))
            what = self._rng.choice(("out", "stranger", "throttled", "throttled", "pause", "pause", "restricted"))
            if what == "out":
                account.signed_in = None
            elif what == "stranger":
                account.signed_in = STRANGER
            elif what == "throttled":
                account.throttled_until = self._browser.now + int(self._rng.uniform(0.2, 5) * HOUR)
            elif what == "restricted" and self._rng.random() < 0.3:
                account.viewer.restricted = True
            elif what == "pause" and sender.open:
                sender.paused = True
                self._browser.rung.set()
            sender.disturb(self._browser.now, f"mishap: {what}")

    # ------------------------------------------------------------------ invitations

    async def _hand(self) -> None:
        """Invitations that the member makes in their own LinkedIn, on a phone say."""
        sender = self._sender
        while True:
            await self._about(7 * DAY // sender.hand_made_a_week)
            made = self._linkedin.by_hand(sender.account, self._person())
            if made is not None:
                self.sent(made)

    def sent(self, made: Invitation) -> None:
        """Sooner or later something comes of an invitation, or nothing does."""
        drawn, loop = self._rng.random(), asyncio.get_running_loop()
        for share, how, days in ((0.35, State.ACCEPTED, 2.0), (0.2, State.DECLINED, 6.0), (0.15, State.VANISHED, 15.0)):
            drawn -= share
            if drawn < 0:
                loop.call_later(self._rng.expovariate(1 / days) * DAY / SECOND, self._linkedin.answer, made, how)
                return
