"""The moments at which calls must be made so that every hour of a site matters: open, closed, each edge, a holiday.

Pure: looks into the calendar from a given day on, for a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from callrouter.menu_tests.edges import FIRST_CLOSED, YEARS, HoursEdges
from callrouter.menu_tests.spots import Spot, asked_hours
from config.calendar import open_state
from config.schema import Site

#: At these hours of the day it is looked whether the site is open, over so many days.
_HOURS = (10, 14, 20, 3)
_DAYS = 14


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


def edge_moments(edges: HoursEdges, spot: Spot, since: datetime) -> Iterator[datetime]:
    """Yield moments on this edge of the hours, the next first."""
    _, name, *edge = spot.branch
    for one in edges.after(str(name), since, years=YEARS):
        if [one.edge, one.which] == edge:
            yield one.at


def closing_moments(edges: HoursEdges, name: str, since: datetime) -> Iterator[datetime]:
    """Yield the first minutes after these hours have closed, the next first."""
    return (one.at for one in edges.after(name, since) if one.edge == FIRST_CLOSED)
