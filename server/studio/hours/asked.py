"""What somebody asks of the calendar of opening hours: which hours, which year, which day, and what to change.

Owns how an address and a form are read. Knows no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from config.schema import Site
from server.studio.hours.change import Change, change_of
from server.studio.hours.places import ALWAYS, calendars
from server.studio.hours.year import FIRST_YEAR, LAST_YEAR
from server.studio.overview.sites import DRAFT
from server.web.problems import Problem
from server.web.visit import Visit

AT = "/site/hours"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which hours, which year, and which day of it."""

    hours: str
    year: int
    day: date
    of: str

    def query(self, **changed: object) -> str:
        """Return the address of the page with something changed."""
        now: dict[str, object] = {"hours": self.hours, "year": self.year, "day": self.day.isoformat()}
        now |= {"of": "" if self.of == DRAFT else self.of} | changed
        if "day" in changed and "year" not in changed:
            now.pop("year")  # that of the day
        return f"{AT}?{urlencode({name: value for name, value in now.items() if value})}"


def asked_of(visit: Visit, form: Mapping[str, str], site: Site, today: date, of: str) -> Asked | None:
    """Return what is asked for; None on a site without opening hours and departments. Raises Problem."""
    known = calendars(site)
    if not known:
        return None
    name = form.get("hours") or visit.query("hours") or ""
    department = site.departments.get(visit.query("department") or "")
    if not name and department is not None:
        name = department.hours or ALWAYS
    if name and name not in known:
        raise Problem(404, "there are no hours of this name", f"all of them are at {AT}")
    day = day_of(form.get("day") or visit.query("day") or "")
    year = visit.query("year") or ""
    if year.isascii() and year.isdigit() and FIRST_YEAR <= int(year[:5]) <= LAST_YEAR:
        day = same_day(day or today, int(year))
    day = day or today
    return Asked(name or known[0], day.year, day, of)


def change_in(form: Mapping[str, str]) -> Change:
    """Read the form of a change. Raises CannotChange, and Problem for one that no page of ours has sent."""
    day = day_of(form.get("day", ""))
    if day is None:
        raise Problem(400, "this is no day", f"choose one at {AT}")
    return change_of(form.get("hours", ""), day, form.get("wish", ""), form.get("times", ""), form.get("last", ""))


def day_of(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def same_day(day: date, year: int) -> date:
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)
