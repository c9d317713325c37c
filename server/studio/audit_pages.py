"""The page of the audit log and its files: who did what, of which kind, when and why. Parse, look up, render."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web

from config.versions.store import VersionStore
from crm_bridge.exchange.formula import defuse
from ledger.web.times import exact
from server.accounts import Role
from server.studio.audit_book import KINDS, AuditBook, Deed
from server.studio.room import StudioRoom
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/audit"
#: So many of the newest are looked at, and so many of those that are found are on the page; a file has all of them.
MOST_READ, MOST = 5_000, 300
_LONGEST = 100
_FIRST, _LAST = date(2000, 1, 1), date(2200, 1, 1)
_COLUMNS = ("at", "who", "kind", "what", "about", "why")


@dataclass(frozen=True)
class Asked:
    """Which deeds are asked for; both days are among them, None is no bound."""

    who: str
    kind: str
    words: str
    start: date | None
    end: date | None

    @property
    def query(self) -> str:
        """The address' part that asks for the same."""
        days = {"from": self.start.isoformat() if self.start else "", "to": self.end.isoformat() if self.end else ""}
        fields = {"who": self.who, "kind": self.kind, "what": self.words, **days}
        return urlencode({name: value for name, value in fields.items() if value})

    def includes(self, deed: Deed) -> bool:
        """Say whether a deed of these days is asked for."""
        acted = deed.acted
        text = f"{acted.what} {acted.about} {acted.why}".casefold()
        wanted = (not self.who or acted.who == self.who) and (not self.kind or deed.kind == self.kind)
        return wanted and all(word in text for word in self.words.casefold().split())


@dataclass(frozen=True)
class Row:
    """A deed as the page shows it."""

    deed: Deed
    day: str
    time: str
    exact: str


class AuditPages:
    """Serves /site/audit, and the same as CSV and JSON."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._parts = parts
        self._book = AuditBook(parts.journal, VersionStore(room.versions))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("GET", AT + ".csv", self.as_csv, role=Role.ADMIN),
            Route("GET", AT + ".json", self.as_json, role=Role.ADMIN),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what was done, the newest first, as far as it is asked for."""
        asked, zone = _asked(visit), self._parts.site().company.zone
        deeds = await self._deeds(asked)
        found = [deed for deed in deeds if asked.includes(deed)]
        rows = [_row(deed, deed.acted.at.astimezone(zone), exact(deed.acted.at, zone)) for deed in found[:MOST]]
        return visit.page(
            "studio/audit.html",
            here_now=AT,
            rows=rows,
            hidden=len(found) - len(rows),
            people=sorted({deed.acted.who for deed in deeds} | ({asked.who} if asked.who else set())),
            kinds=KINDS,
            asked=asked,
            csv=f"{AT}.csv?{asked.query}".rstrip("?"),
            json=f"{AT}.json?{asked.query}".rstrip("?"),
        )

    async def as_csv(self, visit: Visit) -> web.StreamResponse:
        """Send what was done as a table; no cell of it is run by a spreadsheet."""
        written = io.StringIO()
        writer = csv.writer(written)
        writer.writerow(_COLUMNS)
        writer.writerows([defuse(value) for value in one.values()] for one in await self._told(visit))
        return _file(written.getvalue().encode("utf-8-sig"), "text/csv", "audit.csv")

    async def as_json(self, visit: Visit) -> web.StreamResponse:
        """Send what was done as JSON."""
        answer = web.json_response(await self._told(visit))
        assert isinstance(answer.body, bytes), "it was made of a text"
        return _file(answer.body, "application/json", "audit.json")

    async def _told(self, visit: Visit) -> list[dict[str, str]]:
        asked = _asked(visit)
        return [_fields(deed) for deed in await self._deeds(asked) if asked.includes(deed)]

    async def _deeds(self, asked: Asked) -> list[Deed]:
        if asked.start is None and asked.end is None:
            return await self._book.last(MOST_READ)
        zone = self._parts.site().company.zone
        start = datetime.combine(asked.start or _FIRST, time(), zone)
        end = datetime.combine((asked.end or _LAST) + timedelta(days=1), time(), zone)
        return await self._book.between(start, end, MOST_READ)


def _asked(visit: Visit) -> Asked:
    """Read what is asked for. Raises Problem for a day or a kind that is none."""
    kind = visit.query("kind") or ""
    if kind and kind not in KINDS:
        raise Problem(400, "there is no such kind of deed", f"the log is at {AT}")
    who, words = ((visit.query(name) or "")[:_LONGEST] for name in ("who", "what"))
    return Asked(who, kind, words, _day(visit.query("from")), _day(visit.query("to")))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not _FIRST <= day <= _LAST:
        raise Problem(400, "this is no day", "write it such as 2026-11-24")
    return day


def _row(deed: Deed, at: datetime, said: str) -> Row:
    return Row(deed, f"{at.day} {at:%b %Y}", f"{at:%H:%M:%S}", said)


def _fields(deed: Deed) -> dict[str, str]:
    acted = deed.acted
    values = (acted.at.isoformat(), acted.who, KINDS[deed.kind], acted.what, acted.about, acted.why)
    return dict(zip(_COLUMNS, values, strict=True))


def _file(body: bytes, content_type: str, name: str) -> web.Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)
