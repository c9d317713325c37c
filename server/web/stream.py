"""Server-sent events: one connection that tells a page what happens, until either side ends it.

Owns the format, the heartbeat and the deadline of each write. What is told is the feed's business.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from aiohttp import web

from ledger.errors import LedgerError
from server.scopes import Scope
from server.web.call_sight import Touched
from server.web.entering import who_of
from server.web.feed import FeedClosed, FeedFull, Hears, Listener, Message
from server.web.live import Live
from server.web.problems import Problem
from server.web.route import Answer, Operation, Parameter, Route
from server.web.visit import Visit

_EXAMPLE = 'id: 4f2a9c01-17\nevent: board\ndata: {"waiting": 2, "talking": 5}\n\n'


@dataclass(frozen=True)
class Pace:
    """How often a silent stream shows that it lives, and how long one write may take, seconds."""

    beat: float = 15.0
    write: float = 20.0
    #: What a browser waits before it comes back, milliseconds.
    retry: int = 2_000


class EventStream:
    """Serves /events."""

    def __init__(self, live: Live, pace: Pace | None = None) -> None:
        self._live = live
        self._pace = pace or Pace()
        self.cut_off = 0

    def routes(self) -> tuple[Route, ...]:
        described = Operation(
            "streamEvents",
            "What happens, as server-sent events: `call`, `ended`, `board`, `voicemail`, `fax`, `fax_progress` "
            "(pages on the line), `reload` (fetch anew), `beat`. Pages alone hear `desk`: the own desk changed. "
            "An operator's page hears of the calls that the operator sees",
            {
                200: Answer("an endless stream", content_type="text/event-stream", example=_EXAMPLE),
                503: Answer("too many listen"),
            },
            parameters=(
                Parameter(
                    "after", "the id to go on after; Last-Event-ID goes first", {"type": "string"}, "4f2a9c01-17"
                ),
            ),
        )
        return (Route("GET", "/events", self.serve, operation=described, endless=True, scope=Scope.EVENTS_READ),)

    async def serve(self, visit: Visit) -> web.StreamResponse:
        """Send what happens until the browser goes, its login ends, or we stop."""
        after = visit.request.headers.get("Last-Event-ID") or visit.query("after")
        with contextlib.ExitStack() as stack:
            try:
                listener = stack.enter_context(self._live.feed.listening(after, _person(visit), self._hears(visit)))
            except (FeedFull, FeedClosed):
                again = {"Retry-After": "10"}
                raise Problem(503, "too many pages are open", "close some, or reload later", again) from None
            # A proxy that buffers would keep the news to itself.
            headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            response = web.StreamResponse(headers=headers)
            await response.prepare(visit.request)
            try:
                await self._tell(visit, response, listener)
            except TimeoutError:
                # It does not read: nothing of what waits in its socket will be missed.
                self.cut_off += 1
                if visit.request.transport is not None:
                    visit.request.transport.abort()
            except ConnectionError:
                pass  # the page was closed, which is how most streams end
            return response

    def _hears(self, visit: Visit) -> Hears:
        """Return what says of which calls this listener may hear, by the site as it is then."""
        assert visit.account is not None, "the guard lets nobody else in"
        who = who_of(visit.account)
        return lambda about: isinstance(about, Touched) and self._live.sees(who, about)

    async def _tell(self, visit: Visit, response: web.StreamResponse, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        looked = loop.time()
        await self._write(response, f"retry: {self._pace.retry}\n\n")
        while True:
            try:
                message = await listener.next(self._pace.beat)
            except FeedClosed:
                await self._write(response, _text(Message("", "closing")))
                return
            if message is None:
                self._live.tell_board()
                message = Message("", "beat")
            await self._write(response, _text(message))
            if loop.time() - looked >= self._pace.beat:
                looked = loop.time()
                if not await self._still_welcome(visit):
                    await self._write(response, _text(Message("", "expired")))
                    return

    async def _still_welcome(self, visit: Visit) -> bool:
        try:
            return await visit.is_welcome()
        except LedgerError:  # the page goes on showing what happens while the database is away
            return True

    async def _write(self, response: web.StreamResponse, text: str) -> None:
        async with asyncio.timeout(self._pace.write):
            await response.write(text.encode())


def _person(visit: Visit) -> str:
    """Return whose desk's news go to this page: only to a browser in which that person's account is logged in."""
    by_token = "Authorization" in visit.request.headers
    return "" if by_token or visit.account is None else visit.account.person


def _text(message: Message) -> str:
    """Write a message as the standard has it; the data is one line of JSON.

    >>> _text(Message("a-1", "board", "{}"))
    'id: a-1\\nevent: board\\ndata: {}\\n\\n'
    """
    place = f"id: {message.id}\n" if message.id else ""
    return f"{place}event: {message.event}\ndata: {message.data}\n\n"
