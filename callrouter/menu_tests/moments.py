"""The moments at which calls must be made so that every hour of a site matters: open, closed, each edge, a holiday.

Pure: looks into the calendar from a given day on, for a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from callrouter.menu_tests.spots import FIRST_CLOSED, FIRST_OPEN, HOLIDAY, LAST_CLOSED, LAST_OPEN, asked_hours, edges_at
from config.calendar import open_state
from config.schema import Site

#: At these hours of the day it is looked whether the site is open, over so many days.
_HOURS = (10, 14, 20, 3)
_DAYS = 14
_MINUTE = timedelta(minutes=1)
#: So many changes are looked at for an edge: the first ones may be at a holiday or a night of odd length.
_MOST_CHANGES = 60


def contexts(site: Site, since: datetime) -> Iterator[datetime]:
    """Yield few moments, between which every asked hours are open once and closed once, if ever in a fortnight.

    The first is the one at which most is open, the second the one at which most is closed.
    """
    names = asked_hours(site)
    start = since.astimezone(site.company.zone).replace(minute=0, second=0, microsecond=0)
    moments = [(start + timedelta(days=day)).replace(hour=hour) for day in range(1, _DAYS + 1) for hour in _HOURS]
    states = {at: frozenset((name, _is_open(site, name, at)) for name in names) for at in moments}
    wanted: set[tuple[str, bool]] = {(name, state) for name in names for state in (True, False)}

    def opened(at: datetime) -> int:
        return sum(state for _, state in states[at])

    order = [max(moments, key=opened), min(moments, key=opened)]
    for at in dict.fromkeys([*order, *moments]):
        if at is order[0] or wanted & states[at]:
            wanted -= states[at]
            yield at


def _is_open(site: Site, name: str, at: datetime) -> bool:
    return open_state(site.hours[name], site.company.timezone, at).open


def edge_moments(site: Site, name: str, edge: str, since: datetime) -> Iterator[datetime]:
    """Yield moments on this edge of the hours, the next first."""
    hours, zone = site.hours[name], site.company.timezone
    if edge == HOLIDAY:
        noon = since.astimezone(site.company.zone).replace(hour=12, minute=0, second=0, microsecond=0)
        days = (noon + timedelta(days=day) for day in range(1, 366))
        yield from (day for day in days if HOLIDAY in edges_at(site, name, day))
        return
    at = since
    for _ in range(_MOST_CHANGES):
        change = open_state(hours, zone, at).until
        if change is None:
            return
        opens = open_state(hours, zone, change).open
        if edge in ((FIRST_OPEN, LAST_CLOSED) if opens else (FIRST_CLOSED, LAST_OPEN)):
            yield (change if edge in (FIRST_OPEN, FIRST_CLOSED) else change - _MINUTE).astimezone(site.company.zone)
        at = change
