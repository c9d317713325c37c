"""The page of calls, and one call's story: parse, look up, render."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from config.schema import Site
from ledger.web.visit import Who
from reports.filled import filled_among, filled_words
from reports.imports.stories import find_beside
from reports.imports.story import Account
from reports.imports.telling import Called
from server.data_folder import note_of
from server.web import call_view
from server.web.api import day_asked
from server.web.call_book import CallBook, NoSuchCall
from server.web.call_sight import Sight
from server.web.customer_whose import whose_of
from server.web.entering import who_of
from server.web.live import Live
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Handler, NavItem, Route
from server.web.visit import Visit

#: Calls on one page.
PAGE = 50
NAV = (NavItem("Calls", "/calls"),)


class CallPages:
    """Serves /calls and /calls/{id}; `imported` shows the calls that our journal has not and a file has."""

    def __init__(self, parts: Parts, book: CallBook, live: Live, imported: Handler | None = None) -> None:
        self._parts = parts
        self._book = book
        self._live = live
        self._whose = whose_of(parts)
        self._imported = imported

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", "/calls", self.list_calls), Route("GET", "/calls/{id}", self.tell_call))

    async def list_calls(self, visit: Visit) -> web.StreamResponse:
        """Show the calls of now and of today, or those of another day."""
        today = self._book.today()
        day, before, who = day_asked(visit, today), visit.query("before"), _who(visit)
        sight = self._book.sight(who)
        # The place in the feed is taken first: what happens while we look comes twice rather than never.
        self._live.tell_board()
        position = self._live.feed.position
        try:
            found = await self._book.of_day(day, limit=PAGE, before=before, sight=sight)
        except NoSuchCall:
            raise Problem(404, "there is no such call to go on before", "begin at /calls again") from None
        is_live = day == today and before is None
        ended = [call for call in found.calls if not self._book.is_going_on(call.id)]
        going_on = [call for call in self._book.going_on() if self._live.sees(who, self._live.touched(call))]
        await self._live.names.learn([*(going_on if is_live else ()), *ended])
        return visit.page(
            "calls.html",
            day=day,
            today=today,
            is_live=is_live,
            is_first=before is None,
            yesterday=day - timedelta(days=1),
            tomorrow=day + timedelta(days=1) if day < today else None,
            position=position,
            now=self._parts.clock.now(),
            board=self._live.board(),
            going_on=[self._live.row(call, live=True) for call in going_on] if is_live else [],
            ended=[self._live.row(call, live=False) for call in ended],
            filled=await filled_among(self._parts.database, [call.id for call in ended]),
            earlier=found.earlier,
            numbers=list(self._parts.site().numbers)[:3],
            seen=sight and _seen(sight, self._parts.site()),
        )

    async def tell_call(self, visit: Visit) -> web.StreamResponse:
        """Show what happened in one call, and why."""
        try:
            story = await self._book.story(visit.request.match_info["id"], self._book.sight(_who(visit)))
        except NoSuchCall:
            if self._imported is not None:
                return await self._imported(visit)
            raise Problem(404, "there is no such call, or not for you", "the calls of today are at /calls") from None
        zone = self._parts.site().company.zone
        await self._live.names.learn([story.call])
        going_on = self._book.is_going_on(story.call.id)
        names = note_of(self._parts.site()).names
        return visit.page(
            "story.html",
            call=story.call,
            row=self._live.row(story.call, live=going_on),
            day=story.call.offered_at.astimezone(zone).date(),
            zone=str(zone),
            now=self._parts.clock.now(),
            sentences=call_view.sentences(story.events),
            filled=await filled_words(self._parts.database, story.call.id, zone),
            whose=await self._whose(story.call.id, story.call.ani, story.call.did),
            beside=await self._beside(story.call.id, lambda name: names.get(name, name)),
        )

    async def _beside(self, call: str, called: Called) -> tuple[Account, ...]:
        """Return what files of Asterisk tell of a call of ours; nothing for a server that imports none."""
        return await find_beside(self._parts.database, call, called) if self._imported is not None else ()


def _who(visit: Visit) -> Who:
    assert visit.account is not None, "the guard lets nobody else in"
    return who_of(visit.account)


def _seen(sight: Sight, site: Site) -> str:
    """Say which calls somebody sees who does not see all."""
    names = [site.departments[name].name or name for name in sorted(sight.departments) if name in site.departments]
    if not names and not sight.person:
        return "Your account belongs to nobody of the site, so it sees no calls yet. An admin can give it a person."
    whose = f"of {', '.join(names)}, and " if names else ""
    return f"Listed are the calls {whose}of your own phone, each from when it comes there. Figures count everybody’s."
