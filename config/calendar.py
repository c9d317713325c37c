"""Opening hours: is somebody there at a moment, why, and when does that change.

Pure, and quick enough to be asked at every call; knows nothing of menus or departments. The clock on the wall
decides: an hour that summer time skips is never open, an hour that comes twice is open twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from config.hours_text import DAY, Span, parse_open, parse_times
from config.public_holidays import holidays_of
from config.schema import Hours

#: A change later than this after the moment asked about is not looked for.
HORIZON = timedelta(days=365)

_OUTSIDE = "outside opening hours"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # wall-clock time has no zone: that is the point here
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether it is open, the reason as a part of a sentence, and the next change (None: not within a year)."""

    open: bool
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """Opening hours, read: hashable, so that what follows from them is computed once."""

    zone: str
    weekly: tuple[str, ...]
    holidays: str | None
    closed_on: frozenset[str]
    open_on: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From this second of the epoch on, until the next stretch begins, it is so, and why."""

    start: int
    open: bool
    reason: str


def open_state(hours: Hours, zone_default: str, at: datetime) -> OpenState:
    """Tell whether these hours are open at a moment, why, and until when.

    `zone_default` is the time zone of hours that name none. `until` is in UTC.

    Raises:
        HoursUnreadable: the hours were not checked before (see `config.check`).
        ValueError: `at` has no time zone, or lies outside the years 2 to 9997.
    """
    if at.tzinfo is None:
        raise ValueError("the moment needs a time zone")
    at = at.astimezone(UTC)
    if not 2 <= at.year <= 9997:
        raise ValueError("the moment lies outside the calendar")
    plan = _plan(hours, zone_default)
    now = at.timestamp()
    year = _stretches(plan, at.year)
    index = bisect_right(year, now, key=_start) - 1
    current = year[index]
    until = _change(year[index + 1 :], current.open)
    if until is None:
        until = _change(_stretches(plan, at.year + 1), current.open)
    if until is None or until - now > HORIZON.total_seconds():
        return OpenState(current.open, current.reason, None)
    return OpenState(current.open, current.reason, datetime.fromtimestamp(until, UTC))


def stretches_of(hours: Hours, zone_default: str, year: int) -> tuple[Stretch, ...]:
    """Return a UTC year of these hours as stretches, the first of which begins with the year.

    Raises:
        HoursUnreadable: the hours were not checked before (see `config.check`).
    """
    return _stretches(_plan(hours, zone_default), year)


def _plan(hours: Hours, zone_default: str) -> _Plan:
    zone = hours.timezone or zone_default
    return _Plan(zone, hours.open, hours.holidays, frozenset(hours.closed_on), tuple(sorted(hours.open_on.items())))


def _start(stretch: Stretch) -> int:
    return stretch.start


def _change(stretches: tuple[Stretch, ...], is_open: bool) -> int | None:
    return next((stretch.start for stretch in stretches if stretch.open != is_open), None)


@lru_cache(maxsize=512)
def _stretches(plan: _Plan, year: int) -> tuple[Stretch, ...]:
    """Return a UTC year as stretches, the first of which begins with the year."""
    zone = ZoneInfo(plan.zone)
    found: list[Stretch] = []
    walls = list(_wall_stretches(plan, year))
    begins = [begin for begin, _, _ in walls]
    for (start, offset), (end, _) in pairwise(_offsets(zone, year)):
        # Within a piece the wall clock runs evenly, so its hours are moved by one subtraction.
        first = bisect_right(begins, start + offset) - 1
        for begin, is_open, reason in walls[first:]:
            if begin - offset >= end:
                break
            stretch = Stretch(max(begin - offset, start), is_open, reason)
            if not found or (found[-1].open, found[-1].reason) != (is_open, reason):
                found.append(stretch)
    return tuple(found)


def _offsets(zone: ZoneInfo, year: int) -> list[tuple[int, int]]:
    """Return (second of the epoch, offset from UTC) for every change of the offset, from start to end of year."""
    start, end = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp()) for y in (year, year + 1))
    pieces = [(start, _offset(zone, start))]
    for day in range(start + DAY, end + 1, DAY):
        if _offset(zone, day) != pieces[-1][1]:
            low, high = day - DAY, day
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == pieces[-1][1] else (low, middle)
            pieces.append((high, _offset(zone, high)))
    return [*pieces, (end, 0)]


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _wall_stretches(plan: _Plan, year: int) -> Iterator[tuple[int, bool, str]]:
    """Yield (second on the wall clock, open, reason) without gaps over the year and some days around it."""
    weekly = [parse_open(text) for text in plan.weekly]
    open_on = {day: parse_times(times) for day, times in plan.open_on}
    holidays = {y: holidays_of(plan.holidays, y) if plan.holidays else {} for y in (year - 1, year, year + 1)}
    day = date(year - 1, 12, 29)
    over: list[tuple[int, int, str]] = []  # what yesterday's spans leave for today
    while day <= date(year + 1, 1, 3):
        spans: list[tuple[int, int, str]]
        written = day.isoformat()
        closed_reason = _OUTSIDE
        if written in open_on:
            spans = [(begin, end, f"open on {written}") for begin, end in open_on[written]]
        elif written in plan.closed_on:
            spans, closed_reason = [], f"closed on {written}"
        elif name := holidays[day.year].get(day):
            spans, closed_reason = [], f"public holiday: {name}"
        else:
            spans = list(_spans_on(weekly, day.weekday()))
        midnight = (datetime(day.year, day.month, day.day) - _EPOCH).days * DAY  # noqa: DTZ001  # as above
        yield from _one_day(midnight, sorted(over + spans), closed_reason)
        over = [(0, end - DAY, reason) for _, end, reason in spans if end > DAY]
        day += timedelta(days=1)


def _spans_on(weekly: list[Span], weekday: int) -> Iterator[tuple[int, int, str]]:
    for span in weekly:
        if weekday in span.days:
            for begin, end in span.times:
                yield begin, end, span.text


def _one_day(midnight: int, spans: list[tuple[int, int, str]], closed_reason: str) -> Iterator[tuple[int, bool, str]]:
    clock = 0
    for begin, end, reason in spans:
        if begin > clock:
            yield midnight + clock, False, closed_reason
        if end > clock and begin < DAY:
            yield midnight + max(begin, clock), True, reason
            clock = min(end, DAY)
    if clock < DAY:
        yield midnight + clock, False, closed_reason
