"""Working hours hold whatever the clocks of a place do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtsy.domain.errors import InvalidHours
from curtsy.domain.hours import WHOLE_DAY, Hours, hours_of, parse_hours, read_hours

MINUTE = 60_000
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
)
TURNS = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 2, 15, 2, tzinfo=UTC),
    datetime(2026, 3, 22, 2, tzinfo=UTC),
)
"""Moments at which clocks are set somewhere."""
MOMENTS = st.builds(
    lambda turn, minutes: int(turn.timestamp() * 1000) + minutes * MINUTE,
    st.sampled_from(TURNS),
    st.integers(-3000, 3000),
)


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    begins = draw(st.integers(0, WHOLE_DAY - 1))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Hours(days, begins, draw(st.integers(begins + 1, WHOLE_DAY)), draw(st.sampled_from(ZONES)))


def works(kept: Hours, at: int) -> bool:
    """What somebody who looks at a clock there would say."""
    there = datetime.fromtimestamp(at / 1000, ZoneInfo(kept.zone))
    return there.weekday() in kept.days and kept.from_minute <= there.hour * 60 + there.minute < kept.to_minute


@given(kept=hours(), at=MOMENTS)
def test_it_opens_at_the_first_minute_at_which_the_clocks_there_allow_it(kept: Hours, at: int) -> None:
    opens = kept.opens(at)
    assert opens >= at
    assert works(kept, opens)
    assert kept.open_at(opens)
    assert not any(works(kept, moment) for moment in range(at, min(opens, at + 3 * 24 * 60 * MINUTE), MINUTE))


@pytest.mark.parametrize(
    ("said", "zone", "before", "opens"),
    [
        ("sun 02:00-03:00", "Europe/Berlin", datetime(2026, 3, 22, 12, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)),
        ("sun 02:00-03:00", "Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)),
        (
            "sun 02:15-02:45",
            "America/New_York",
            datetime(2026, 3, 8, 6, tzinfo=UTC),
            datetime(2026, 3, 15, 6, 15, tzinfo=UTC),
        ),
        (
            "fri 00:00-24:00",
            "Pacific/Apia",
            datetime(2011, 12, 24, 12, tzinfo=UTC),
            datetime(2012, 1, 5, 10, tzinfo=UTC),
        ),
    ],
)
def test_hours_that_the_clocks_pass_over_come_in_the_week_after(
    said: str, zone: str, before: datetime, opens: datetime
) -> None:
    kept, at = parse_hours(said, zone), int(before.timestamp() * 1000)
    found = kept.opens(at)
    assert datetime.fromtimestamp(found / 1000, UTC) == opens
    assert kept.open_until(at) == at
    assert at < found < kept.open_until(found)


@given(kept=hours(), at=MOMENTS)
def test_it_stays_open_for_as_long_as_it_says(kept: Hours, at: int) -> None:
    until = kept.open_until(at)
    assert until >= at
    assert all(works(kept, moment) for moment in range(at, until, MINUTE))
    if until > at:
        assert works(kept, until - 1)


def test_on_most_days_it_says_when_it_closes() -> None:
    kept = Hours(frozenset(range(5)), 9 * 60, 17 * 60 + 30, "Europe/Berlin")
    noon = int(datetime(2026, 6, 10, 12, 0, 7, tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000) + 5
    assert kept.open_until(noon) == int(datetime(2026, 6, 10, 15, 30, tzinfo=UTC).timestamp() * 1000)


@given(kept=hours())
def test_what_is_kept_is_read_again(kept: Hours) -> None:
    assert hours_of(str(kept)) == kept


def test_a_person_writes_days_as_a_span() -> None:
    assert str(parse_hours("Mon-Fri 9:00-17:30", "Europe/Berlin")) == "mon,tue,wed,thu,fri 09:00-17:30 Europe/Berlin"
    assert parse_hours("sat-mon 00:00-24:00", "UTC").days == {5, 6, 0}
    assert read_hours(["mon", "sat"], "08:00", "12:00", "UTC").days == {0, 5}
    assert hours_of(None) is None


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("mon-fri", "UTC"),
        ("09:00-17:00", "UTC"),
        ("mon 17:00-09:00", "UTC"),
        ("mon 09:00-09:00", "UTC"),
        ("mon 09:00-24:01", "UTC"),
        ("mon 09:60-10:00", "UTC"),
        ("day 09:00-10:00", "UTC"),
        ("mon 09:00-10:00", "Europe/Atlantis"),
        ("mon 09:00-10:00", "../../etc/passwd"),
        ("mon 09:00-10:00", ""),
    ],
)
def test_what_are_no_hours_is_refused(said: str, zone: str) -> None:
    with pytest.raises(InvalidHours):
        parse_hours(said, zone)
