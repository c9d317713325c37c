"""One report as a page and as a file; and the page of a person's own day. Parses, asks, renders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from ledger.web.visit import Handler, Refusal, Visit, Who
from reports.asking import Ask
from reports.builders.base import Report
from reports.document import Document
from reports.forms.as_csv import NoTable, table_names
from reports.forms.named import FORMS
from reports.forms.words import made_said
from reports.web.asking import COMMON, Wanted, wanted_of
from reports.web.paper import NoPaper, Paper
from reports.web.periods import NAMED, around
from reports.web.report_view import view_of
from reports.web.room import BUSY, PATIENCE, Busy, ReportsRoom, TooLong
from reports.web.turns import NoTurn

#: The lengths of an interval that a page offers.
MINUTES = (15, 30, 60)
#: Seconds in which a file must have gone.
SEND_SECONDS = 120.0


class ReportPage:
    """Serves /reports/{name}, its files and /reports/my-day. `position` tells where the news begin for a page."""

    def __init__(self, room: ReportsRoom, position: Callable[[], str]) -> None:
        self._room = room
        self._position = position

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show a report."""
        position = self._position()
        report, wanted = self._asked(visit, who)
        ask = self._room.ask(report, wanted, who)
        try:
            doc = await self._room.make(report.name, ask, who)
        except TooLong as error:
            return self._too_long(visit, report, wanted, ask, busy=isinstance(error, Busy))
        return await self._page(visit, doc, position, self._around(who, report, wanted, ask), report.name)

    async def own_day(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show who asks their own day."""
        room, position = self._room, self._position()
        if room.own_day is None or not who.person:
            raise Refusal(404, "your account belongs to nobody who has a phone here", "ask an admin to say whose it is")
        wanted = wanted_of(visit, ())
        period = room.time(wanted)
        if period.first != period.last:
            raise Refusal(400, "this page tells of one day", "write `from` alone")
        ask = room.asking(period, person=who.person)
        try:
            async with room.reports_at_once.of(who.name), asyncio.timeout(PATIENCE):
                doc = await room.own_day(who.person, ask)
        except NoTurn:
            raise Refusal(503, BUSY, "try again in a moment") from None
        except TimeoutError:
            raise Refusal(503, "this takes longer than a page can wait", "try again in a moment") from None
        around_ = self._around(who, None, wanted, ask)
        return await self._page(visit, doc, position, around_, "my-day")

    def sending(self, form: str) -> Handler:
        """Return what sends a report as a file of this form."""

        async def send(visit: Visit, who: Who) -> web.StreamResponse:
            return await self._send(visit, who, form)

        return send

    async def _send(self, visit: Visit, who: Who, form: str) -> web.StreamResponse:
        report = self._room.report(visit.request.match_info["name"], who)
        wanted = wanted_of(visit, (*sorted(report.takes), "table"))
        table = wanted.narrowing.get("table") or None
        wanted = wanted.keeping(report.takes)
        try:
            doc = await self._room.make(report.name, self._room.ask(report, wanted, who), who)
            paper = await self._room.papers.make(doc, form, base_of(visit), table)
        except Busy:
            raise Refusal(503, BUSY, "try again in a moment") from None
        except TooLong:
            raise Refusal(503, "this report takes longer than a page can wait", "ask for less time") from None
        except NoTable as error:
            raise Refusal(400, str(error), "or leave `table` out") from None
        except NoPaper as error:
            raise Refusal(503, f"the file was not made: {error}", "look at the page instead") from None
        return sent(paper)

    def _asked(self, visit: Visit, who: Who) -> tuple[Report, Wanted]:
        report = self._room.report(visit.request.match_info["name"], who)
        return report, wanted_of(visit, sorted(report.takes))

    async def _page(
        self, visit: Visit, doc: Document, position: str, around_: Mapping[str, Any], name: str
    ) -> web.StreamResponse:
        view = await asyncio.to_thread(view_of, doc)
        goes_on = doc.period.start <= self._room.clock.now() < doc.period.end
        return await asyncio.to_thread(  # with many rows it takes longer than calls should wait
            visit.page,
            "reports/report.html",
            doc=doc,
            name=name,
            view=view,
            made=made_said(doc),
            files=list(FORMS) if name != "my-day" else [],
            issues=self._room.issues and name != "my-day",
            tables=table_names(doc),
            position=position if goes_on else "",
            now=self._room.clock.now(),
            **around_,
        )

    def _too_long(self, visit: Visit, report: Report, wanted: Wanted, ask: Ask, *, busy: bool) -> web.StreamResponse:
        page = visit.page(
            "reports/too_long.html",
            report=report,
            wanted=wanted,
            busy=busy,
            period=ask.period,
            seconds=PATIENCE,
            issues=self._room.issues,
            ordered=_fields(wanted),
            files=list(FORMS),
        )
        page.set_status(503)
        return page

    def _around(self, who: Who, report: Report | None, wanted: Wanted, ask: Ask) -> dict[str, Any]:
        """Return what stands around the figures: other times, and what may be narrowed."""
        takes = report.takes if report is not None else frozenset()
        before, after = around(ask.period, -1), around(ask.period, +1)
        return {
            "report": report,
            "wanted": wanted,
            "ordered": _fields(wanted),
            "named": NAMED if report is not None else {},
            "meant": self._room.meaning(ask.period),
            "earlier": wanted.between(before),
            "later": wanted.between(after if after is not None and after.start <= ask.now else None),
            "departments": _choices(takes, "department", self._room.departments(who), wanted),
            "people": _choices(takes, "person", self._room.people(who), wanted),
            "minutes": MINUTES if "minutes" in takes else (),
            "chosen_minutes": ask.minutes,
            "others": sorted(takes - set(COMMON)),
        }


def _choices(
    takes: frozenset[str], name: str, known: Sequence[tuple[str, str]], wanted: Wanted
) -> Sequence[tuple[str, str]]:
    """Return what a field offers, and what was chosen, should the site not know it any more."""
    if name not in takes:
        return ()
    chosen = wanted.narrowing.get(name, "")
    return known if not chosen or chosen in dict(known) else (*known, (chosen, chosen))


def base_of(visit: Visit) -> str:
    """Return the address of this server as who asks knows it; the guard has seen that it is ours."""
    return str(visit.request.url.origin())


def sent(paper: Paper) -> web.StreamResponse:
    """Answer with a file to be saved."""
    headers = {
        "Content-Type": paper.content_type,
        "Content-Disposition": f'attachment; filename="{paper.name}"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=paper.content, headers=headers)


def _fields(wanted: Wanted) -> dict[str, str]:
    """Return what a form says that orders the same report."""
    return {"period": wanted.period, "from": wanted.start, "to": wanted.end, **wanted.narrowing}
