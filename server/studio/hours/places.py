"""What has opening hours and what has none: departments and menus by the hours they keep.

Pure. How a day of some hours looks is in `year`; no page is known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from config.schema import Hours, Site
from server.studio.hours.year import Day, days_of

#: Stands for the hours of departments that have none. No hours of a site can be called so.
ALWAYS = "-"
ALWAYS_OPEN = Hours(open=("daily 00:00-24:00",))


@dataclass(frozen=True, slots=True)
class Place:
    """A menu or department, and how it stands over a day. `hours` is empty for one that is always open."""

    kind: str
    name: str
    title: str
    hours: str
    day: Day


def calendars(site: Site) -> tuple[str, ...]:
    """Return what can be looked at: all hours, and what is always open if something is."""
    return (*site.hours, ALWAYS) if departments_of(site, ALWAYS) else tuple(site.hours)


def hours_of(site: Site, name: str) -> Hours:
    """Return the hours of this name."""
    return ALWAYS_OPEN if name == ALWAYS else site.hours[name]


def departments_of(site: Site, hours: str) -> tuple[str, ...]:
    """Return the departments that keep these hours, by name."""
    return tuple(name for name, one in site.departments.items() if (one.hours or ALWAYS) == hours)


def users_of(site: Site, hours: str) -> tuple[str, ...]:
    """Return the titles of what these hours are for."""
    departments = (site.departments[name].name or name for name in departments_of(site, hours))
    menus = (f"menu {name}" for name, menu in site.menus.items() if menu.closed and menu.closed.hours == hours)
    return (*departments, *menus)


def places_on(site: Site, day: date) -> Iterator[Place]:
    """Yield every department, and every menu with opening hours, with how this day is there."""
    days = {name: one_day(site, name, day) for name in (*site.hours, ALWAYS)}
    for name, department in site.departments.items():
        if (department.hours or ALWAYS) in days:
            found = days[department.hours or ALWAYS]
            yield Place("department", name, department.name or name, department.hours or "", found)
    for name, menu in site.menus.items():
        if menu.closed is not None and menu.closed.hours in days:
            yield Place("menu", name, name, menu.closed.hours, days[menu.closed.hours])


def one_day(site: Site, hours: str, day: date) -> Day:
    """Return one day of these hours."""
    return days_of(hours_of(site, hours), site.company.timezone, day, day, country=site.company.country)[0]
