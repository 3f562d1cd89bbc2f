"""When it is looked for what became of invitations, and how far back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtsy.domain.acceptance import DAY_MS, HOUR_MS, MARGIN_MS, WHOLE_EVERY_MS, Reach, next_check_ms, reach_of

NOON = 40_000 * WHOLE_EVERY_MS + HOUR_MS
"""Some time, an hour after looks are whole for the first time."""
LAST = NOON - HOUR_MS // 2
OLD = NOON - 90 * DAY_MS


@pytest.mark.parametrize(
    ("age", "every"),
    [
        (0, HOUR_MS), (DAY_MS - 1, HOUR_MS), (DAY_MS, 4 * HOUR_MS), (7 * DAY_MS, 12 * HOUR_MS),
        (30 * DAY_MS, DAY_MS), (365 * DAY_MS, DAY_MS),
    ],
)  # fmt: skip
def test_looks_become_rarer_with_age(age: int, every: int) -> None:
    assert next_check_ms(age, 0) == every
    assert every < next_check_ms(age, 0.999) <= every * 1.2


@given(age=st.integers(0, 400 * DAY_MS), chance=st.floats(0, 0.999))
def test_never_more_than_one_an_hour(age: int, chance: float) -> None:
    assert next_check_ms(age, chance) >= HOUR_MS


def test_the_first_look_reads_back_to_the_oldest() -> None:
    assert reach_of(NOON, [OLD, NOON - 5], [OLD, NOON - 5], [], None) == Reach(OLD - MARGIN_MS, OLD - MARGIN_MS)


def test_the_first_look_reads_a_week_of_what_waits() -> None:
    new, far = NOON - 2 * HOUR_MS, NOON - 7 * DAY_MS
    assert reach_of(NOON, [new], [new], [], None) == Reach(new - MARGIN_MS, far - MARGIN_MS)
    assert reach_of(NOON, [new], [], [], LAST) == Reach(LAST - MARGIN_MS, LAST - MARGIN_MS)


def test_the_next_one_reads_what_is_new() -> None:
    assert reach_of(NOON, [OLD], [], [], LAST) == Reach(LAST - MARGIN_MS, LAST - MARGIN_MS)


def test_what_no_look_was_made_for_is_looked_for_from_when_it_was_sent() -> None:
    late = LAST - 3 * HOUR_MS
    assert reach_of(NOON, [OLD, late], [late], [], LAST) == Reach(late - MARGIN_MS, late - MARGIN_MS)


def test_the_first_of_each_half_day_reads_all_that_waits() -> None:
    before = NOON - 2 * HOUR_MS
    assert reach_of(NOON, [OLD], [], [], before) == Reach(before - MARGIN_MS, OLD - MARGIN_MS)


def test_before_somebody_is_gone_their_whole_time_is_looked_through() -> None:
    missing = NOON - 9 * DAY_MS
    assert reach_of(NOON, [OLD, missing], [], [missing], LAST) == Reach(missing - MARGIN_MS, OLD - MARGIN_MS)


@given(
    sent=st.lists(st.integers(OLD, NOON), min_size=1, max_size=5),
    last=st.one_of(st.none(), st.integers(OLD, NOON)),
    data=st.data(),
)
def test_no_moment_is_skipped(sent: list[int], last: int | None, data: st.DataObject) -> None:
    unseen = sent if last is None else data.draw(st.lists(st.sampled_from(sent), unique=True))
    missing = data.draw(st.lists(st.sampled_from(sent), unique=True))
    reach = reach_of(NOON, sent, unseen, missing, last)
    must = [*unseen, *missing, *([] if last is None else [last])]
    assert reach.connected_since <= min(must) - MARGIN_MS
    assert reach.pending_since >= min([*sent, NOON - 7 * DAY_MS if last is None else last]) - MARGIN_MS
