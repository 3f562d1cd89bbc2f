"""The callers of a round: they ask for invitations over a bad line, and ask again until they have an answer."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any

from curtsy.twin.people import on_demand_id
from tests.faults.crash.stage import Sender
from tests.faults.crash.tempo import Tempo

AGAIN_MS = 2_000
ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for, and under which key if the caller uses them."""

    sender: Sender
    slug: str
    profile: str
    note: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Promise:
    """An answered creation: this task must exist from then on."""

    ask: Ask
    task: str


def asks_of(senders: list[Sender], each: int, rng: Random) -> list[Ask]:
    """For each sender this many people, some of them asked for twice, in any order."""
    asks = []
    for index, sender in enumerate(senders):
        for n in range(min(each, sender.limit + 6)):
            number = 1000 * (index + 1) + n
            note = f"Hello {number}" if rng.random() < 0.5 else None
            for again in range(2 if rng.random() < 0.1 else 1):
                slug = f"person-{number}"
                urn = f"urn:li:fsd_profile:{on_demand_id('person', number)}"
                key = f"ask-{number}-{again}" if rng.random() < 0.5 else None
                asks.append(Ask(sender, slug, urn if rng.random() < 0.4 else slug, note, key))
    rng.shuffle(asks)
    return asks


def request(ask: Ask) -> tuple[str, dict[str, str]]:
    """The body and the headers of an ask: the same bytes each time."""
    body: dict[str, Any] = {"profile_urn": ask.profile, "sender": ask.sender.member.email}
    if ask.note is not None:
        body["note"] = ask.note
    headers = {"x-api-key": ask.sender.house.key, "content-type": "application/json"}
    if ask.key is not None:
        headers["idempotency-key"] = ask.key
    return json.dumps(body), headers


class Office:
    """Asks one after the other, ``pause_ms`` apart, until told to stop."""

    def __init__(self, tempo: Tempo, port: int, asks: list[Ask], pause_ms: float) -> None:
        self.promises: list[Promise] = []
        self.refused: list[tuple[Ask, dict[str, Any]]] = []
        self.given_up: list[Ask] = []
        self._tempo, self._port, self._asks, self._pause_ms = tempo, port, asks, pause_ms
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="office", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop asking; an ask that has no answer yet is given up."""
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the office did not close"

    def _work(self) -> None:
        line = HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_S)
        for ask in self._asks:
            if self._stop.wait(self._tempo.real_s(self._pause_ms)):
                break
            self._insist(line, ask)
        line.close()

    def _insist(self, line: HTTPConnection, ask: Ask) -> None:
        body, headers = request(ask)
        while not self._stop.is_set():
            try:
                line.request("POST", "/linkedin-agent/send-connection-request", body, headers)
                got = line.getresponse()
                said = json.loads(got.read())
            except (OSError, HTTPException, ValueError):
                line.close()
                self._tempo.rest(AGAIN_MS)
                continue
            if got.status == 200:
                self.promises.append(Promise(ask, said["api_agent_task_id"]))
                return
            if got.status != 503:
                self.refused.append((ask, said))
                return
            self._tempo.rest(AGAIN_MS)
        self.given_up.append(ask)
