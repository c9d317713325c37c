"""The times that people name instead of writing days: today, last week, this month. Pure; knows no address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from reports.period import NoPeriod, Period, days_between

#: What is shown when nothing was asked for.
USUAL = "today"


def _month(first: date) -> tuple[date, date]:
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


#: Each name with its words, and the days it means on a day.
NAMED: Mapping[str, tuple[str, Callable[[date], tuple[date, date]]]] = MappingProxyType(
    {
        "today": ("Today", lambda day: (day, day)),
        "yesterday": ("Yesterday", lambda day: (day - timedelta(days=1), day - timedelta(days=1))),
        "this-week": ("This week", _week),
        "last-week": ("Last week", lambda day: _week(day - timedelta(days=7))),
        "this-month": ("This month", lambda day: _month(day.replace(day=1))),
        "last-month": ("Last month", lambda day: _month((day.replace(day=1) - timedelta(days=1)).replace(day=1))),
    }
)


def named(name: str, today: date, zone: ZoneInfo) -> Period:
    """Return the time of this name, as `today` sees it. Raises NoPeriod.

    >>> period = named("last-week", date(2026, 11, 25), ZoneInfo("Europe/Vilnius"))
    >>> str(period.first), str(period.last)
    ('2026-11-16', '2026-11-22')
    """
    if name not in NAMED:
        raise NoPeriod(f"{name[:40]!r} is no time that we know: write one of {', '.join(NAMED)}")
    return days_between(*NAMED[name][1](today), zone)


def meaning(period: Period, today: date) -> str:
    """Return the name of a time as `today` sees it, '' where it has none.

    >>> meaning(named("today", date(2026, 11, 25), ZoneInfo("Europe/Vilnius")), date(2026, 11, 25))
    'today'
    """
    return next((name for name, (_, days) in NAMED.items() if days(today) == (period.first, period.last)), "")


def around(period: Period, by: int) -> Period | None:
    """Return the time as long before (-1) or after (+1) this one, a whole month by months; None where there is none.

    >>> month = days_between(date(2026, 10, 1), date(2026, 10, 31), ZoneInfo("Europe/Vilnius"))
    >>> after = around(month, +1)
    >>> str(after.first), str(after.last)
    ('2026-11-01', '2026-11-30')
    """
    first, last = period.first, period.last
    try:
        if (first, last) == _month(first.replace(day=1)):
            inside = first - timedelta(days=1) if by < 0 else last + timedelta(days=1)
            return days_between(*_month(inside.replace(day=1)), period.zone)
        days = ((last - first).days + 1) * by
        return days_between(first + timedelta(days=days), last + timedelta(days=days), period.zone)
    except (NoPeriod, OverflowError):
        return None
