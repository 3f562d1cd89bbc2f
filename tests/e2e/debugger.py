"""Chromium's debugging port, taken up for a moment and let go: an attached debugger keeps a worker alive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.harness.waiting import until

ANSWER_S = 20.0


@dataclass(frozen=True, slots=True)
class Target:
    """Something attached to: a page, a popup."""

    debugger: Debugger
    id: str
    session: str

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, awaited; a value that JSON can carry."""
        told = self.debugger.call(
            "Runtime.evaluate", self.session, expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, expression: str, what: str) -> Any:
        """The first true value of an expression; it may fail while the page loads."""

        def look() -> Any:
            try:
                return self.evaluate(expression)
            except AssertionError:
                return None

        return until(look, what, ANSWER_S)

    def close(self) -> None:
        """Close what was attached to."""
        self.debugger.call("Target.closeTarget", targetId=self.id)


@dataclass(frozen=True, slots=True)
class Debugger:
    """One connection to a browser."""

    line: ClientConnection
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """The answer to one command; AssertionError when the browser refuses it."""
        number = next(self.numbers)
        said = {"id": number, "method": method, "params": params}
        self.line.send(json.dumps(said if session is None else {**said, "sessionId": session}))
        while True:
            told = json.loads(self.line.recv(ANSWER_S))
            if told.get("id") == number:
                assert "error" not in told, (method, told["error"])
                return dict(told["result"])

    def targets(self, kind: str, address: str = "") -> list[str]:
        """The ids of the targets of a kind whose address begins so."""
        found = self.call("Target.getTargets", filter=[{"type": kind}])["targetInfos"]
        return [one["targetId"] for one in found if one["url"].startswith(address)]

    def awaited(self, kind: str, address: str) -> str:
        """The id of the one target of a kind and address, once it is there."""
        [found] = until(lambda: self.targets(kind, address), address, ANSWER_S)
        return found

    def attach(self, target: str) -> Target:
        """Attach to a target until this connection ends."""
        return Target(self, target, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def open(self, address: str) -> Target:
        """A new tab."""
        return self.attach(self.call("Target.createTarget", url=address)["targetId"])


@contextmanager
def debugging(user_data_dir: Path) -> Iterator[Debugger]:
    """A connection to the Chromium that runs on this folder and was started with a debugging port."""
    told = user_data_dir / "DevToolsActivePort"
    port, path = until(lambda: _lines(told), "the debugging port", ANSWER_S)
    with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, compression=None, open_timeout=ANSWER_S) as line:
        yield Debugger(line)


def _lines(told: Path) -> list[str] | None:
    return told.read_text().splitlines()[:2] if told.exists() else None
