"""The page of calls, and one call's story: parse, look up, render."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from server.web import call_view
from server.web.api import day_asked
from server.web.call_book import CallBook, NoSuchCall
from server.web.customer_whose import whose_of
from server.web.live import Live
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import NavItem, Route
from server.web.visit import Visit

#: Calls on one page.
PAGE = 50
NAV = (NavItem("Calls", "/calls"),)


class CallPages:
    """Serves /calls and /calls/{id}."""

    def __init__(self, parts: Parts, book: CallBook, live: Live) -> None:
        self._parts = parts
        self._book = book
        self._live = live
        self._whose = whose_of(parts)

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", "/calls", self.list_calls), Route("GET", "/calls/{id}", self.tell_call))

    async def list_calls(self, visit: Visit) -> web.StreamResponse:
        """Show the calls of now and of today, or those of another day."""
        today = self._book.today()
        day, before = day_asked(visit, today), visit.query("before")
        # The place in the feed is taken first: what happens while we look comes twice rather than never.
        self._live.tell_board()
        position = self._live.feed.position
        try:
            found = await self._book.of_day(day, limit=PAGE, before=before)
        except NoSuchCall:
            raise Problem(404, "there is no such call to go on before", "begin at /calls again") from None
        is_live = day == today and before is None
        ended = [call for call in found.calls if not self._book.is_going_on(call.id)]
        await self._live.names.learn([*(self._book.going_on() if is_live else ()), *ended])
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
            going_on=[self._live.row(call, live=True) for call in self._book.going_on()] if is_live else [],
            ended=[self._live.row(call, live=False) for call in ended],
            earlier=found.earlier,
            numbers=list(self._parts.site().numbers)[:3],
        )

    async def tell_call(self, visit: Visit) -> web.StreamResponse:
        """Show what happened in one call, and why."""
        try:
            story = await self._book.story(visit.request.match_info["id"])
        except NoSuchCall:
            raise Problem(404, "there is no such call", "the calls of today are at /calls") from None
        zone = self._parts.site().company.zone
        await self._live.names.learn([story.call])
        going_on = self._book.is_going_on(story.call.id)
        return visit.page(
            "story.html",
            call=story.call,
            row=self._live.row(story.call, live=going_on),
            day=story.call.offered_at.astimezone(zone).date(),
            zone=str(zone),
            now=self._parts.clock.now(),
            sentences=call_view.sentences(story.events),
            whose=await self._whose(story.call.id, story.call.ani, story.call.did),
        )
