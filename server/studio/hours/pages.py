"""The opening hours as a calendar of the year, a week with its times, and one day with its reasons. Parse, render."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
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
from server.studio.editor.editing import DraftEditor
from server.studio.hours.asked import AT, Asked, asked_of, change_in, day_of, same_day
from server.studio.hours.change import (
    MOST_DAYS,
    CannotChange,
    Change,
    ChangedBySomebody,
    Written,
    take_back,
    write,
)
from server.studio.hours.places import ALWAYS, calendars, departments_of, hours_of, one_day, places_on, users_of
from server.studio.hours.shut import Shut, meant_for, on_days, stays_of, told_in
from server.studio.hours.trial import trial_of
from server.studio.hours.year import FIRST_YEAR, LAST_YEAR, Day, days_of, year_of
from server.studio.overview.sites import DRAFT, Seen
from server.studio.room import StudioRoom
from server.studio.sight import LOOKS, side_for
from server.studio.trying.walk import state_words
from server.web.parts import Parts
from server.web.route import Route
from server.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar; `before` are the empty places before its first day."""

    first: date
    before: int
    days: tuple[Day, ...]


class HoursPages:
    """Serves /site/hours."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._parts = parts
        self._sites = room.sites
        self._editor = DraftEditor(room, parts.clock.now)
        #: What each admin wrote last, to be taken back: bounded by the accounts there are.
        self._written: dict[str, Written] = {}

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=LOOKS),
            Route("POST", AT, self.change, role=Role.ADMIN),
            Route("POST", f"{AT}/undo", self.undo, role=Role.ADMIN),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show the calendar of a year, or how it would be with some days changed."""
        if not visit.query("look"):
            return await self._page(visit)
        form = {name: visit.query(name) or "" for name in ("hours", "day", "last", "wish", "times", "digest")}
        try:
            return await self._page(visit, form=form, change=change_in(form))
        except CannotChange as error:
            return await self._page(visit, form=form, status=400, error=str(error))

    async def change(self, visit: Visit) -> web.StreamResponse:
        """Write days that are not as usual into the draft."""
        form = await visit.form()
        assert visit.account is not None, "the guard lets nobody else in"
        try:
            wanted = change_in(form)
            about(visit, wanted.words)
            written = await write(self._editor, wanted, form.get("digest", ""), visit.account.name)
        except ChangedBySomebody as error:
            return await self._page(visit, form=form, status=409, error=str(error))
        except (CannotChange, EditRefused, NoSuchFile, CannotWrite) as error:
            return await self._page(visit, form=form, status=400, error=str(error))
        self._written[visit.account.name] = written
        return _back_to(wanted.hours, wanted.day, wanted.wish)

    async def undo(self, visit: Visit) -> web.StreamResponse:
        """Take back what one wrote last, if nobody has changed the file since."""
        form = await visit.form()
        assert visit.account is not None, "the guard lets nobody else in"
        written = self._written.pop(visit.account.name, None)
        try:
            if written is None or written.digest != form.get("of"):
                raise CannotChange("there is nothing to take back any more: change the days themselves")
            about(visit, written.words)
            await take_back(self._editor, written, visit.account.name)
        except ChangedBySomebody as error:
            return await self._page(visit, form=form, status=409, error=str(error))
        except (CannotChange, NoSuchFile, CannotWrite) as error:
            return await self._page(visit, form=form, status=400, error=str(error))
        return _back_to(form.get("hours", ""), day_of(form.get("day", "")), "back")

    async def _page(
        self,
        visit: Visit,
        *,
        form: dict[str, str] | None = None,
        status: int = 200,
        error: str = "",
        change: Change | None = None,
    ) -> web.Response:
        form = form or {}
        of = side_for(visit)
        seen = await (self._sites.draft() if of == DRAFT else self._sites.published())
        cannot = seen.site is None
        if cannot:
            seen = await self._sites.published()
        assert seen.site is not None, "what is served was loaded"
        site: Site = seen.site
        today = self._parts.clock.now().astimezone(site.company.zone).date()
        asked = asked_of(visit, form, site, today, of)
        if asked is None:
            return visit.page(
                "studio/hours.html", here_now=AT, site=site, asked=None, cannot=cannot, edit=seen.edit(None)
            )
        digest = await self._digest(asked.hours) if of == DRAFT and not cannot and asked.hours != ALWAYS else ""
        trial = None
        if change is not None and digest:
            trial, site = await asyncio.to_thread(trial_of, site, change)
        hours = hours_of(site, asked.hours)
        year = await asyncio.to_thread(year_of, hours, site.company.timezone, asked.year, country=site.company.country)
        zone = ZoneInfo(hours.timezone or site.company.timezone)
        week = _week(site, asked)
        shut = await self._shut(site, asked, zone, (year[0].date, year[-1].date, week[0].date, week[-1].date))
        written = self._written.get(visit.account.name) if visit.account is not None else None
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
            day=one_day(site, asked.hours, asked.day),
            week=week,
            shut=shut,
            trial=trial,
            always=asked.hours == ALWAYS,
            calendars={name: users_of(site, name) for name in calendars(site)},
            undo=written if written is not None and written.digest == digest and digest else None,
            latest=(asked.day + timedelta(days=MOST_DAYS - 1)).isoformat(),
            unusual=[day for day in year if not day.is_usual or day.date in shut],
            tally={kind: sum(day.kind == kind for day in year) for kind in ("open", "short", "special", "off")},
            places=tuple(places_on(site, asked.day)),
            today=today,
            week_step=timedelta(days=7),
            digest=digest,
            error=error,
            done=visit.query("done") or "",
            form=form,
            edit=_edit(seen, asked.hours),
            noon=datetime.combine(asked.day, time(12)).isoformat(timespec="minutes"),
            before=asked.query(day=same_day(asked.day, asked.year - 1).isoformat()) if asked.year > FIRST_YEAR else "",
            after=asked.query(day=same_day(asked.day, asked.year + 1).isoformat()) if asked.year < LAST_YEAR else "",
        )

    async def _shut(
        self, site: Site, asked: Asked, zone: ZoneInfo, days: Iterable[date]
    ) -> dict[date, tuple[Shut, ...]]:
        """Return what is closed by hand on the days that are shown."""
        first, last = min(days), max(days)
        told = await told_in(self._parts.journal, first, last, zone)
        office = self._parts.closures
        closed_now = office.closures.now() if office is not None else None
        stays = meant_for(stays_of(told, self._parts.clock.now(), closed_now), departments_of(site, asked.hours))
        return on_days(stays, site, zone, first, last)

    async def _digest(self, hours: str) -> str:
        """Return the digest of the file in which these hours are written; '' where nobody can tell."""
        look = await self._editor.look()
        try:
            return look.file(look.home_of("hours", hours)).digest
        except NoSuchFile:
            return ""


def _back_to(hours: str, day: date | None, done: str) -> web.Response:
    query = urlencode({"hours": hours, "day": day.isoformat() if day is not None else "", "done": done})
    return web.Response(status=303, headers={"Location": f"{AT}?{query}#day", "Cache-Control": "no-store"})


def _months(year: tuple[Day, ...]) -> tuple[Month, ...]:
    months = []
    for number in range(1, 13):
        days = tuple(day for day in year if day.date.month == number)
        months.append(Month(days[0].date, days[0].date.weekday(), days))
    return tuple(months)


def _week(site: Site, asked: Asked) -> tuple[Day, ...]:
    monday = asked.day - timedelta(days=asked.day.weekday())
    return days_of(
        hours_of(site, asked.hours),
        site.company.timezone,
        monday,
        monday + timedelta(days=6),
        country=site.company.country,
    )


def _edit(seen: Seen, hours: str) -> str:
    """Return the address at which these hours are edited."""
    if seen.root is None:
        return seen.edit(None)
    return seen.edit(locate(seen.root, ("departments",) if hours == ALWAYS else ("hours", hours)).key)
