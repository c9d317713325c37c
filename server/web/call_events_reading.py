"""The journal as streams of call events read it: what came behind a number, read once for everybody who listens.

Owns which kinds of events are told, and which calls concern a department or a person. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from callrouter import events as ev
from callrouter.archive import events_of
from callrouter.events import Event
from ledger.entry import StoredEntry
from ledger.journal_reads import JournalReads
from ledger.recent import Recent
from server.web.call_sight import Sight, Touched

#: What is told of calls: the journal's kinds, but no prompts and keys.
TOLD: frozenset[str] = frozenset(
    kind.KIND
    for kind in (
        ev.CallOffered, ev.FactNamed, ev.LanguageChosen, ev.CallQueued, ev.AgentsOffered, ev.OfferEnded,
        ev.CallAnswered, ev.CallHeld, ev.CallResumed, ev.ConsultationBegun, ev.ConsultationEnded,
        ev.CallTransferred, ev.CallReleased, ev.CallLeftQueue,
        ev.MessageTaken, ev.FaxReceived, ev.AttendantServed, ev.CallFailed, ev.CallEnded, ev.CallDisposed,
        ev.OutboundBegun, ev.OutboundRinging, ev.OutboundAnswered, ev.OutboundEnded,
    )
)  # fmt: skip
#: Entries that are read at once.
PAGE = 500
#: What was read is remembered for so long, seconds: for those who are woken together, and not beyond an erasure.
REMEMBERED = 2.0
#: Calls of which one listener remembers whom they concern; the oldest is asked for again.
MOST_CALLS = 5_000
_BEGIN = frozenset({ev.CallOffered.KIND, ev.OutboundBegun.KIND})
#: What came of a call is said after its end, within wrap-up: its story is read once more then.
_END = frozenset({ev.CallEnded.KIND, ev.OutboundEnded.KIND})


class SharedReading:
    """Reads the journal for all listeners: who comes second is given what the first one read."""

    def __init__(self, journal: JournalReads) -> None:
        self._journal = journal
        self._recent = Recent(PAGE)
        self._read_at = 0.0
        self._turn = asyncio.Lock()

    async def newest(self) -> int:
        """Return the number of the newest entry."""
        return await self._journal.newest_seq()

    async def after(self, seq: int) -> list[StoredEntry]:
        """Return up to a page of entries behind number `seq`. Raises DatabaseError."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if now - self._read_at > REMEMBERED:
                self._recent = Recent(PAGE)
            if found := self._recent.after(seq, PAGE):
                return found
            entries = await self._journal.read(seq, PAGE)
            self._recent.add(entries)
            self._read_at = now
            return entries

    async def story_before(self, call: str, seq: int) -> list[Event]:
        """Return what had happened in a call before number `seq`. Raises DatabaseError."""
        return events_of(entry for entry in await self._journal.of_call(call) if entry.seq < seq)


@dataclass(frozen=True)
class Wanted:
    """Whose calls somebody wants to hear of; '' is everybody's."""

    department: str = ""
    person: str = ""


def _all() -> None:
    """See every call."""


class Filter:
    """Passes on the calls that concern one department and one person, each from the moment it does.

    Of those it passes on what `sight` sees; None is all, and it may change with the site.
    """

    def __init__(self, wanted: Wanted, reading: SharedReading, sight: Callable[[], Sight | None] = _all) -> None:
        self._wanted = wanted
        self._reading = reading
        self._sight = sight
        self._calls: OrderedDict[str, Touched] = OrderedDict()

    async def passes(self, entry: StoredEntry, event: Event) -> bool:
        """Say whether this is told. Raises DatabaseError."""
        sight = self._sight()
        if self._wanted == Wanted() and sight is None:
            return True
        known = self._calls.pop(event.call, None)
        if known is None:  # somebody may begin to listen in the middle of a call
            begins = entry.kind in _BEGIN
            known = Touched() if begins else Touched.by(await self._reading.story_before(event.call, entry.seq))
        known = known.after(event)
        if entry.kind not in _END:
            self._calls[event.call] = known
            if len(self._calls) > MOST_CALLS:
                self._calls.popitem(last=False)
        return self._concerns(known) and (sight is None or sight.includes(known))

    def _concerns(self, known: Touched) -> bool:
        department, person = self._wanted.department, self._wanted.person
        return (not department or department in known.departments) and (not person or person in known.people)
