"""The calls as the pages and the API look them up: those going on, those of a day, and one call's story."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from callrouter import archive
from callrouter.calls import Call, fold
from callrouter.events import Event, FaxCallBegun
from callrouter.outbound_story import Placed, placed_of
from ledger.web.visit import Who
from server.web import call_store
from server.web.call_sight import Sight, Touched, sight_of
from server.web.parts import Parts

#: More calls than this are not on one page.
MOST = 500
#: One page's entries: far more than MOST calls of any ordinary length.
MOST_ENTRIES = 100_000
LONGEST_ID = 200
#: What so many accounts see is remembered, for one version of the site.
MOST_SIGHTS = 1_000
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

    @property
    def touched(self) -> Touched:
        """Whom the call has concerned."""
        return Touched.by(self.events) | Touched.by_call(self.call)


class NoSuchCall(Exception):
    """There is no call of this id."""


class CallBook:
    """Reads calls from the journal, and takes those going on from the chronicle."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._sights: dict[Who, Sight | None] = {}
        self._sights_by = parts.site()

    def today(self) -> date:
        """Return the day it is at the site."""
        return self._parts.clock.now().astimezone(self._parts.site().company.zone).date()

    def going_on(self) -> list[Call]:
        """Return the calls of now, oldest first."""
        return sorted(self._parts.chronicle.calls.values(), key=lambda call: call.offered_at)

    def is_going_on(self, call: str) -> bool:
        """Tell whether this call has not ended."""
        return call in self._parts.chronicle.calls

    async def of_day(
        self, day: date, *, limit: int, before: str | None = None, sight: Sight | None = None
    ) -> DayOfCalls:
        """Return the newest calls of a day that are seen, or those before a call; raises NoSuchCall for that one."""
        start, end = self._bounds(day)
        async with self._parts.database.reading() as session:
            anchor = None
            if before is not None:
                anchor = await call_store.find_offer(session, _known_form(before))
                if anchor is None or (sight is not None and not await call_store.list_seen(session, [before], sight)):
                    raise NoSuchCall
            ids = await call_store.list_newest(session, start, end, anchor, limit + 1, sight)
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

    async def story(self, call: str, sight: Sight | None = None) -> CallStory:
        """Return a call and its events as far as they are stored; raises NoSuchCall, and for one that is not seen."""
        events = await archive.call_story(self._parts.journal, _known_form(call))
        placed = placed_of(events)
        known = fold(events) if placed is None else placed.as_call()
        if known is None:
            raise NoSuchCall
        # What was told a moment ago is not in the journal yet, but the call knows it.
        story = CallStory(self._parts.chronicle.calls.get(call, known), tuple(events), placed)
        if sight is not None and not sight.includes(story.touched | await self._sent_from(events)):
            raise NoSuchCall
        return story

    async def seen(self, who: Who, calls: Collection[str]) -> frozenset[str]:
        """Return those of the calls whose stories somebody may read. Raises DatabaseError."""
        sight = self.sight(who)
        if sight is None or not calls:
            return frozenset(calls)
        async with self._parts.database.reading() as session:
            return frozenset(await call_store.list_seen(session, calls, sight))

    def sight(self, who: Who) -> Sight | None:
        """Return what somebody sees of the calls now; None for all. Each news of a call asks for each open page."""
        if (site := self._parts.site()) is not self._sights_by or len(self._sights) >= MOST_SIGHTS:
            self._sights, self._sights_by = {}, site
        if who not in self._sights:
            self._sights[who] = sight_of(site, who)
        return self._sights[who]

    async def _sent_from(self, events: Sequence[Event]) -> Touched:
        """Return the box that a fax was sent from, where these tell of a call that we made with one."""
        fax = next((event.fax for event in events if isinstance(event, FaxCallBegun)), "")
        found = await self._parts.faxes.find(fax) if fax and self._parts.faxes is not None else None
        return Touched(faxboxes=frozenset({found.box})) if found is not None else Touched()

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
