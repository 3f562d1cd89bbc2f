"""Working hours: on which days of a member's week, from when until when on the clock where they live."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from curtsy.domain.errors import InvalidHours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = 24 * 60
_SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")
_TIMES = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """Acts happen on these days (0 is Monday), from a minute of the day up to another, by the clocks of a time zone."""

    days: frozenset[int]
    from_minute: int
    to_minute: int
    zone: str

    def open_at(self, at: int) -> bool:
        """Whether an act may happen at this moment (milliseconds since 1970)."""
        return self._open(at, _zone(self.zone))

    def opens(self, at: int) -> int:
        """The first moment from then on at which an act may happen, whatever the clocks there do meanwhile."""
        zone = _zone(self.zone)
        if self._open(at, zone):
            return at
        day = _local(at, zone).date()
        # Clocks that are set forward may pass over the hours of the only day of a week: then it is the week after.
        while True:
            for begins in self._begins(day, zone):
                turned = _turned(at, begins, zone)
                if turned is not None and self._open(turned, zone):
                    return turned
                if begins > at and self._open(begins, zone):
                    return begins
            day += timedelta(1)

    def open_until(self, at: int) -> int:
        """Until when acts may happen from a moment on without a break, as far as is easily said; at least ``at``."""
        zone = _zone(self.zone)
        if not self._open(at, zone):
            return at
        there = _local(at, zone)
        passed = (there.hour * 60 + there.minute) * 60 + there.second
        end = at - at % 1000 + (self.to_minute * 60 - passed) * 1000
        return end if _local(end - 1, zone).utcoffset() == there.utcoffset() else at

    def _open(self, at: int, zone: tzinfo) -> bool:
        there = _local(at, zone)
        return there.weekday() in self.days and self.from_minute <= there.hour * 60 + there.minute < self.to_minute

    def _begins(self, day: date, zone: tzinfo) -> list[int]:
        """When the clocks there show the first minute of a day's hours; twice where an hour comes twice."""
        first = datetime.combine(day, time(self.from_minute // 60, self.from_minute % 60), zone)
        return sorted({int(first.replace(fold=fold).timestamp()) * 1000 for fold in (0, 1)})

    @property
    def begins(self) -> str:
        return _clock(self.from_minute)

    @property
    def ends(self) -> str:
        return _clock(self.to_minute)

    def __str__(self) -> str:
        return f"{','.join(DAYS[day] for day in sorted(self.days))} {self.begins}-{self.ends} {self.zone}"


def read_hours(days: Sequence[str], begins: str, ends: str, zone: str) -> Hours:
    """Hours as a caller writes them: names of days, ``HH:MM`` twice, an IANA time zone; raises InvalidHours."""
    return _read(",".join(days), f"{begins}-{ends}", zone)


def parse_hours(said: str, zone: str) -> Hours:
    """Hours as a person writes them, ``mon-fri 09:00-17:30``; raises InvalidHours."""
    days, _, times = said.strip().lower().rpartition(" ")
    return _read(days, times, zone)


@lru_cache(maxsize=4096)
def hours_of(said: str | None) -> Hours | None:
    """Hours as they are kept: what ``str`` makes of them."""
    if said is None:
        return None
    days, times, zone = said.split(" ")
    return _read(days, times, zone)


def _read(days: str, times: str, zone: str) -> Hours:
    found = _TIMES.fullmatch(times.strip())
    if found is None:
        raise InvalidHours
    begins, ends = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not 0 <= begins < ends <= WHOLE_DAY:
        raise InvalidHours
    _known(zone)
    return Hours(frozenset(_days(days)), begins, ends, zone)


def _days(said: str) -> list[int]:
    found: list[int] = []
    for part in said.replace(" ", "").split(","):
        span = _SPAN.fullmatch(part)
        if span is None or span[1] not in DAYS or (span[2] or span[1]) not in DAYS:
            raise InvalidHours
        first, last = DAYS.index(span[1]), DAYS.index(span[2] or span[1])
        found += range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    return found


def _known(zone: str) -> None:
    """Raise InvalidHours for what is no time zone."""
    try:
        _zone(zone)
    except (KeyError, ValueError, OSError) as unknown:
        raise InvalidHours(f"Unknown time zone {zone[:60]!r}: name one as in Europe/Berlin") from unknown


@lru_cache(maxsize=512)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def _local(at: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone)


def _turned(after: int, before: int, zone: tzinfo) -> int | None:
    """When the clocks there were set between two moments, if they were."""
    if _local(after, zone).utcoffset() == _local(before, zone).utcoffset():
        return None
    low, high = sorted((after, before))
    old = _local(low, zone).utcoffset()
    while high - low > 1000:
        middle = (low + high) // 2
        if _local(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    turned = high // 1000 * 1000
    return turned if turned > after else None


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
