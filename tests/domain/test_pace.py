"""Whatever a member has done, acting when the slot says so never goes faster than the pace."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtsy.domain.errors import InvalidPace
from curtsy.domain.hours import parse_hours
from curtsy.domain.pace import DAY_MS, WEEK_MS, Ceilings, Pace, Step, allowed, read_ceilings, read_pace, steady
from curtsy.domain.slots import Slot, next_slot, turn_of, turns

PACES = st.builds(
    lambda day, week, spacing, more: Pace(day, week, spacing, spacing + more),
    st.integers(1, 6),
    st.integers(1, 12),
    st.integers(0, 3600),
    st.integers(0, 600),
)
STEPS = st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from([0, 1, 999, 60_000, 3_600_000, DAY_MS])), max_size=60)


BEGIN = int(datetime(2026, 3, 20, 10, tzinfo=UTC).timestamp() * 1000)
"""A week before clocks are set in Berlin, two after they were in New York."""


def inside(history: list[int], start: int, width: int) -> int:
    """How many acts lie in the half-open window [start, start + width)."""
    return sum(start <= at < start + width for at in history)


@given(pace=PACES, steps=STEPS)
def test_no_window_is_ever_exceeded_and_no_two_acts_are_too_close(pace: Pace, steps: list[tuple[float, int]]) -> None:
    now, acts = 1_000_000, list[int]()
    for chance, late in steps:
        lately = [at for at in acts if at > now - WEEK_MS]
        slot = next_slot(lately, steady(pace), now, chance)
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
        slot = next_slot(lately, steady(pace), now, chance, acts[-1][0] if acts else None)
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
        slot = next_slot([at for at in acts if at > now - WEEK_MS], steady(pace), now, chance)
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
    even_pace = steady(Pace(pace.day, pace.week, int(even), int(even)))
    acts, now = list[int](), WEEK_MS
    for at in sorted(lately):  # a history that the pace allows
        slot = next_slot(acts, even_pace, at, 0.5)
        if slot.at == at:
            acts.append(at)
    first = next_slot(acts, even_pace, now, 0.5).at
    foretold = turn_of(ahead, acts, even_pace, first)
    for _ in range(ahead + 1):
        now = next_slot([at for at in acts if at > now - WEEK_MS], even_pace, now, 0.5).at
        acts.append(now)
    assert foretold <= now
    assert now - foretold < DAY_MS


def test_an_idle_member_may_act_at_once() -> None:
    assert next_slot([], steady(Pace()), 5, 0.5) == Slot(5, None)


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
    assert next_slot(history, steady(pace), 20, 0.5) == Slot(at, because)
    assert next_slot(history, steady(pace), at, 0.5) == Slot(at, None)


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


BOUNDS = st.builds(
    lambda pace, hours, warm, refused, ceilings: (
        Pace(pace.day, pace.week, pace.spacing_from_s, pace.spacing_to_s, hours),
        {"warm_from": warm, "refused_at": refused, "ceilings": Ceilings(*ceilings)},
    ),
    PACES,
    st.sampled_from(
        [None, parse_hours("mon-fri 09:00-17:00", "Europe/Berlin"), parse_hours("sun 01:00-03:00", "America/New_York")]
    ),
    st.sampled_from([None, BEGIN, BEGIN - 10 * DAY_MS]),
    st.sampled_from([None, BEGIN - DAY_MS, BEGIN - 29 * DAY_MS]),
    st.sampled_from([(50, 200), (3, 5)]),
)


def at_most(pace: Pace, at: int, bounds: dict[str, Any]) -> tuple[int, int]:
    """What the windows may hold at a moment, said another way."""
    share = 1.0
    if bounds["warm_from"] is not None:
        weeks = (at - bounds["warm_from"]) // WEEK_MS
        share = 0.5 if weeks < 1 else 0.75 if weeks < 2 else 1.0
    day = -(-min(pace.day, bounds["ceilings"].day) * share // 1)
    week = -(-min(pace.week, bounds["ceilings"].week) * share // 1)
    if bounds["refused_at"] is not None and at < bounds["refused_at"] + 30 * DAY_MS:
        week = min(week, -(-min(pace.week, bounds["ceilings"].week) * 0.5 // 1))
    return int(day), int(week)


@given(chosen=BOUNDS, steps=STEPS)
def test_nothing_that_bounds_a_member_is_ever_exceeded(
    chosen: tuple[Pace, dict[str, Any]], steps: list[tuple[float, int]]
) -> None:
    pace, bounds = chosen
    now, acts = BEGIN, list[int]()
    for chance, late in steps:
        lately = [at for at in acts if at > now - WEEK_MS]
        slot = next_slot(lately, allowed(pace, now, **bounds), now, chance)
        assert slot.at >= now
        if slot.at > now:
            assert slot.blocked_by
            assert next_slot(lately, allowed(pace, slot.at - 1, **bounds), slot.at - 1, chance).at == slot.at
        if late:  # nobody was there then
            now = slot.at + late
            continue
        now = slot.at
        assert next_slot(lately, allowed(pace, now, **bounds), now, chance) == Slot(now, None)
        acts.append(now)
        day, week = at_most(pace, now, bounds)
        assert inside(acts, now - DAY_MS + 1, DAY_MS) <= day
        assert inside(acts, now - WEEK_MS + 1, WEEK_MS) <= week
        assert pace.hours is None or pace.hours.open_at(now)


@given(chosen=BOUNDS, ahead=st.integers(0, 30))
def test_turns_follow_each_other_as_they_will(chosen: tuple[Pace, dict[str, Any]], ahead: int) -> None:
    pace, bounds = chosen
    even = int((pace.spacing_from_s + pace.spacing_to_s) / 2)
    steady_pace = Pace(pace.day, pace.week, even, even, pace.hours)
    now, acts = BEGIN, list[int]()
    limits = allowed(steady_pace, now, **bounds)
    first = next_slot([], limits, now, 0.5).at
    foretold = turns(ahead, [], limits, first)
    for _ in range(ahead + 1):
        now = next_slot([at for at in acts if at > now - WEEK_MS], allowed(steady_pace, now, **bounds), now, 0.5).at
        acts.append(now)
    assert foretold == acts
    assert turn_of(ahead, [], limits, first) <= acts[-1]


MIDDAY = int(datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp() * 1000)
NEXT_DAY = MIDDAY + 22 * 3_600_000


@pytest.mark.parametrize(
    ("history", "now", "because"),
    [
        ([MIDDAY - 1_000], MIDDAY - 1_000, "pacing"),
        ([MIDDAY - 9_000_000, MIDDAY - 8_000_000], MIDDAY - 60_000, "day_limit"),
        ([MIDDAY - 9_000_000, MIDDAY - 8_000_000], MIDDAY + 60_000, "outside_hours"),
        ([MIDDAY - 1_000], MIDDAY, "outside_hours"),
    ],
)
def test_hours_are_named_only_where_they_stand_in_the_way_now(history: list[int], now: int, because: str) -> None:
    mornings = parse_hours("mon-sun 10:00-12:00", "UTC")
    due = next_slot(history, steady(Pace(2, 80, 600, 600, mornings)), now, 0.5)
    assert (due.at >= NEXT_DAY, due.blocked_by) == (True, because)


def test_a_new_member_begins_slowly() -> None:
    warm = allowed(Pace(), 0, warm_from=0)
    assert [(step.since, step.day, step.week) for step in warm.steps] == [
        (0, 10, 40),
        (WEEK_MS, 15, 60),
        (2 * WEEK_MS, 20, 80),
    ]
    assert allowed(Pace(), 3 * WEEK_MS, warm_from=0) == allowed(Pace(), 3 * WEEK_MS)


def test_after_a_refusal_half_a_week_is_used_for_a_month() -> None:
    careful = allowed(Pace(), DAY_MS, refused_at=0)
    assert [(step.since, step.day, step.week) for step in careful.steps] == [(DAY_MS, 20, 40), (30 * DAY_MS, 20, 80)]


def test_whoever_runs_the_server_may_allow_less() -> None:
    assert allowed(Pace(50, 200, 0, 0), 0, ceilings=Ceilings(7, 9)).steps[0] == Step(0, 7, 9)
    assert allowed(Pace(5, 8, 0, 0), 0, ceilings=Ceilings(7, 9)).steps[0] == Step(0, 5, 8)
    with pytest.raises(InvalidPace):
        read_ceilings(51, 200)
