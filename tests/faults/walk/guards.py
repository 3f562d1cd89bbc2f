"""Which guards there are, and what the walk finds without some of them (guarantee, the end of "Guards")."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.walk.protocol import Rules
from tests.faults.walk.walker import Found, walk
from tests.faults.walk.world import World, landed

NEAR = 2
"""In the walk another browser may look again after half a minute, not after fifteen: more happens, in fewer moments."""
GUARDED = Rules(elsewhere=NEAR)
REQUEUES = replace(GUARDED, requeues=True)

TABLE = {
    "lease and retry only": (replace(GUARDED, start=False, verify=False, deadline=False), 2),
    "+ start": (replace(GUARDED, verify=False, deadline=False), 2),
    "start + verify": (replace(GUARDED, deadline=False), 2),
    "verify + deadline": (replace(GUARDED, start=False), 2),
    "start + deadline": (replace(GUARDED, verify=False), 2),
    "all three": (GUARDED, 1),
}
"""Guards, and the most acts that are possible with them, with the team's setting as shipped."""

REMOVED = {
    "start": replace(GUARDED, start=False),
    "verify": replace(GUARDED, verify=False),
    "deadline": replace(GUARDED, deadline=False),
    "holder": replace(GUARDED, holder=False),
    "run": replace(GUARDED, run=False),
}
"""Everything but one guard."""


def acted_twice(world: World) -> bool:
    return world.acts > 1


def invited_twice(world: World) -> bool:
    return landed(world) > 1


def acted_in_doubt(world: World) -> bool:
    """A second request was sent while the first might still take effect, or had."""
    return world.acts > 1 and len(world.posts) > 1


def most_acts(rules: Rules) -> tuple[int, Found]:
    """One or two, and what shows it."""
    found = walk(rules, acted_twice)
    return 1 if found.story is None else 2, found
