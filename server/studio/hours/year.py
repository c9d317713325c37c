"""A year of opening hours, day by day: what is open when, why, and which days are not as usual.

Owns how days are told apart. Pure; asks `config.calendar`, which every call asks too, and knows no page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from config.calendar import open_state
from config.errors import HoursUnreadable
from config.hours_text import DAY, parse_open
from config.public_holidays import holidays_of
from config.schema import Hours

#: The years that a page shows; further ones say nothing to anybody.
FIRST_YEAR, LAST_YEAR = 1971, 2999

Kind = Literal["open", "short", "closed", "holiday", "off", "special"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of these hours. `spans` are minutes of the day by the clock on the wall, up to 1440 at midnight.

    `kind`: a full day, a short one, closed as every week, a public holiday, closed or open for this once. `holiday` is
    its name, also where somebody is there nevertheless. `clocks` are the minutes by which clocks are put on.
    """

    date: date
    kind: Kind
    spans: tuple[tuple[int, int], ...]
    reason: str
    holiday: str = ""
    clocks: int = 0

    @property
    def times(self) -> str:
        """The spans as people write them; '' for a day without any."""
        return ", ".join(f"{_written(begin)}–{_written(end)}" for begin, end in self.spans)

    @property
    def is_usual(self) -> bool:
        """Tell whether this day is like the same day of other weeks."""
        return self.kind in ("open", "short", "closed") and not self.holiday and not self.clocks


def days_of(hours: Hours, zone_default: str, first: date, last: date, *, country: str = "") -> tuple[Day, ...]:
    """Return the days from first to last of these hours; holidays of `country` are named where the hours have none.

    Raises:
        HoursUnreadable: the hours were not checked before.
    """
    zone = ZoneInfo(hours.timezone or zone_default)
    spans = _spans(hours, zone_default, zone, first, last)
    names = _holidays(hours.holidays or country, first, last)
    closes_on_holidays = hours.holidays is not None
    full = _longest_day(hours)
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        name = names.get(day, "")
        found = spans.get(day, ())
        minute = found[0][0] if found else 12 * 60
        moment = datetime.combine(day, time(*divmod(minute, 60)), zone)
        reason = open_state(hours, zone_default, moment).reason
        kind = _kind(hours, day, found, full, is_holiday=bool(name) and closes_on_holidays)
        days.append(Day(day, kind, found, reason, name, _clocks(day, zone)))
    return tuple(days)


def year_of(hours: Hours, zone_default: str, year: int, *, country: str = "") -> tuple[Day, ...]:
    """Return every day of a year."""
    return days_of(hours, zone_default, date(year, 1, 1), date(year, 12, 31), country=country)


def _spans(
    hours: Hours, zone_default: str, zone: ZoneInfo, first: date, last: date
) -> Mapping[date, tuple[tuple[int, int], ...]]:
    """Return the open minutes of each day, by the clock on the wall."""
    found: dict[date, list[tuple[int, int]]] = {}
    for begin, end in _stretches(hours, zone_default, zone, first, last):
        day = begin.date()
        while day <= end.date() and day <= last:
            start = _minute(begin) if day == begin.date() else 0
            until = _minute(end) if day == end.date() else DAY // 60
            if until > start:
                found.setdefault(day, []).append((start, until))
            day += timedelta(days=1)
    return {day: tuple(_joined(spans)) for day, spans in found.items()}


def _stretches(
    hours: Hours, zone_default: str, zone: ZoneInfo, first: date, last: date
) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when it is open without a break, as the clock on the wall shows."""
    at = datetime.combine(first, time(), zone).astimezone(UTC)
    over = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    while at < over:
        state = open_state(hours, zone_default, at)
        until = min(state.until or over, over)
        if state.open:
            yield at.astimezone(zone), until.astimezone(zone)
        at = until


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def _joined(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join spans that touch, as they do where an hour comes twice."""
    begin, end = spans[0]
    for another, until in spans[1:]:
        if another > end:
            yield begin, end
            begin, end = another, until
        else:
            begin, end = min(begin, another), max(end, until)
    yield begin, end


def _kind(hours: Hours, day: date, spans: tuple[tuple[int, int], ...], full: int, *, is_holiday: bool) -> Kind:
    written = day.isoformat()
    if written in hours.open_on:
        return "special"
    if written in hours.closed_on:
        return "off"
    if not spans:
        return "holiday" if is_holiday else "closed"
    return "open" if sum(end - begin for begin, end in spans) >= full else "short"


def _longest_day(hours: Hours) -> int:
    """Return the minutes of the longest day of the usual week."""
    by_day = [0] * 7
    for text in hours.open:
        span = parse_open(text)
        for day in span.days:
            for begin, end in span.times:
                by_day[day] += (min(end, DAY) - begin) // 60
                by_day[(day + 1) % 7] += max(0, end - DAY) // 60
    return max(by_day)


def _holidays(place: str, first: date, last: date) -> Mapping[date, str]:
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1) if place else ():
        try:
            found |= holidays_of(place, year)
        except HoursUnreadable:
            break
    return found


def _clocks(day: date, zone: ZoneInfo) -> int:
    """Return by how many minutes clocks are put on during a day; less than none where they are put back."""
    morning, evening = (
        datetime.combine(one, time(), zone).utcoffset() or timedelta() for one in (day, day + timedelta(days=1))
    )
    return int((evening - morning).total_seconds()) // 60


def _written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
