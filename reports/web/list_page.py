"""The list of reports: what each tells, for the time that is chosen, which the address alone remembers."""

from __future__ import annotations

from aiohttp import web

from ledger.web.visit import Visit, Who
from reports.web.asking import wanted_of
from reports.web.periods import NAMED
from reports.web.room import ReportsRoom

HOME = "/reports"


class ListPage:
    """Serves /reports."""

    def __init__(self, room: ReportsRoom) -> None:
        self._room = room

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show which reports there are for who asks."""
        room = self._room
        wanted = wanted_of(visit, ())
        period = room.time(wanted)
        offered = room.offered(who)
        return visit.page(
            "reports/list.html",
            reports=offered,
            issues=room.issues and bool(offered),
            wanted=wanted,
            period=period,
            named=NAMED,
            meant=room.meaning(period),
            own_day=bool(who.person and room.own_day),
        )
