"""Every interleaving of two browsers with deaths, lost and late messages and leases that run out, walked to its end.

``python -m tests.faults.walk`` prints the table and the stories.
"""

from dataclasses import replace

import pytest

from tests.faults.walk.guards import (
    GUARDED,
    REMOVED,
    REQUEUES,
    TABLE,
    acted_in_doubt,
    acted_twice,
    invited_twice,
    most_acts,
)
from tests.faults.walk.protocol import FLIGHT
from tests.faults.walk.walker import walk


@pytest.mark.parametrize("guards", TABLE)
def test_only_all_three_guards_together_act_once(guards: str) -> None:
    rules, acts = TABLE[guards]
    most, found = most_acts(rules)
    assert most == acts, found.told()


@pytest.mark.parametrize("guard", REMOVED)
def test_without_one_guard_there_is_a_second_act(guard: str) -> None:
    _, found = most_acts(REMOVED[guard])
    assert found.story is not None
    assert sum(name == "acts" for name, _ in found.story) == 2


def test_with_the_setting_a_second_act_comes_only_when_the_first_can_no_longer_land() -> None:
    found = walk(REQUEUES, acted_in_doubt)
    assert found.story is None, found.told()


def test_with_the_setting_an_act_that_was_lost_is_made_again() -> None:
    assert walk(REQUEUES, acted_twice).story is not None


def test_an_absence_that_counts_too_early_makes_two_invitations() -> None:
    assert walk(replace(REQUEUES, patience=False), invited_twice).story is not None


def test_the_setting_rests_on_a_request_landing_within_two_minutes_or_never() -> None:
    """Where a request may land later, the setting can invite twice; what is shipped acts once all the same."""
    late = replace(GUARDED, flight=2 * FLIGHT, most_deaths=0)
    assert walk(replace(late, requeues=True), invited_twice).story is not None
    assert walk(late, acted_twice).story is None
