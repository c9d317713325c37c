"""The time that a report is about: from one moment up to another, and how its own calendar cuts it.

Owns days, intervals and weeks in the zone of the site, with days of 23 and 25 hours. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

#: More days than this make no report that anybody reads.
MOST_DAYS = 366 * 10 + 3
#: The years of which there may be calls; a day has another before and behind it, in every zone.
YEARS = range(1971, 9000)
#: Calls are counted in quarters of an hour. Every zone's clock changes by whole ones, and nearly always at one: only
#: St John's did so at a minute past midnight, until 2011. There the minutes up to the next quarter are taken to be of
#: the old time, in every figure and in the list behind it.
QUARTER = timedelta(minutes=15)
_DAY = 86_400


class NoPeriod(ValueError):
    """These days make no period; the text says why, and what to write."""


@dataclass(frozen=True)
class Period:
    """The time from `start` up to but not at `end`, both in UTC, read by the calendar of `zone`."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def first(self) -> date:
        return self.start.astimezone(self.zone).date()

    @property
    def last(self) -> date:
        """The last day that has a part in it."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()

    def days(self) -> Iterator[Period]:
        """Yield its days one by one: 23, 24 or 25 hours each."""
        day = self.first
        while day <= self.last:
            yield Period(*bounds(day, self.zone), self.zone)
            day += timedelta(days=1)

    def title(self) -> str:
        """Say the period for people.

        >>> days_between(date(2026, 11, 2), date(2026, 11, 2), ZoneInfo("Europe/Vilnius")).title()
        'Monday, 2 November 2026'
        >>> days_between(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo("Europe/Vilnius")).title()
        '1 November 2026 – 30 November 2026'
        """
        if self.first == self.last:
            return f"{self.first:%A}, {self.first.day} {self.first:%B %Y}"
        return f"{self.first.day} {self.first:%B %Y} – {self.last.day} {self.last:%B %Y}"


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a day begins and ends in the zone, in UTC: 23, 24 or 25 hours.

    >>> begin, end = bounds(date(2026, 10, 25), ZoneInfo("Europe/Vilnius"))
    >>> end - begin
    datetime.timedelta(days=1, seconds=3600)
    """
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def days_between(first: date, last: date, zone: ZoneInfo) -> Period:
    """Return the period of these days, both included. Raises NoPeriod."""
    if first.year not in YEARS or last.year not in YEARS:
        raise NoPeriod(f"{first} to {last} is no time that we have calls of")
    if last < first:
        raise NoPeriod(f"from {first} to {last}: write the earlier day first")
    if (last - first).days >= MOST_DAYS:
        raise NoPeriod(f"from {first} to {last} is longer than ten years: ask for less")
    return Period(bounds(first, zone)[0], bounds(last, zone)[1], zone)


def day_of(text: str) -> date:
    """Read a day. Raises NoPeriod."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NoPeriod(f"{text[:40]!r} is no day: write one such as 2026-11-24") from None
    if day.year not in YEARS:
        raise NoPeriod(f"{day} is no day that we have calls of")
    return day


@dataclass(frozen=True)
class Stretch:
    """A part of a period in which the clock of its zone does not change: seconds of epoch, and of its offset.

    `day` is the last one (days of epoch) that had begun before it: a clock that is put back past midnight begins none
    anew.
    """

    start: int
    end: int
    offset: int
    day: int = 0


@lru_cache(maxsize=256)
def stretches(period: Period) -> tuple[Stretch, ...]:
    """Cut a period where its zone's clock changes, by whole quarters; in each part local time is epoch + offset.

    >>> weekend = days_between(date(2026, 10, 24), date(2026, 10, 26), ZoneInfo("Europe/Vilnius"))
    >>> [stretch.offset for stretch in stretches(weekend)]
    [10800, 7200]
    """
    found: list[Stretch] = []
    day = 0
    begin = period.start
    offset = _offset(begin, period.zone)
    at = begin
    while at < period.end:
        after = min(at + timedelta(days=1), period.end)
        if _offset(after, period.zone) != offset:
            change = min(_quarter(_change(at, after, period.zone)), period.end)
            found.append(Stretch(int(begin.timestamp()), int(change.timestamp()), offset, day))
            day = max(day, (found[-1].end - 1 + offset) // _DAY)
            begin, offset, after = change, _offset(change, period.zone), change
        at = after
    if begin < period.end:
        found.append(Stretch(int(begin.timestamp()), int(period.end.timestamp()), offset, day))
    return tuple(found)


def interval_end(start: datetime, minutes: int, parts: Sequence[Stretch]) -> datetime:
    """Return where an interval of so many minutes of the clock ends: at the latest where the clock changes.

    >>> sunday = days_between(date(2026, 4, 5), date(2026, 4, 5), ZoneInfo("Australia/Lord_Howe"))
    >>> parts = stretches(sunday)  # at 15:00 UTC, two in the morning, it was half past one again
    >>> [interval_end(datetime(2026, 4, 4, *at, tzinfo=UTC), 60, parts).strftime("%H:%M") for at in ((14, 0), (15, 0))]
    ['15:00', '15:30']
    """
    second = int(start.timestamp())
    part = next((part for part in parts if part.start <= second < part.end), None)
    if part is None:
        return start + timedelta(minutes=minutes)
    step = minutes * 60
    end = second - (second + part.offset) % step + step
    return datetime.fromtimestamp(min(end, part.end), UTC)


def _quarter(at: datetime) -> datetime:
    """Return the next moment at which a quarter of an hour begins."""
    over = (at - at.replace(minute=0, second=0, microsecond=0)) % QUARTER
    return at + (QUARTER - over) % QUARTER


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second at which the offset is another than at `low`."""
    was = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if _offset(middle, zone) == was:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _offset(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where the clocks change at midnight, the day begins with the change: that is what fold=0 comes to.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
