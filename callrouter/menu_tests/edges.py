"""The edges of opening hours: the last minute before it opens or closes and the first one after, also round a holiday.

Owns which edges some hours have and at which minutes they lie. Pure: looks into the calendar, rehearses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from callrouter.branches import Branch
from config.calendar import Stretch, stretches_of
from config.hours_text import DAY, parse_open
from config.public_holidays import holidays_of
from config.schema import Site

Kind = Literal["open", "holidays", "closed_on", "open_on"]

#: The edges of an opening and a closing, and what each is called.
LAST_OPEN, FIRST_CLOSED, LAST_CLOSED, FIRST_OPEN = (
    "in the last minute before it closes",
    "in the first minute after it has closed",
    "in the last minute before it opens",
    "in the first minute after it has opened",
)
#: Those of a day on which it is closed though it is open on others of its weekday: at the hours that it would have.
BEFORE, FIRST_OF, LAST_OF, AFTER = (
    "in the last open minute before",
    "in the first minute of",
    "in the last minute of",
    "in the first open minute after",
)
MINUTE = 60
_HOLIDAY, _CLOSED_ON, _OPEN_ON = "public holiday: ", "closed on ", "open on "
#: For so many years it is looked for a day that comes seldom: a holiday may be on a Sunday for some.
YEARS = 12
#: A longer time without an edge means that there are none.
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Edge:
    """A minute at which something of some hours changes; the same edge comes again on other days.

    `which` says of what: the opening or closing as written, or the name of the holiday.
    """

    minute: int
    edge: str
    which: str

    @property
    def at(self) -> datetime:
        """The beginning of this minute, in UTC."""
        return datetime.fromtimestamp(self.minute * MINUTE, UTC)

    @property
    def words(self) -> str:
        """Say where it lies, as a part of a sentence."""
        return f"{self.edge} {_without_kind(self.which)}"


def kind_of(which: str) -> Kind:
    """Return the key of the hours under which that is written which an edge is of."""
    _, _, what = which.rpartition("at ") if which.startswith("at ") else ("", "", which)
    if what.startswith(_HOLIDAY):
        return "holidays"
    if what.startswith(_CLOSED_ON):
        return "closed_on"
    return "open_on" if _OPEN_ON in what else "open"


def _without_kind(which: str) -> str:
    return which.removeprefix(_HOLIDAY).removeprefix(_CLOSED_ON)


class HoursEdges:
    """The edges of a site's hours; each year is looked at once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._years: dict[tuple[str, int], dict[int, tuple[Edge, ...]]] = {}

    def at(self, name: str, at: datetime) -> tuple[Branch, ...]:
        """Return on which edges of these hours a moment lies."""
        found = self._year(name, at.astimezone(UTC).year).get(int(at.timestamp()) // MINUTE, ())
        return tuple(("hours", name, edge.edge, edge.which) for edge in found)

    def which(self, name: str, since: datetime) -> dict[Branch, str]:
        """Return every edge that these hours have after a moment, and where it lies in words.

        Of the holidays it has all that are on a day of opening in some year, so that it does not change with the year.
        """
        found: dict[Branch, str] = {
            ("hours", name, edge.edge, edge.which): edge.words
            for edge in self.after(name, since)
            if kind_of(edge.which) in ("open", "open_on")
        }
        for which in self._closed_days(name, since):
            for edge in (BEFORE, FIRST_OF, LAST_OF, AFTER):
                found["hours", name, edge, which] = Edge(0, edge, which).words
        return found

    def _closed_days(self, name: str, since: datetime) -> dict[str, None]:
        """Return what is named as the reason of days on which it would be open otherwise."""
        hours = self._site.hours[name]
        weekdays = frozenset[int]().union(*(parse_open(text).days for text in hours.open))
        today = since.astimezone(ZoneInfo(hours.timezone or self._site.company.timezone)).date()
        days = [(day, _CLOSED_ON + day.isoformat()) for day in sorted(map(date.fromisoformat, hours.closed_on))]
        for year in range(today.year, today.year + YEARS) if hours.holidays is not None else ():
            days += [
                (day, _HOLIDAY + holiday) for day, holiday in sorted(holidays_of(hours.holidays or "", year).items())
            ]
        return dict.fromkeys(
            which
            for day, which in days
            if day > today
            and day.weekday() in weekdays
            and day.isoformat() not in hours.open_on
            and (which.startswith(_CLOSED_ON) or day.isoformat() not in hours.closed_on)
        )

    def after(self, name: str, since: datetime, years: int = 1) -> Iterator[Edge]:
        """Yield the edges of these hours in the years after a moment, the next first; few of them are different."""
        first = since.astimezone(UTC)
        last = (first + years * _YEAR).timestamp()
        for year in range(first.year, first.year + years + 1):
            for minute, edges in self._year(name, year).items():
                if first.timestamp() < minute * MINUTE <= last:
                    yield from edges

    def _year(self, name: str, year: int) -> dict[int, tuple[Edge, ...]]:
        if (name, year) not in self._years:
            hours, zone = self._site.hours[name], self._site.company.timezone
            years = tuple(stretches_of(hours, zone, each) for each in (year - 1, year, year + 1))
            self._years[name, year] = _of_year(years, hours.timezone or zone, hours.open, year)
        return self._years[name, year]


@lru_cache(maxsize=128)  # of one site they are asked for by its tests, their coverage and each draft
def _of_year(
    years: tuple[tuple[Stretch, ...], ...], zone: str, weekly: tuple[str, ...], year: int
) -> dict[int, tuple[Edge, ...]]:
    begin, end = (int(datetime(each, 1, 1, tzinfo=UTC).timestamp()) // MINUTE for each in (year, year + 1))
    found: dict[int, tuple[Edge, ...]] = {}
    edges = dict.fromkeys(_edges(weekly, zone, _joined(chain.from_iterable(years))))
    for edge in sorted(edges, key=lambda edge: edge.minute):
        if begin <= edge.minute < end:
            found[edge.minute] = (*found.get(edge.minute, ()), edge)
    return found


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Take together what the turn of the year parts."""
    found: list[Stretch] = []
    for one in stretches:
        if not found or (found[-1].open, found[-1].reason) != (one.open, one.reason):
            found.append(one)
    return found


def _edges(lines: tuple[str, ...], zone_name: str, stretches: Sequence[Stretch]) -> Iterator[Edge]:
    zone = ZoneInfo(zone_name)
    weekly = [parse_open(text) for text in lines]
    opens = [index for index, one in enumerate(stretches) if one.open]
    for before, after in pairwise(opens):
        closed = stretches[before + 1 : after]
        if not closed:
            continue  # it goes on, by another line of the hours
        closes_at, opens_at = closed[0].start, stretches[after].start
        if not _by_itself(closed[0]):
            which = _written(closes_at, zone, stretches[before].reason)
            yield Edge(closes_at // MINUTE - 1, LAST_OPEN, which)
            yield Edge(closes_at // MINUTE, FIRST_CLOSED, which)
        if not _by_itself(closed[-1]):
            which = _written(opens_at, zone, stretches[after].reason)
            yield Edge(opens_at // MINUTE - 1, LAST_CLOSED, which)
            yield Edge(opens_at // MINUTE, FIRST_OPEN, which)
        for one, following in zip(closed, [*closed[1:], stretches[after]], strict=True):
            if not _by_itself(one):
                continue
            for day in _days(one.start, following.start, zone):
                times = [time for span in weekly if day.weekday() in span.days for time in span.times]
                if not times:
                    continue  # on such a day it is closed anyway
                first = _second(day, min(begin for begin, _ in times), zone)
                last = _second(day, min(DAY, max(end for _, end in times)), zone)
                if one.start < last and first < following.start:
                    yield Edge(closes_at // MINUTE - 1, BEFORE, one.reason)
                    yield Edge(max(first, one.start) // MINUTE, FIRST_OF, one.reason)
                    yield Edge(min(last, following.start) // MINUTE - 1, LAST_OF, one.reason)
                    yield Edge(opens_at // MINUTE, AFTER, one.reason)


def _by_itself(closed: Stretch) -> bool:
    """Tell whether it is closed for what the day is, and not for the hour."""
    return closed.reason.startswith((_HOLIDAY, _CLOSED_ON))


def _written(second: int, zone: ZoneInfo, reason: str) -> str:
    """Say which opening or closing it is; the same on every day of a line of the hours."""
    return f"at {datetime.fromtimestamp(second, zone):%H:%M} ({reason})"


def _days(start: int, end: int, zone: ZoneInfo) -> Iterator[date]:
    """Yield the days on the wall that a stretch lies in."""
    day, last = (datetime.fromtimestamp(second, zone).date() for second in (start, end - 1))
    while day <= last:
        yield day
        day += timedelta(days=1)


def _second(day: date, clock: int, zone: ZoneInfo) -> int:
    """Return the second of the epoch at which the clock on the wall shows so many seconds of a day."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # what clocks on a wall show has no zone
    return int((midnight + timedelta(seconds=clock)).replace(tzinfo=zone).timestamp())
