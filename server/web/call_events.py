"""Live call events for programs, as server-sent events: from the journal, so that who comes back has missed nothing.

Owns the stream: its format, its heart-beat, and the end of who reads too slowly. What is told is in
`call_events_reading`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from callrouter.archive import events_of
from callrouter.events import Event, to_data
from ledger.entry import StoredEntry
from ledger.errors import DatabaseError, LedgerError
from ledger.safekeeping import TOPIC
from server.web.call_book import CallBook
from server.web.call_events_reading import PAGE, TOLD, Filter, SharedReading, Wanted
from server.web.entering import who_of
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.stream import Pace
from server.web.visit import Visit

log = structlog.get_logger(__name__)

#: So many streams at once.
MOST = 50
#: The longest a stream goes without looking, seconds: another machine's wake-up may be lost.
LOOK_ANYWAY = 2.0
#: What happens within this time is read together, seconds.
GATHER = 0.02
#: Letters that are written at once; while they wait for the reader nothing more is made ready.
PIECE = 64 * 1024


class CallEvents:
    """Serves /api/v1/calls/events."""

    def __init__(self, parts: Parts, pace: Pace | None = None) -> None:
        self._parts = parts
        self._pace = pace or Pace()
        self._reading = SharedReading(parts.journal)
        self._book = CallBook(parts)
        self._listening = 0
        self._closed = False
        self.cut_off = 0

    def close(self) -> None:
        """Let every stream come to its end."""
        self._closed = True
        self._parts.database.wakeups.wake(TOPIC)

    async def serve(self, visit: Visit) -> web.StreamResponse:
        """Send what happens in calls until the program goes, its token ends, or we stop."""
        assert visit.account is not None, "the guard lets nobody else in"
        after, who = _after(visit), who_of(visit.account)
        passing = Filter(self._wanted(visit), self._reading, lambda: self._book.sight(who))
        if self._closed or self._listening >= MOST:
            raise Problem(503, "too many programs listen", "end some, or come back later", {"Retry-After": "10"})
        self._listening += 1
        try:
            newest = await self._reading.newest()
            response = await _prepared(visit)
            try:
                await self._write(response, f"retry: {self._pace.retry}\n\n")
                if after is not None and after > newest:
                    # The journal is another one than it was: whoever comes back must know that something is missing.
                    await self._write(response, f"id: {newest}\nevent: reset\ndata: {{}}\n\n")
                    after = newest
                await self._tell(visit, response, newest if after is None else after, passing)
            except TimeoutError:
                self.cut_off += 1
                log.warning("a program that does not read its events was cut off", listening=self._listening)
                if visit.request.transport is not None:
                    visit.request.transport.abort()
            except ConnectionError:
                pass  # the program went, which is how most streams end
            return response
        finally:
            self._listening -= 1

    async def _tell(self, visit: Visit, response: web.StreamResponse, seq: int, passing: Filter) -> None:
        """Send page after page of the journal; between them wait for more, and show now and then that we live."""
        loop = asyncio.get_running_loop()
        beat_at = loop.time() + self._pace.beat
        with self._parts.database.wakeups.listening(TOPIC) as woken:
            while not self._closed:
                woken.clear()
                entries = await self._page(seq)
                async for text in self._texts(entries, passing):
                    await self._write(response, text)
                seq = entries[-1].seq if entries else seq
                if loop.time() >= beat_at:
                    beat_at = loop.time() + self._pace.beat
                    # With the place in the journal, so that who comes back need not go through what was not told.
                    await self._write(response, f": beat\nid: {seq}\n\n")
                    if not await _still_welcome(visit):
                        await self._write(response, "event: expired\ndata: {}\n\n")
                        return
                if len(entries) < PAGE:
                    await self._wait(woken, beat_at - loop.time())
            await self._write(response, "event: closing\ndata: {}\n\n")

    async def _page(self, seq: int) -> list[StoredEntry]:
        try:
            return await self._reading.after(seq)
        except DatabaseError:
            return []  # it goes on when the database is back; the heart-beat goes on meanwhile

    async def _texts(self, entries: list[StoredEntry], passing: Filter) -> AsyncIterator[str]:
        """Write what is told of these entries, some at a time."""
        texts: list[str] = []
        size = 0
        for entry in entries:
            for event in events_of([entry]) if entry.kind in TOLD and entry.call else ():
                if await passing.passes(entry, event):
                    texts.append(_text(entry.seq, event))
                    size += len(texts[-1])
            if size >= PIECE:
                yield "".join(texts)
                texts, size = [], 0
        if texts:
            yield "".join(texts)

    async def _wait(self, woken: asyncio.Event, beat: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, min(beat, LOOK_ANYWAY))):
                await woken.wait()
        except TimeoutError:
            return
        await asyncio.sleep(min(GATHER, self._pace.beat))

    async def _write(self, response: web.StreamResponse, text: str) -> None:
        async with asyncio.timeout(self._pace.write):
            await response.write(text.encode())

    def _wanted(self, visit: Visit) -> Wanted:
        site = self._parts.site()
        wanted = Wanted(visit.query("department") or "", visit.query("person") or "")
        if wanted.department and wanted.department not in site.departments:
            raise Problem(400, "there is no such department", "they are named in the site")
        if wanted.person and wanted.person not in site.people:
            raise Problem(400, "there is no such person", "they are at /api/v1/agents")
        return wanted


def _text(seq: int, event: Event) -> str:
    """Write an event as the standard has it; the data is one line of JSON."""
    told = {
        "id": str(seq),
        "event": event.KIND,
        "at": event.at.isoformat(),
        "call": event.call,
        "agent": event.agent,
        "department": event.department,
        "data": to_data(event),
    }
    return f"id: {seq}\nevent: {event.KIND}\ndata: {json.dumps(told)}\n\n"


def _after(visit: Visit) -> int | None:
    """Return the number to go on behind, None for from now on; raises Problem."""
    text = visit.request.headers.get("Last-Event-ID") or visit.query("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "this is no id of an event", "send the `id` of the last one you had")
    return int(text)


async def _prepared(visit: Visit) -> web.StreamResponse:
    # A proxy that buffers would keep the news to itself.
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(visit.request)
    return response


async def _still_welcome(visit: Visit) -> bool:
    try:
        return await visit.is_welcome()
    except LedgerError:  # the stream goes on while the database is away
        return True
