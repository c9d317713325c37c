"""The page of the audit log: who did what and when, by a day, a person or a word. Parse, look up, render."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aiohttp import web

from ledger.web.times import exact
from server.accounts import Role
from server.studio.audit import Acted, Audit
from server.studio.room import StudioRoom
from server.web.parts import Parts
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/audit"
#: So many of the newest are looked at where no day is named, and so many are shown.
MOST_READ, MOST = 5_000, 300
_LONGEST = 100


@dataclass(frozen=True)
class Row:
    """A deed as the page shows it."""

    deed: Acted
    day: str
    time: str
    exact: str


class AuditPages:
    """Serves /site/audit."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        del room
        self._parts = parts
        self._audit = Audit(parts.journal, parts.clock)

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", AT, self.show, role=Role.ADMIN),)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what was done, the newest first, as far as it is asked for."""
        who, what = (visit.query("who") or "")[:_LONGEST], (visit.query("what") or "")[:_LONGEST]
        zone, day = self._parts.site().company.zone, _day(visit.query("day") or "")
        if day is not None:
            start = datetime.combine(day, time(), zone)
            deeds = await self._audit.of_day(start, datetime.combine(day + timedelta(days=1), time(), zone))
        else:
            deeds = await self._audit.last(MOST_READ)
        found = [deed for deed in deeds if _matches(deed, who, what)]
        rows = [_row(deed, deed.at.astimezone(zone), exact(deed.at, zone)) for deed in found[:MOST]]
        return visit.page(
            "studio/audit.html",
            here_now=AT,
            rows=rows,
            hidden=len(found) - len(rows),
            people=sorted({deed.who for deed in deeds} | ({who} if who else set())),
            who=who,
            what=what,
            day=day.isoformat() if day is not None else "",
            asked=bool(who or what or day),
        )


def _matches(deed: Acted, who: str, what: str) -> bool:
    words = f"{deed.what} {deed.about} {deed.why}".casefold()
    return (not who or deed.who == who) and all(word in words for word in what.casefold().split())


def _row(deed: Acted, at: datetime, said: str) -> Row:
    return Row(deed, f"{at.day} {at:%b %Y}", f"{at:%H:%M:%S}", said)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
