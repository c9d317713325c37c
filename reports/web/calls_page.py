"""The calls behind a figure, and the list of calls with filters: as a page, as a file. Parses, asks, renders."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from aiohttp import web

from ledger.web.visit import Refusal, Visit, Who
from reports.asking import Ask
from reports.forms.csv_stream import csv_rows
from reports.model import CallRecord
from reports.period import Period
from reports.web.call_file_store import COLUMNS
from reports.web.call_list_store import OUTCOMES
from reports.web.call_rows import callers, row_of
from reports.web.call_wanted import AFTER, Asked, asked_of, kept_query
from reports.web.filters import NoFilter
from reports.web.listing import Behind, Found, Listed, Listing, place_of, place_written
from reports.web.periods import NAMED
from reports.web.room import PATIENCE, ReportsRoom
from reports.web.selection_words import titled, words_of
from reports.web.turns import NoTurn

AT = "/reports/calls"
#: Rows on a page.
PAGE = 100
#: Seconds in which a reader must take a piece of a file.
PIECE_SECONDS = 30.0
#: By which definition the calls behind a figure of an issued report are counted.
BY_THE_ISSUED = "by the definition of the issued report"
BY_TODAYS = "by the definition of today, as the issued report is kept no more"


class CallsPage:
    """Serves /reports/calls and what is kept of it."""

    def __init__(self, room: ReportsRoom) -> None:
        self._room = room

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show a page of the list."""
        room, asked = self._room, self._asked(visit)
        ask = await self.ask(asked, who)
        total, found, listing = await self.look(asked, ask, PAGE, who)
        names = await self._names([record for _, record in found])
        rows = [row_of(place, record, ask.period.zone, ask.called, names) for place, record in found]
        kept = await room.filters.of(who.name) if asked.selection is None else []
        return await asyncio.to_thread(
            visit.page,
            "reports/calls.html",
            asked=asked,
            title=title_of(asked, ask),
            total=total,
            things=listing.things(),
            rows=rows,
            one_day=ask.period.first == ask.period.last,
            period=ask.period,
            first=not asked.after,
            further=asked.query(**{AFTER: place_written(found[-1][0])}) if len(found) == PAGE else "",
            named=NAMED,
            meant=room.meaning(ask.period),
            outcomes=[(name, titled(name)) for name in OUTCOMES],
            departments=room.departments(who),
            people=room.people(),
            kept=kept,
        )

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the whole list as a file, while it is read."""
        asked = self._asked(visit)
        ask = await self.ask(asked, who)
        days = f"{ask.period.first}-to-{ask.period.last}" if ask.period.first != ask.period.last else ask.period.first
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": f'attachment; filename="calls-{days}.csv"',
                "Cache-Control": "no-store",
            }
        )
        pieces = csv_rows(COLUMNS, self.listing(asked, ask).batches(), ask.period.zone)
        async with aclosing(pieces):  # type: ignore[type-var]  # an async generator, typed as what callers need
            heading = await anext(aiter(pieces))
            first = await anext(aiter(pieces), "")  # what cannot be said at all is said before the answer begins
            await response.prepare(visit.request)
            await _written(response, heading + first)
            async for piece in pieces:
                await _written(response, piece)
        async with asyncio.timeout(PIECE_SECONDS):
            await response.write_eof()
        return response

    async def keep(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Keep a list under a name."""
        form = await visit.form()
        query = kept_query(form.get("query", ""), self._country)
        try:
            await self._room.filters.keep(who.name, form.get("name", ""), query)
        except NoFilter as error:
            raise Refusal(400, str(error), "go back and write another") from None
        raise web.HTTPSeeOther(f"{AT}{query}")

    async def remove(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Remove a list that was kept."""
        form = await visit.form()
        if not await self._room.filters.remove(who.name, form.get("name", "")):
            raise Refusal(404, "there is no list of this name", f"your lists are at {AT}")
        raise web.HTTPSeeOther(f"{AT}{kept_query(form.get('query', ''), self._country)}")

    async def look(self, asked: Asked, ask: Ask, limit: int, who: Who) -> tuple[int, Found, Listing]:
        """Return how many rows a list has, and a page of them. Raises Refusal, NoSelection, DatabaseError."""
        listing, after = self.listing(asked, ask), place_of(asked.after)
        try:
            async with self._room.lists_at_once.of(who.name), asyncio.timeout(PATIENCE):
                return await listing.count(), await listing.page(after, limit), listing
        except NoTurn:
            raise Refusal(503, "other lists are being read at this moment", "try again in a moment") from None
        except TimeoutError:
            raise Refusal(503, "this list takes longer than a page can wait", "ask for less time") from None

    async def ask(self, asked: Asked, who: Who) -> Ask:
        """Return the question that a list is, within what somebody may see. Raises Refusal and DatabaseError."""
        room, selection = self._room, asked.selection
        if selection is None:
            departments = room.sight(who)
            room.require_known(asked.wanted.narrowing, departments)
            return room.asking(room.time(asked.wanted), departments=departments)
        period = Period(selection.start, selection.end, room.zone)
        # What somebody did on their own phone they may see, in whatever department it was.
        own = bool(who.person) and selection.person == who.person
        departments = room.departments_of(who) if own else room.sight(who)
        ask = room.asking(period, departments=None if own else departments)
        if selection.issued and room.definition_of is not None:
            definition = await room.definition_of(selection.issued)
            if definition is not None:
                return replace(ask, definition=definition, issued=selection.issued)
        return ask

    def listing(self, asked: Asked, ask: Ask) -> Listing:
        """Return the list that was asked for."""
        if asked.selection is not None:
            return Behind(self._room.facts, ask, asked.selection)
        return Listed(self._room.facts, ask, asked.narrowed)

    def _asked(self, visit: Visit) -> Asked:
        return asked_of(visit, self._country)

    @property
    def _country(self) -> str:
        return self._room.site().company.country

    async def _names(self, records: Sequence[CallRecord]) -> dict[tuple[str, str], str]:
        """Look up what callers are called; a list without their names is better than none."""
        if self._room.names is None:
            return {}
        return dict(await self._room.names(callers(records)))


def title_of(asked: Asked, ask: Ask) -> str:
    """Say what is listed."""
    if asked.selection is not None:
        words = words_of(asked.selection, ask.period.zone, ask.called)
        if not asked.selection.issued:
            return words
        return f"{words}, {BY_THE_ISSUED if ask.issued else BY_TODAYS}"
    said = titled(asked.narrowed.outcome or "offered")
    whose = [ask.called(name) for name in (asked.narrowed.department, asked.narrowed.person) if name]
    return ", ".join((said, *whose, ask.period.title()))


async def _written(response: web.StreamResponse, piece: str) -> None:
    async with asyncio.timeout(PIECE_SECONDS):
        await response.write(piece.encode())
