"""Two desks on two connections, one halted at each of its statements: what is left is what one order would leave.

All of it is `make soak`; here every desk meets a few others, always the same, and those that once went wrong.
"""

from __future__ import annotations

import random

import pytest

from tests.replicas.moves import MOVES
from tests.replicas.pairs import Meeting, Pair, every_pair, pairs_of
from tests.replicas.worlds import Worlds

pytestmark = pytest.mark.postgresql
EACH = 1
ONCE_WRONG = (
    ("accept the same person", "cancel"),
    ("accept the same person", "finish: cannot resend yet"),
    ("accept many, turned", "accept many"),
    ("accept", "leave: the sender"),
    ("accept with a key", "accept with a key"),
    ("accept with a key", "accept another with that key"),
    ("pair one more", "leave: the sender"),
    ("set pace: day", "set pace: week"),
    ("upkeep: pause over", "finish: limit reached again"),
    ("begin again", "start"),
    ("finish a look: absent", "confirm the clock"),
    ("start", "unpair"),
    ("accept the same person", "do not contact"),
    ("start", "do not contact, held"),
    ("do not contact, held", "start"),
)


def drawn() -> list[Pair]:
    """For each desk some others, drawn once and for all."""
    chance = random.Random(20261126)
    return [pair for move in MOVES for pair in chance.sample([one for one in every_pair() if one.first is move], EACH)]


def meet(worlds: Worlds, pair: Pair) -> None:
    """Halt the first at each of its statements."""
    met = [f"at {statement}: {fault}" for statement, found in Meeting(worlds, pair).everywhere() for fault in found]
    assert not met, "\n".join([str(pair), *met])


@pytest.mark.parametrize("pair", drawn(), ids=str)
def test_what_two_desks_leave_one_order_would_leave_too(worlds: Worlds, pair: Pair) -> None:
    meet(worlds, pair)


@pytest.mark.parametrize(("first", "second"), ONCE_WRONG)
def test_what_once_went_wrong_goes_well(worlds: Worlds, first: str, second: str) -> None:
    for pair in pairs_of(first, second):
        meet(worlds, pair)
