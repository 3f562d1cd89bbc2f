"""Walks every order of steps, breadth first, until nothing new is found, or something that must not be."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from tests.faults.walk.protocol import Rules
from tests.faults.walk.world import Step, World, key, steps

MOST_MOMENTS = 1_000_000
BEGINNING = World()


@dataclass(frozen=True, slots=True)
class Found:
    """How many different moments were seen; ``story`` is a shortest way to a bad one, if there is any."""

    moments: int
    story: tuple[Step, ...] | None

    def told(self) -> str:
        """The story, a step a line; the same step many times over is said once."""
        runs = [(step, len(list(same))) for step, same in groupby(self.story or ())]
        return "\n".join(f"    {said(step)}{f' ({times} times)' if times > 1 else ''}" for step, times in runs)


def said(step: Step) -> str:
    """A step as a sentence."""
    name, who = step
    return name if name.startswith(("a quarter", "the request")) else f"{'AB'[who]} {name}"


def walk(rules: Rules, bad: Callable[[World], bool]) -> Found:
    """Every moment that can be reached; ends at the first that is bad."""
    came: dict[object, tuple[object, Step] | None] = {key(BEGINNING): None}
    level = [(key(BEGINNING), BEGINNING)]
    while level:
        following = []
        for here, world in level:
            for step, after in steps(world, rules):
                known = key(after)
                if known in came:
                    continue
                came[known] = here, step
                if bad(after):
                    return Found(len(came), _way(rules, came, known))
                following.append((known, after))
        assert len(came) < MOST_MOMENTS, "the walk does not end"
        level = following
    return Found(len(came), None)


def _way(rules: Rules, came: dict[object, tuple[object, Step] | None], end: object) -> tuple[Step, ...]:
    """The steps from the beginning to a moment; the browsers keep their names all along."""
    trail = [end]
    while (before := came[trail[-1]]) is not None:
        trail.append(before[0])
    story: list[Step] = []
    world = BEGINNING
    for wanted in reversed(trail[:-1]):
        step, world = next((step, after) for step, after in steps(world, rules) if key(after) == wanted)
        story.append(step)
    return tuple(story)


def stroll(rules: Rules, chance: random.Random, longest: int) -> list[tuple[Step, World]]:
    """One way through, drawn by chance, to its end or to so many steps."""
    world = BEGINNING
    way: list[tuple[Step, World]] = []
    while len(way) < longest and (after := list(steps(world, rules))):
        # Time passes in one step of three, so that leases run out and looks fall due within a stroll.
        step, world = after[0] if chance.random() < 1 / 3 else chance.choice(after)
        way.append((step, world))
    return way
