"""What is to be done: mine or everybody's, overdue, today, this week."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_bridge.web.business import BusinessView, ShownActivity
from crm_bridge.web.names import Names
from crm_bridge.web.room import CustomersRoom
from crm_bridge.web.saying import toast_of
from ledger.web.asking import one_of
from ledger.web.visit import Visit, Who

MOST = 300


class When(StrEnum):
    """Which time a list is about; `DUE` is what is overdue and what is due today."""

    DUE = "due"
    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    ALL = "all"


class Whose(StrEnum):
    """Whose activities a list has."""

    MINE = "mine"
    ALL = "all"


LISTS = {
    When.DUE: "Due",
    When.OVERDUE: "Overdue",
    When.TODAY: "Today",
    When.WEEK: "This week",
    When.ALL: "All",
}


class ActivitiesPage:
    """Serves /activities. `position` tells where in the news a page begins to listen."""

    def __init__(self, room: CustomersRoom, position: Callable[[], str]) -> None:
        self._room = room
        self._position = position

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what is to be done, as far as the address asks for it."""
        room, position = self._room, self._position()
        when, whose = one_of(visit, "when", When, When.DUE), one_of(visit, "whose", Whose, Whose.MINE)
        now = room.clock.now()
        since, until = span(when, now, room.zone)
        reader = who.name if whose is Whose.MINE else None
        found = await room.matters.due(reader, until, MOST + 1, since=since)
        names = await Names.of(room, who.name, {activity.customer for activity in found})
        view = BusinessView(room.settings, room.zone, now, names)
        return visit.page(
            "customers/activities.html",
            when=when,
            whose=whose,
            lists=LISTS,
            groups=_groups(view.activity(activity) for activity in found[:MOST]),
            more=len(found) > MOST,
            most=MOST,
            zone=str(room.zone),
            toast=toast_of(visit),
            position=position,
            now=now,
        )


def span(when: When, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Return from when to when a list goes, both included; None is without bound. A week begins on Monday.

    >>> now = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("UTC"))  # a Friday
    >>> [at and f"{at:%a %H:%M}" for at in span(When.WEEK, now, ZoneInfo("UTC"))]
    ['Mon 00:00', 'Sun 23:59']
    """
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    monday = today - timedelta(days=today.weekday())
    match when:
        case When.DUE:
            return None, _before(today + timedelta(days=1))
        case When.OVERDUE:
            return None, now
        case When.TODAY:
            return today, _before(today + timedelta(days=1))
        case When.WEEK:
            return monday, _before(monday + timedelta(days=7))
        case When.ALL:
            return None, None


def _before(at: datetime) -> datetime:
    return at - timedelta(microseconds=1)


def _groups(activities: Iterable[ShownActivity]) -> list[tuple[str, list[ShownActivity]]]:
    return [(title, list(some)) for title, some in groupby(activities, _group)]


def _group(activity: ShownActivity) -> str:
    if activity.due.overdue:
        return "Overdue"
    return "Today" if activity.due.today else "Later"
