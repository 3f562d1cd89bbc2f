"""What a scripted agent finds on LinkedIn: people, how they stand to the member, and the invitations it holds.

Smaller than the twin on purpose: stories of the server need an oracle, not a website.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

URN = "urn:li:fsd_profile:"


def urn_of(name: str) -> str:
    """The URN under which this sky knows a public name: always the same, shaped like LinkedIn's."""
    return f"{URN}ACoAA{re.sub(r'[^A-Za-z0-9_-]', '_', name)}"


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation that LinkedIn holds."""

    urn: str
    to: str
    note: str | None
    at: int


@dataclass(slots=True)
class Sky:
    """LinkedIn as one member sees it; ``clock`` is the clock of the story."""

    clock: Callable[[], int]
    relations: dict[str, str] = field(default_factory=dict)
    """What to answer for a person instead of what follows from ``sent``."""
    sent: list[Sent] = field(default_factory=list)
    connected: dict[str, int] = field(default_factory=dict)
    """Who accepted, and when."""
    complete: bool = True
    """Whether a look reads LinkedIn's lists to their end."""
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def resolve(self, urn: str | None, slug: str | None) -> str:
        """The URN of a person named either way."""
        return urn or urn_of(slug or "")

    def relation(self, urn: str) -> str:
        """How the member stands to a person now."""
        if urn in self.relations:
            return self.relations[urn]
        return "pending_out" if self.to(urn) else "none"

    def to(self, urn: str) -> list[Sent]:
        """The invitations it holds for a person: more than one is the fault we exist to prevent."""
        return [one for one in self.sent if one.to == urn]

    def accept(self, urn: str) -> None:
        """The person accepts what the member sent."""
        self.relations[urn] = "connected"
        self.connected[urn] = self.clock()
        self.vanish(urn)

    def vanish(self, urn: str) -> None:
        """What the member sent is no longer there."""
        with self._one_at_a_time:
            self.sent[:] = [one for one in self.sent if one.to != urn]

    def looked(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What a look at LinkedIn's lists finds, no further back than it was asked to read."""
        now = self.clock()

        def listed(entries: Iterable[tuple[str, int]], back: int) -> list[dict[str, Any]]:
            return [{"profile": urn.removeprefix(URN), "ms_ago": now - at} for urn, at in entries if now - at <= back]

        return {
            "connected": listed(self.connected.items(), asked["connected_ms_ago"]),
            "pending": listed(((one.to, one.at) for one in self.sent), asked["pending_ms_ago"]),
            "complete": self.complete,
            "relations": [{"profile": one, "relation": self.relation(URN + one)} for one in asked.get("missing", ())],
        }

    def invite(self, urn: str, note: str | None) -> Sent:
        """Take an invitation. This sky never refuses a second one, so that a second one is seen."""
        with self._one_at_a_time:
            sent = Sent(f"urn:li:fsd_invitation:{7000 + len(self.sent)}", urn, note, self.clock())
            self.sent.append(sent)
        return sent
