"""The stories of calls that go on, as far as one reader of the journal has read them.

Owns knowing a call's whole story when a batch brings more of it, from memory or, where that is not sure, from the
journal. What is made of a story is unknown here.
"""

from __future__ import annotations

import asyncio

from callrouter.archive import events_of
from callrouter.events import CallEnded, Event
from ledger.entry import StoredEntry
from ledger.journal_reads import Batch, JournalReads

#: Events kept of calls that go on. When there are more, all are forgotten and read again when they are needed.
KEPT = 50_000


class Stories:
    """Tells each call's story up to the end of a batch. Keeps what it told until the call has ended."""

    def __init__(self, journal: JournalReads, kept: int = KEPT) -> None:
        self._journal = journal
        self._kept = kept
        self._told: dict[str, list[Event]] = {}
        self._up_to = -1

    async def up_to(self, batch: Batch) -> dict[str, list[Event]]:
        """Return the stories of all calls in the batch, up to its end and never beyond. Raises DatabaseError.

        Call `taken` when what follows from them is stored: without it nothing is relied on at the next batch.
        """
        if batch.after != self._up_to:
            self._told.clear()  # something was read in between, by another process or from the beginning
        self._up_to = -1
        news: dict[str, list[StoredEntry]] = {}
        for entry in batch.entries:
            if entry.call:
                news.setdefault(entry.call, []).append(entry)
        stories = await self._begun_before(news, batch)
        for call, entries in news.items():
            if call not in stories:
                stories[call] = self._told[call] = [*self._told.get(call, ()), *events_of(entries)]
            await asyncio.sleep(0)
        return stories

    def taken(self, batch: Batch) -> None:
        """Rely on what was told up to this batch's end; what is over need not be kept."""
        self._up_to = batch.entries[-1].seq
        for call in {entry.call for entry in batch.entries}:
            if call in self._told and any(isinstance(event, CallEnded) for event in self._told[call]):
                del self._told[call]
        if sum(map(len, self._told.values())) > self._kept:
            self._told.clear()

    async def _begun_before(self, news: dict[str, list[StoredEntry]], batch: Batch) -> dict[str, list[Event]]:
        """Read the stories of those calls that have a beginning which is not remembered."""
        unknown = news.keys() - self._told.keys()
        begun = await self._journal.begun_before(unknown, batch.entries[0].seq)
        stories: dict[str, list[Event]] = {}
        if not begun:
            return stories
        for call, entries in (await self._journal.of_calls(begun)).items():
            stories[call] = events_of(entry for entry in entries if entry.seq <= batch.entries[-1].seq)
            self._told[call] = stories[call]
            await asyncio.sleep(0)
        return stories
