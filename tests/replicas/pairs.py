"""Every two desks, in the worlds that either is most itself in, halted at every statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.replicas import oracle
from tests.replicas.moves import MOVES, Move, Setting
from tests.replicas.steps import Desk, Said, without_chance
from tests.replicas.world import World
from tests.replicas.worlds import Worlds

MOST_STATEMENTS = 80


@dataclass(frozen=True, slots=True)
class Pair:
    """``first`` is halted, ``second`` comes in between."""

    first: Move
    second: Move
    setting: Setting

    def __str__(self) -> str:
        jumped = ", clock jumped" if self.setting.jumped else ""
        paused = f", paused: {self.setting.paused}" if self.setting.paused else ""
        return f"{self.first.name} | {self.second.name} [{self.setting.subject}{paused}{jumped}]"


def every_pair() -> list[Pair]:
    """All there are."""
    return [
        Pair(first, second, setting)
        for first in MOVES
        for second in MOVES
        for setting in dict.fromkeys((first.setting, second.setting))
    ]


Left = tuple[str, str, str]
"""What the first answered, what the second answered, and what is so afterwards."""


def pairs_of(first: str, second: str) -> list[Pair]:
    """The worlds in which these two meet."""
    return [pair for pair in every_pair() if (pair.first.name, pair.second.name) == (first, second)]


_ASKS = {move.name for move in MOVES if move.name.startswith("accept")}
_FORBIDS = {
    "finish: cannot resend yet", "finish: limit reached", "leave: the sender", "start", "set role: the sender",
    "do not contact", "do not contact, held", "lift: do not contact",
}  # fmt: skip


def may_differ(pair: Pair) -> bool:
    """Whether an ask meets a desk that forbids what the ask had already looked for.

    An ask holds nobody up: unique indexes decide. What is committed between its look and its commit stops its task
    later, at `start` or in upkeep; a person known by two names becomes one at `start`.
    """
    first, second = pair.first.name, pair.second.name
    return (first in _ASKS and second in _FORBIDS) or (second in _ASKS and first in _FORBIDS)


class Meeting:
    """One pair on two replicas; ``orders`` is what the two orders leave."""

    def __init__(self, worlds: Worlds, pair: Pair) -> None:
        self._replicas = worlds.replicas
        self._worlds = worlds
        self.pair = pair
        self._judged: dict[Left, list[str]] = {}
        self._settled: list[Left] = []
        self.orders = (self._in_order(first_first=True), self._in_order(first_first=False))

    def halted_at(self, statement: int) -> list[str] | None:
        """What is wrong when the first is halted there; None when it has fewer statements."""
        replicas, world = self._replicas, self._worlds.lay(self.pair.setting)
        reader = oracle.Reader(replicas, world.team)
        met = replicas.meet(*self._desks(world), statement, reader.read)
        if met is None:
            return None
        missed = reader.read_on()
        found = [one.text for one in met if one.broke]
        found += [f"the feed did not show {len(missed)} events once"] if missed else []
        left = self._left(world, *met)
        if left not in self._judged:
            self._judged[left] = self._judge(world, left)
        return found + self._judged[left]

    def everywhere(self) -> Iterator[tuple[int, list[str]]]:
        """Halt the first before each of its statements, and before its commit."""
        for statement in range(MOST_STATEMENTS):
            found = self.halted_at(statement)
            if found is None:
                return
            yield statement, found
        raise AssertionError(f"{self.pair.first.name} has no end")

    def _judge(self, world: World, left: Left) -> list[str]:
        settled = left if left in self.orders else (left[0], left[1], oracle.settled(self._replicas, world))
        found = oracle.faults(self._replicas, world)
        if settled not in self.orders and not may_differ(self.pair) and settled not in self._orders_settled():
            found.append("neither order would leave this")
        self.left = settled
        return found

    def _orders_settled(self) -> list[Left]:
        if not self._settled:
            self._settled = [self._in_order(first_first=order, settled=True) for order in (True, False)]
        return self._settled

    def _in_order(self, *, first_first: bool, settled: bool = False) -> Left:
        world = self._worlds.lay(self.pair.setting)
        first, second = self._desks(world)
        if first_first:
            said = self._replicas.say(self._replicas.one, first), self._replicas.say(self._replicas.two, second)
        else:
            later = self._replicas.say(self._replicas.two, second)
            said = self._replicas.say(self._replicas.one, first), later
        assert not any(one.broke for one in said), said
        left = self._left(world, *said)
        return (left[0], left[1], oracle.settled(self._replicas, world)) if settled else left

    def _desks(self, world: World) -> tuple[Desk, Desk]:
        return (
            lambda store, now: self.pair.first.go(store, now, world),
            lambda store, now: self.pair.second.go(store, now, world),
        )

    def _left(self, world: World, first: Said, second: Said) -> Left:
        said = [without_chance(one.text, world.names) for one in (first, second)]
        return said[0], said[1], oracle.state(self._replicas, world)
