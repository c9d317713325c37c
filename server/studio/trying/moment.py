"""A moment as people write it by the clock on the site's wall, also on the nights on which clocks are changed.

Owns how a written time is read, what must be said of one that comes twice or never, and the moments worth trying.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.errors import HoursUnreadable
from config.public_holidays import holidays_of
from config.schema import Site

LONGEST = 40
#: No later holiday is looked for, in days.
HORIZON = 400


class NoMoment(ValueError):
    """What was written is no time that anybody calls at."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in the site's zone. Where clocks are changed then, `remark` says so; `second` is the other of two."""

    at: datetime
    remark: str = ""
    second: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """A moment worth trying, and what it is called."""

    name: str
    at: datetime

    @property
    def written(self) -> str:
        """The moment as forms write it."""
        return f"{self.at:%Y-%m-%dT%H:%M}"


def read_moment(text: str, zone: ZoneInfo) -> Moment:
    """Read a time such as ``2026-12-24T17:59``, by the clock in `zone` where it names no other. Raises NoMoment."""
    try:
        at = datetime.fromisoformat(text[:LONGEST])
    except ValueError:
        raise NoMoment(f"{text[:LONGEST]!r} is no time: write one such as 2026-12-24T17:59") from None
    if not 1971 <= at.year <= 9000:
        raise NoMoment(f"{text[:LONGEST]!r} is no time that anybody calls at")
    return Moment(at) if at.tzinfo is not None else by_the_clock(at, zone)


def by_the_clock(at: datetime, zone: ZoneInfo) -> Moment:
    """Return the moment at which a clock on the wall there shows this; says which where clocks are put on or back."""
    # Compared in UTC: two times of one zone are compared by what its clocks show.
    first, second = (at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    told, other = (moment.astimezone(zone).isoformat() for moment in (first, second))
    moment = first.astimezone(zone)
    if first < second:
        remark = (
            f"{at.isoformat()} comes twice in {zone.key}, where clocks are put back that night: taken as the first, "
            f"{told}; write {other} for the second"
        )
        return Moment(moment, remark, second.astimezone(zone))
    if first > second:
        remark = (
            f"{at.isoformat()} never comes in {zone.key}, where clocks are put on that night: taken as {told}, "
            "which they show then"
        )
        return Moment(moment, remark)
    return Moment(moment)


def suggestions(site: Site, now: datetime) -> tuple[Suggested, ...]:
    """Return the moments at which menus most often surprise, the next of each."""
    zone = site.company.zone
    there = now.astimezone(zone)
    today = there.date()
    tonight = today if there.time() < time(21) else today + timedelta(days=1)
    sunday = today + timedelta(days=(6 - today.weekday()) % 7)
    eve = date(today.year if (today.month, today.day) <= (12, 24) else today.year + 1, 12, 24)
    found = [
        Suggested("Tonight", datetime.combine(tonight, time(21), zone)),
        Suggested("Sunday noon", datetime.combine(sunday, time(12), zone)),
        Suggested("24 December, 17:59", datetime.combine(eve, time(17, 59), zone)),
    ]
    for day, name in next_holidays(site, today):
        return (*found, Suggested(f"{name}, {day.day} {day:%B}", datetime.combine(day, time(12), zone)))
    return tuple(found)


def next_holidays(site: Site, today: date) -> Iterator[tuple[date, str]]:
    """Yield the public holidays after today on which these hours close, the soonest first; they may be none."""
    places = {hours.holidays for hours in site.hours.values() if hours.holidays is not None}
    found: dict[date, str] = {}
    for place in sorted(places) or [site.company.country]:
        for year in (today.year, today.year + 1):
            try:
                found |= holidays_of(place, year)
            except HoursUnreadable:
                continue
    yield from sorted((day, name) for day, name in found.items() if 0 < (day - today).days <= HORIZON)
