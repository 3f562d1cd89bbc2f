"""Whatever a member has done, acting when the slot says so never goes faster than the pace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtsy.domain.errors import InvalidPace
from curtsy.domain.pace import DAY_MS, WEEK_MS, Pace, Slot, next_slot, read_pace, turn_of

PACES = st.builds(
    lambda day, week, spacing, more: Pace(day, week, spacing, spacing + more),
    st.integers(1, 6),
    st.integers(1, 12),
    st.integers(0, 3600),
    st.integers(0, 600),
)
STEPS = st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from([0, 1, 999, 60_000, 3_600_000, DAY_MS])), max_size=60)


def inside(history: list[int], start: int, width: int) -> int:
    """How many acts lie in the half-open window [start, start + width)."""
    return sum(start <= at < start + width for at in history)


@given(pace=PACES, steps=STEPS)
def test_no_window_is_ever_exceeded_and_no_two_acts_are_too_close(pace: Pace, steps: list[tuple[float, int]]) -> None:
    now, acts = 1_000_000, list[int]()
    for chance, late in steps:
        lately = [at for at in acts if at > now - WEEK_MS]
        slot = next_slot(lately, pace, now, chance)
        assert slot.at >= now
        now = slot.at + late
        if acts:
            assert now - acts[-1] >= pace.spacing_from_s * 1000
        acts.append(now)
    assert all(inside(acts, at, DAY_MS) <= pace.day and inside(acts, at, WEEK_MS) <= pace.week for at in acts)


@given(pace=PACES, steps=STEPS, kinds=st.lists(st.booleans(), min_size=60, max_size=60))
def test_each_kind_of_act_has_windows_of_its_own_and_the_spacing_is_between_any_two(
    pace: Pace, steps: list[tuple[float, int]], kinds: list[bool]
) -> None:
    now, acts = 1_000_000, list[tuple[int, bool]]()
    for (chance, late), kind in zip(steps, kinds, strict=False):
        lately = [at for at, what in acts if what is kind and at > now - WEEK_MS]
        slot = next_slot(lately, pace, now, chance, acts[-1][0] if acts else None)
        now = slot.at + late
        if acts:
            assert now - acts[-1][0] >= pace.spacing_from_s * 1000
        acts.append((now, kind))
    for kind in (True, False):
        times = [at for at, what in acts if what is kind]
        assert all(inside(times, at, DAY_MS) <= pace.day and inside(times, at, WEEK_MS) <= pace.week for at in times)


@given(pace=PACES, steps=STEPS)
def test_a_slot_is_never_later_than_it_must_be(pace: Pace, steps: list[tuple[float, int]]) -> None:
    now, acts = 1_000_000, list[int]()
    for chance, late in steps:
        slot = next_slot([at for at in acts if at > now - WEEK_MS], pace, now, chance)
        if slot.at > now:
            before = [*acts, slot.at - 1]
            spacing = (pace.spacing_from_s + (pace.spacing_to_s - pace.spacing_from_s) * chance) * 1000
            too_soon = slot.at - 1 - acts[-1] < int(spacing)
            too_many_a_day = inside(before, slot.at - DAY_MS, DAY_MS) > pace.day
            too_many_a_week = inside(before, slot.at - WEEK_MS, WEEK_MS) > pace.week
            assert too_soon or too_many_a_day or too_many_a_week
        now = slot.at + late
        acts.append(now)


@given(pace=PACES, lately=st.lists(st.integers(0, WEEK_MS), max_size=12), ahead=st.integers(0, 40))
def test_a_turn_is_foretold_never_too_late_and_by_less_than_a_day_too_soon(
    pace: Pace, lately: list[int], ahead: int
) -> None:
    even = (pace.spacing_from_s + pace.spacing_to_s) / 2
    steady = Pace(pace.day, pace.week, int(even), int(even))
    acts, now = list[int](), WEEK_MS
    for at in sorted(lately):  # a history that the pace allows
        slot = next_slot(acts, steady, at, 0.5)
        if slot.at == at:
            acts.append(at)
    first = next_slot(acts, steady, now, 0.5).at
    foretold = turn_of(ahead, acts, steady, first)
    for _ in range(ahead + 1):
        now = next_slot([at for at in acts if at > now - WEEK_MS], steady, now, 0.5).at
        acts.append(now)
    assert foretold <= now
    assert now - foretold < DAY_MS


def test_an_idle_member_may_act_at_once() -> None:
    assert next_slot([], Pace(), 5, 0.5) == Slot(5, None)


@pytest.mark.parametrize(
    ("history", "pace", "at", "because"),
    [
        ([0], Pace(20, 80, 60, 180), 120_000, "pacing"),
        ([0, 10], Pace(2, 80, 0, 0), DAY_MS, "day_limit"),
        ([0, 10], Pace(2, 2, 0, 0), WEEK_MS, "week_limit"),
        ([0], Pace(1, 1, 3600, 3600), WEEK_MS, "week_limit"),
    ],
)
def test_a_slot_says_what_makes_it_wait(history: list[int], pace: Pace, at: int, because: str) -> None:
    assert next_slot(history, pace, 20, 0.5) == Slot(at, because)
    assert next_slot(history, pace, at, 0.5) == Slot(at, None)


@pytest.mark.parametrize(
    "wrong",
    [
        (0, 80, 60, 180),
        (51, 80, 60, 180),
        (20, 0, 60, 180),
        (20, 201, 60, 180),
        (20, 80, -1, 5),
        (20, 80, 9, 8),
        (20, 80, 0, 3601),
    ],
)
def test_nothing_raises_the_ceilings(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(InvalidPace):
        read_pace(*wrong)


def test_the_ceilings_themselves_are_a_pace() -> None:
    assert read_pace(50, 200, 0, 0) == Pace(50, 200, 0, 0)
    assert read_pace(1, 1, 3600, 3600) == Pace(1, 1, 3600, 3600)
