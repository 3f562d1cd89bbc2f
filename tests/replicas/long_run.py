"""Every pair of desks at every statement: an hour or so, part of `make soak`."""

from __future__ import annotations

import pytest

from tests.replicas.moves import MOVES, Move
from tests.replicas.pairs import every_pair
from tests.replicas.test_pairs import meet
from tests.replicas.worlds import Worlds

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_a_desk_meets_every_other(worlds: Worlds, move: Move) -> None:
    for pair in every_pair():
        if pair.first is move:
            meet(worlds, pair)
