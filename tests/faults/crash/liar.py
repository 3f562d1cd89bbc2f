"""A browser of another member of the same team that lies, repeats, delays and forges whatever it overhears.

It hears every call on the wire, with the ids and leases in it, but no token other than its own.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from random import Random
from typing import Any

from tests.faults.crash.browser import Unreachable
from tests.faults.crash.stage import Installed
from tests.faults.crash.tempo import Tempo
from tests.faults.crash.wire import Heard, Wire
from tests.harness.agent import Reply

OUTCOMES = (
    "sent",
    "not_attempted",
    "already_pending",
    "refused",
    "unknown",
    "pending",
    "absent",
    "connected",
    "nonsense",
)
PAUSE_MS = 1_500
SAYS_LATER = 0.2
LATEST_MS = 60_000


class Liar:
    """At work from its making until it is closed; ``answers`` counts what its lies were answered."""

    def __init__(self, tempo: Tempo, url: str, installed: Installed, wire: Wire, rng: Random) -> None:
        self.answers: Counter[str] = Counter()
        self.believed: list[str] = []
        self._tempo, self._wire, self._rng = tempo, wire, rng
        self._agent = installed.paired.installation(tempo, url)
        self._later: list[tuple[int, str, dict[str, Any]]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="liar", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more lies."""
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the liar did not end"
        self._agent.close()

    def _work(self) -> None:
        while not self._stop.wait(self._tempo.real_s(PAUSE_MS)):
            try:
                self._agent.ask()
                self._say_what_is_due()
                if self._wire.heard:
                    self._lie(self._rng.choice(list(self._wire.heard)))
            except Unreachable:
                continue

    def _lie(self, heard: Heard) -> None:
        if not heard.path.startswith("/agent/tasks/"):
            return
        said: dict[str, Any] = json.loads(heard.message.partition(b"\r\n\r\n")[2])
        path = heard.path.rpartition("/")[0] + "/" + self._rng.choice(("start", "finish", "finish", "release"))
        lie = {
            "lease": self._rng.choice((said["lease"], heard.path.split("/")[3])),
            "boot_id": said.get("boot_id", "none"),
            "linkedin_urn": said.get("linkedin_urn", self._agent.account),
            "profile_urn": said.get("profile_urn", self._agent.account),
            "before": {"relation": "none", "read_ms_ago": 1},
            "outcome": self._rng.choice(OUTCOMES),
            "evidence": {"invitation_urn": "urn:li:fsd_invitation:1", "after": "pending_out", "tab_closed": True},
        }
        if self._rng.random() < SAYS_LATER:
            self._later.append((self._tempo.now_ms() + self._rng.randrange(LATEST_MS), path, lie))
        else:
            self._say(path, lie)

    def _say_what_is_due(self) -> None:
        for late in [one for one in self._later if one[0] <= self._tempo.now_ms()]:
            self._later.remove(late)
            self._say(late[1], late[2])

    def _say(self, path: str, lie: dict[str, Any]) -> None:
        reply: Reply = self._agent.call(path, lie)
        self.answers[str(reply.code or reply.status)] += 1
        if reply.status == 200:
            self.believed.append(f"{path} {json.dumps(lie)} -> {reply.body}")
