"""The opening hours as a calendar of the year, a week with its times, and one day with its reasons. Parse, render."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from config.calendar import open_state
from config.edit.files import CannotWrite, NoSuchFile
from config.edit.rewrite import EditRefused
from config.reading.tree import locate
from config.schema import Site
from server.accounts import Role
from server.studio.audit import about
from server.studio.editor.desk import EditDesk
from server.studio.hours.change import CannotChange, ChangedBySomebody, change_of, write
from server.studio.hours.year import FIRST_YEAR, LAST_YEAR, Day, days_of, year_of
from server.studio.overview.sites import DRAFT, PUBLISHED, Seen, Sites
from server.studio.room import StudioRoom
from server.studio.trying.walk import state_words
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
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


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar; `before` are the empty places before its first day."""

    first: date
    before: int
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A menu or department with opening hours, and how it stands at noon of a day and over it."""

    kind: str
    name: str
    title: str
    hours: str
    day: Day


class HoursPages:
    """Serves /site/hours."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._parts = parts
        self._sites = Sites(room)
        self._desk = EditDesk(room, parts.clock.now)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("POST", AT, self.change, role=Role.ADMIN),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show the calendar of a year."""
        return await self._page(visit)

    async def change(self, visit: Visit) -> web.StreamResponse:
        """Write a day that is not as usual into the draft."""
        form = await visit.form()
        assert visit.account is not None, "the guard lets nobody else in"
        day = _day(form.get("day", ""))
        if day is None:
            raise Problem(400, "this is no day", f"choose one at {AT}")
        try:
            wanted = change_of(form.get("hours", ""), day, form.get("wish", ""), form.get("times", ""))
            about(visit, wanted.words)
            await write(self._desk, wanted, form.get("digest", ""), visit.account.name)
        except ChangedBySomebody as error:
            return await self._page(visit, form=form, status=409, error=str(error))
        except (CannotChange, EditRefused, NoSuchFile, CannotWrite) as error:
            return await self._page(visit, form=form, status=400, error=str(error))
        query = urlencode({"hours": wanted.hours, "day": day.isoformat(), "done": wanted.wish})
        return web.Response(status=303, headers={"Location": f"{AT}?{query}#day", "Cache-Control": "no-store"})

    async def _page(
        self, visit: Visit, *, form: dict[str, str] | None = None, status: int = 200, error: str = ""
    ) -> web.Response:
        form = form or {}
        of = PUBLISHED if visit.query("of") == PUBLISHED else DRAFT
        seen = await (self._sites.draft() if of == DRAFT else self._sites.published())
        cannot = seen.site is None
        if cannot:
            seen = await self._sites.published()
        site = seen.site
        assert site is not None, "what is served was loaded"
        today = self._parts.clock.now().astimezone(site.company.zone).date()
        asked = _asked(visit, form, site, today, of)
        if asked is None:
            return visit.page(
                "studio/hours.html", here_now=AT, site=site, asked=None, cannot=cannot, edit=seen.edit(None)
            )
        hours = site.hours[asked.hours]
        year = await asyncio.to_thread(year_of, hours, site.company.timezone, asked.year, country=site.company.country)
        digest = await self._digest(asked.hours) if of == DRAFT and not cannot else ""
        zone = ZoneInfo(hours.timezone or site.company.timezone)
        return visit.page(
            "studio/hours.html",
            status=status,
            here_now=AT,
            asked=asked,
            site=site,
            cannot=cannot,
            seen=seen,
            hours=hours,
            zone=zone.key,
            now_words=state_words(open_state(hours, site.company.timezone, self._parts.clock.now()), zone),
            months=_months(year),
            day=_one(hours_day=asked.day, site=site, hours=asked.hours),
            week=_week(site, asked),
            unusual=[day for day in year if not day.is_usual],
            tally={kind: sum(day.kind == kind for day in year) for kind in ("open", "short", "special", "off")},
            places=tuple(_places(site, asked.day)),
            users={name: tuple(_users(site, name)) for name in site.hours},
            today=today,
            week_step=timedelta(days=7),
            digest=digest,
            error=error,
            done=visit.query("done") or "",
            form=form,
            edit=_edit(seen, asked.hours),
            noon=datetime.combine(asked.day, time(12)).isoformat(timespec="minutes"),
            before=asked.query(day=_same_day(asked.day, asked.year - 1).isoformat()) if asked.year > FIRST_YEAR else "",
            after=asked.query(day=_same_day(asked.day, asked.year + 1).isoformat()) if asked.year < LAST_YEAR else "",
        )

    async def _digest(self, hours: str) -> str:
        """Return the digest of the file in which these hours are written; '' where nobody can tell."""
        look = await self._desk.look()
        try:
            return look.file(look.home_of("hours", hours)).digest
        except NoSuchFile:
            return ""


def _asked(visit: Visit, form: dict[str, str], site: Site, today: date, of: str) -> Asked | None:
    """Return what is asked for; None on a site without opening hours. Raises Problem."""
    if not site.hours:
        return None
    name = form.get("hours") or visit.query("hours") or ""
    department = site.departments.get(visit.query("department") or "")
    if not name and department is not None and department.hours is not None:
        name = department.hours
    if name and name not in site.hours:
        raise Problem(404, "there are no hours of this name", f"all of them are at {AT}")
    day = _day(form.get("day") or visit.query("day") or "")
    year = visit.query("year") or ""
    if year.isascii() and year.isdigit() and FIRST_YEAR <= int(year[:5]) <= LAST_YEAR:
        day = _same_day(day or today, int(year))
    day = day or today
    return Asked(name or next(iter(site.hours)), day.year, day, of)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _same_day(day: date, year: int) -> date:
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


def _months(year: tuple[Day, ...]) -> tuple[Month, ...]:
    months = []
    for number in range(1, 13):
        days = tuple(day for day in year if day.date.month == number)
        months.append(Month(days[0].date, days[0].date.weekday(), days))
    return tuple(months)


def _one(*, hours_day: date, site: Site, hours: str) -> Day:
    found = days_of(site.hours[hours], site.company.timezone, hours_day, hours_day, country=site.company.country)
    return found[0]


def _week(site: Site, asked: Asked) -> tuple[Day, ...]:
    monday = asked.day - timedelta(days=asked.day.weekday())
    return days_of(
        site.hours[asked.hours],
        site.company.timezone,
        monday,
        monday + timedelta(days=6),
        country=site.company.country,
    )


def _places(site: Site, day: date) -> Iterator[Place]:
    """Yield everything that has opening hours, with how this day is there."""
    days = {name: _one(hours_day=day, site=site, hours=name) for name in site.hours}
    for name, department in site.departments.items():
        if department.hours in days:
            yield Place("department", name, department.name or name, department.hours, days[department.hours])
    for name, menu in site.menus.items():
        if menu.closed is not None and menu.closed.hours in days:
            yield Place("menu", name, name, menu.closed.hours, days[menu.closed.hours])


def _users(site: Site, hours: str) -> Iterator[str]:
    """Yield the titles of what these hours are for."""
    yield from (one.name or name for name, one in site.departments.items() if one.hours == hours)
    yield from (
        f"menu {name}" for name, menu in site.menus.items() if menu.closed is not None and menu.closed.hours == hours
    )


def _edit(seen: Seen, hours: str) -> str:
    """Return the address at which these hours are edited."""
    if seen.root is None:
        return seen.edit(None)
    return seen.edit(locate(seen.root, ("hours", hours)).key)
