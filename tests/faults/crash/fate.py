"""What goes wrong next: drawn from the round's seed, and done."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from random import Random

import requests

from tests.faults.crash.browser import PHASES
from tests.faults.crash.office import Office
from tests.faults.crash.stage import Stage
from tests.faults.crash.wire import FAULTS

CALLS = ("/agent/lease", "/start", "/start", "/finish", "/finish", "/send-connection-request")
TROUBLES = {
    "drop_before": 5,
    "drop_after": 7,
    "500_before_commit": 3,
    "500_after_commit": 5,
    "late_commit": 14,
    "slow": 3,
    "200_empty": 3,
    "200_no_urn": 2,
    "429_generic": 1,
    "403_csrf": 3,
    "401": 2,
    "302_login": 2,
    "302_challenge": 2,
    "429_fuse": 1,
    "409_other": 2,
}
LATEST_COMMIT_MS = 110_000
"""A request sent lands within 120 s or never, which the absence setting assumes; less what the wire itself takes."""
SLOWEST_ANSWER_REAL_MS = 400
SHARES = (27, 36, 22, 6, 5, 6)
STEPPING_SHARES = (27, 36, 22, 6, 5, 60)
"""Of the wire, LinkedIn, dying at a moment, dying, the server, and the others, in the order of ``strike``."""
JUMP_MS = (330_000, 400_000)
STEP_MS = (1_000, 300_000)
LARGE_STEP_MS = (120_000, 300_000)
"""A clock that is set by less than five minutes must change nothing, and is set without anybody noticing."""
CONFIRMED_AFTER_MS = 40_000


class Fate:
    """Strikes a stage; ``struck`` counts what has happened by kind. ``stepping``: mostly by setting its clock."""

    def __init__(self, stage: Stage, office: Office, rng: Random, *, stepping: bool = False) -> None:
        self.struck: Counter[str] = Counter()
        self._stage, self._office, self._rng, self._stepping = stage, office, rng, stepping
        self._asked_of_linkedin = 0
        self._confirm_at: int | None = None
        self._server_back_at: int | None = None

    def points(self) -> int:
        """How many faults have happened; those that wait for their moment do not count."""
        return self.told().total() - len(self._stage.twin.ask("faults")["waiting"])

    def told(self) -> Counter[str]:
        """What has happened, by kind; while faults wait at LinkedIn, those are counted too."""
        wire = Counter(f"{one.how} {one.kind}" for one in self._stage.wire.happened)
        return self.struck + wire + Counter({"LinkedIn's": self._asked_of_linkedin})

    def strike(self) -> None:
        """One fault, now or at the next moment of its kind."""
        kinds = (self._wire, self._linkedin, self._doom, self._kill_browser, self._kill_server, self._others)
        self._rng.choices(kinds, STEPPING_SHARES if self._stepping else SHARES)[0]()

    def tend(self) -> None:
        """What comes back by itself: browsers, the server, a person who looks at the clock."""
        stage, now = self._stage, self._stage.tempo.now_ms()
        self.struck["browser died"] += stage.mourn()
        stage.revive()
        if self._server_back_at is not None and self._server_back_at <= now:
            stage.start_server()
            self._server_back_at = None
        if self._confirm_at is not None and self._confirm_at <= now:
            stage.confirm_clock()
            self._confirm_at = None

    def relent(self) -> None:
        """No more faults: whatever was dead lives, whatever waited is forgotten."""
        self._asked_of_linkedin -= len(self._stage.twin.ask("faults")["waiting"])
        self._stage.wire.mend()
        self._stage.twin.forget_faults()
        for browser in self._stage.browsers:
            browser.doom.set(0)
        self._server_back_at = self._server_back_at and 0
        self.tend()
        self._stage.revive(all_of_them=True)
        self._stage.confirm_clock()
        self._confirm_at = None

    def _wire(self) -> None:
        self._stage.wire.spoil(self._rng.choice(CALLS), self._rng.choice(FAULTS))

    def _linkedin(self) -> None:
        viewer = self._rng.choice(self._stage.senders).viewer
        name = self._rng.choices(list(TROUBLES), list(TROUBLES.values()))[0]
        longest = {"late_commit": LATEST_COMMIT_MS, "slow": SLOWEST_ANSWER_REAL_MS}.get(name, 1)
        self._stage.twin.tell("faults", fault=name, viewer=viewer, ms=self._rng.randrange(longest))
        self._asked_of_linkedin += 1

    def _doom(self) -> None:
        self._rng.choice(self._stage.browsers).doom.set(self._rng.randrange(1, len(PHASES)))

    def _kill_browser(self) -> None:
        browser = self._rng.choice(self._stage.browsers)
        if browser.back_at is None:
            self._stage.nursery.kill(browser.pid)

    def _kill_server(self) -> None:
        if self._server_back_at is None:
            self._stage.kill_server()
            self._server_back_at = self._stage.tempo.now_ms() + self._rng.randrange(0, 30_000)
            self.struck["server died"] += 1

    def _others(self) -> None:
        usual = (self._sign_out, self._jump, self._step, self._step, self._cancel, self._cancel)
        often = (self._jump, *[self._step] * 5)
        self._rng.choice(often if self._stepping else usual)()

    def _sign_out(self) -> None:
        self._stage.twin.tell("sign-out", viewer=self._rng.choice(self._stage.senders).viewer)
        self.struck["signed out"] += 1

    def _jump(self) -> None:
        self._set_clock("clock jumped", JUMP_MS)

    def _step(self) -> None:
        self._set_clock("clock stepped", LARGE_STEP_MS if self._stepping else STEP_MS)

    def _set_clock(self, what: str, by_ms: tuple[int, int]) -> None:
        """Set the clock, whether a server runs or not; a while later somebody looks whether it is right."""
        self._stage.ahead.set(self._stage.ahead.read() + self._rng.randrange(*by_ms) * self._rng.choice((1, -1)))
        self._confirm_at = self._confirm_at or self._stage.tempo.now_ms() + CONFIRMED_AFTER_MS
        self.struck[what] += 1

    def _cancel(self) -> None:
        if self._office.promises and self._server_back_at is None:
            promise = self._rng.choice(self._office.promises[-40:])
            with suppress(requests.RequestException):
                requests.post(
                    f"{self._stage.url}/linkedin-agent/cancel-task",
                    json={"api_agent_task_id": promise.task},
                    headers=promise.ask.sender.house.headers,
                    timeout=5,
                )
            self.struck["cancelled"] += 1
