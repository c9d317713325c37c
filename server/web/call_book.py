"""The calls as the pages and the API look them up: those going on, those of a day, and one call's story."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from callrouter import archive
from callrouter.calls import Call, fold
from callrouter.events import Event
from callrouter.outbound_story import Placed, placed_of
from server.web import call_store
from server.web.parts import Parts

#: More calls than this are not on one page.
MOST = 500
#: One page's entries: far more than MOST calls of any ordinary length.
MOST_ENTRIES = 100_000
LONGEST_ID = 200
#: After so many calls everybody else gets a turn.
BREATH = 10


@dataclass(frozen=True)
class DayOfCalls:
    """A page of a day's calls, newest first; `earlier` is the call to go on before, None at the end."""

    day: date
    calls: tuple[Call, ...]
    earlier: str | None


@dataclass(frozen=True)
class CallStory:
    """One call with all that happened in it."""

    call: Call
    events: tuple[Event, ...]
    #: How far a call has come that we placed; None for any other.
    placed: Placed | None = None


class NoSuchCall(Exception):
    """There is no call of this id."""


class CallBook:
    """Reads calls from the journal, and takes those going on from the chronicle."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def today(self) -> date:
        """Return the day it is at the site."""
        return self._parts.clock.now().astimezone(self._parts.site().company.zone).date()

    def going_on(self) -> list[Call]:
        """Return the calls of now, oldest first."""
        return sorted(self._parts.chronicle.calls.values(), key=lambda call: call.offered_at)

    def is_going_on(self, call: str) -> bool:
        """Tell whether this call has not ended."""
        return call in self._parts.chronicle.calls

    async def of_day(self, day: date, *, limit: int, before: str | None = None) -> DayOfCalls:
        """Return the newest calls of a day, or those offered before a call; raises NoSuchCall for that one."""
        start, end = self._bounds(day)
        async with self._parts.database.reading() as session:
            anchor = None
            if before is not None and (anchor := await call_store.find_offer(session, _known_form(before))) is None:
                raise NoSuchCall
            ids = await call_store.list_newest(session, start, end, anchor, limit + 1)
            entries = await call_store.list_entries(session, ids[:limit], MOST_ENTRIES)
        by_call: defaultdict[str, list[Event]] = defaultdict(list)
        for event in archive.events_of(entries):
            by_call[event.call].append(event)
        calls: list[Call] = []
        for n, name in enumerate(ids[:limit]):
            if (call := fold(by_call[name])) is not None:
                calls.append(call)
            if n % BREATH == 0:  # callers are served on this event loop too
                await asyncio.sleep(0)
        return DayOfCalls(day, tuple(calls), ids[limit - 1] if len(ids) > limit else None)

    async def story(self, call: str) -> CallStory:
        """Return a call and its events as far as they are stored; raises NoSuchCall."""
        events = await archive.call_story(self._parts.journal, _known_form(call))
        placed = placed_of(events)
        known = fold(events) if placed is None else placed.as_call()
        if known is None:
            raise NoSuchCall
        # What was told a moment ago is not in the journal yet, but the call knows it.
        return CallStory(self._parts.chronicle.calls.get(call, known), tuple(events), placed)

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        zone = self._parts.site().company.zone
        return (
            datetime.combine(day, time(), zone),
            datetime.combine(day + timedelta(days=1), time(), zone),
        )


def _known_form(call: str) -> str:
    """Return an id that may be ours; raises NoSuchCall for what no database takes."""
    if len(call) > LONGEST_ID or not call.isprintable():
        raise NoSuchCall
    return call
