"""The page of the back-test: choose days, see how far it is, stop it, read what came of it. Parse, look up, render."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from callrouter.backtest.report import BranchCount, Listed, Report
from callrouter.backtest.run import Wish
from callrouter.caller_number import is_withheld
from server.accounts import Role
from server.site_sides import PUBLISHED, NoSuchSide, Side
from server.studio.backtesting.job import Asked, BacktestJob, Standing
from server.studio.changes_pages import DRAFT, side
from server.studio.room import StudioRoom
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/backtest"
DAYS = (7, 30, 90)
#: Calls on a page of the list.
A_PAGE = 50


@dataclass(frozen=True)
class Row:
    """A branch as the page shows it; `share` is of the calls that end elsewhere, in percent."""

    number: int
    branch: BranchCount
    share: float


@dataclass(frozen=True)
class CallRow:
    """A call as the page shows it."""

    call: Listed
    caller: str
    at: str


class BacktestPages:
    """Serves /site/backtest."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._room = room
        self._parts = parts
        self.job = BacktestJob(parts.database.url.render_as_string(hide_password=False))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("GET", AT + "/progress", self.progress, role=Role.ADMIN),
            Route("POST", AT, self.start, role=Role.ADMIN),
            Route("POST", AT + "/cancel", self.cancel, role=Role.ADMIN),
        )

    def close(self) -> None:
        """Leave no back-test behind."""
        self.job.close()

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show the form, and how the last one stands."""
        return await self._page(visit)

    async def progress(self, visit: Visit) -> web.StreamResponse:
        """Answer how far it is, for the script."""
        standing = self.job.standing
        running = standing is not None and standing.is_running
        done, calls = (standing.done, standing.calls) if standing is not None else (0.0, 0)
        said = {"running": running, "done": done, "calls": calls}
        return web.json_response(said, headers={"Cache-Control": "no-store"})

    async def start(self, visit: Visit) -> web.StreamResponse:
        """Begin one, of what the draft is now. Raises Problem."""
        form = await visit.form()
        days = form.get("days", "")
        if days not in {str(known) for known in DAYS}:
            raise Problem(400, "these are no days", f"choose one of {', '.join(map(str, DAYS))}")
        try:
            old, new = await asyncio.to_thread(self._sides)
        except NoSuchSide as error:
            return await self._page(visit, status=409, trouble=str(error))
        until = self._parts.clock.now()
        asked = Asked(old.site.version, new.site.version, int(days), until)
        self.job.start(asked, Wish(old.site, new.site, until - timedelta(days=int(days)), until, old.version))
        return _back()

    async def cancel(self, visit: Visit) -> web.StreamResponse:
        """End the one under way."""
        await self.job.cancel()
        return _back()

    def _sides(self) -> tuple[Side, Side]:
        return side(self._room, PUBLISHED), side(self._room, DRAFT)

    async def _page(self, visit: Visit, *, status: int = 200, trouble: str = "") -> web.Response:
        standing = self.job.standing
        report = standing.report if standing is not None else None
        chosen = _number(visit.query("branch"))
        page = max(1, _number(visit.query("page")) or 1)
        calls = _chosen(report, chosen) if report is not None else []
        last = max(1, -(-len(calls) // A_PAGE))
        page = min(page, last)
        return visit.page(
            "studio/backtest.html",
            status=status,
            here_now=AT,
            days=DAYS,
            standing=standing,
            report=report,
            is_old=report is not None and await self._is_old(standing),
            trouble=trouble or (standing.trouble if standing is not None else ""),
            rows=_rows(report) if report is not None else [],
            chosen=chosen,
            calls=[self._row(one) for one in calls[(page - 1) * A_PAGE : page * A_PAGE]],
            count=len(calls),
            page=page,
            last=last,
        )

    async def _is_old(self, standing: Standing | None) -> bool:
        """Tell whether the draft, or what is published, is another by now."""
        try:
            old, new = await asyncio.to_thread(self._sides)
        except NoSuchSide:
            return True
        return standing is not None and (standing.asked.against, standing.asked.draft) != (
            old.site.version,
            new.site.version,
        )

    def _row(self, one: Listed) -> CallRow:
        at = one.at.astimezone(self._room.site().company.zone)
        caller = "Number withheld" if is_withheld(one.ani) else one.ani
        return CallRow(one, caller, f"{at.day} {at:%b %Y, %H:%M}")


def _rows(report: Report) -> list[Row]:
    return [
        Row(n, branch, round(100 * branch.calls / max(1, report.elsewhere), 1))
        for n, branch in enumerate(report.branches, 1)
    ]


def _chosen(report: Report, number: int | None) -> list[Listed]:
    """Return the calls of one branch, of all where none was chosen."""
    if number is None or not 1 <= number <= len(report.branches):
        return list(report.listed)
    wanted = report.branches[number - 1][:4]
    return [one for one in report.listed if (one.origin, one.by, one.was, one.now) == wanted]


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 8 else None


def _back() -> web.Response:
    return web.Response(status=303, headers={"Location": AT, "Cache-Control": "no-store"})
