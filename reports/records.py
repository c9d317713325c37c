"""Keeps the call records up to date with the journal, and makes those of any time anew.

Owns which calls belong to a time; what a record says of a call is in `derive`, the SQL in `store`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import projection
from callrouter.events import Event
from callrouter.projection import Changed
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports.derive import outgoing_of, record_of
from reports.imports import writing
from reports.model import CallRecord, Outgoing
from reports.rules import Definition
from reports.stories import stories_of

#: How much of a longer time is made anew in one transaction.
PIECE = timedelta(hours=6)
#: Calls that are removed in one transaction.
_AT_ONCE = 5_000


class Projection(projection.Projection):
    """The call records, derived from the journal. Run it as a task: `await Projection(journal, db, definition).run()`.

    `definition` gives the thresholds of now, by which calls are summed up.
    """

    reader: ClassVar[str] = "reports"

    def __init__(self, journal: JournalReads, db: Database, definition: Callable[[], Definition]) -> None:
        super().__init__(journal, db)
        self._definition = definition

    async def run(self) -> None:
        """Follow the journal until cancelled; see to it first that the sums are made by the thresholds of now."""
        await rollup.keep_to(self._db, self._definition())
        await super().run()

    async def catch_up(self) -> None:
        """Take what is in the journal now, and return. Raises DatabaseError."""
        await rollup.keep_to(self._db, self._definition())
        await super().catch_up()

    async def write(self, session: AsyncSession, changed: Changed) -> None:
        """Write the record of every call in the batch, from its whole story so far."""
        records: list[CallRecord] = []
        placed: list[Outgoing] = []
        async for story in changed.each_story():
            _derive(story, records, placed)
        await writing.put_own(session, records, self._definition())
        await store.put_outgoing(session, placed)

    async def clear(self, session: AsyncSession) -> None:
        """Remove every record that the journal told of; what was imported stays."""
        while await store.remove_source(session, "", _AT_ONCE, self._definition()):
            pass
        await store.remove_outgoing(session)

    async def rebuild(self, start: datetime, end: datetime) -> int:
        """Make the records of the calls offered from `start` up to `end` anew; return how many there are.

        They are replaced piece by piece, so that a reader sees each piece whole, the old or the new.
        """
        made = 0
        for begin, until in _pieces(start, end):
            position = await self._journal.position(self.reader)
            records, placed = await self._begun_between(begin, until, position)
            async with self._db.writing() as session:
                # What came in while we read was perhaps written from a longer story: it is read once more.
                await self._journal.rewind(session, self.reader, position)
                await store.remove_between(session, begin, until, self._definition())
                await writing.put_own(session, records, self._definition())
                await store.put_outgoing(session, placed)
            made += len(records)
        return made

    async def _begun_between(
        self, start: datetime, end: datetime, position: int
    ) -> tuple[list[CallRecord], list[Outgoing]]:
        """Derive the records of the calls offered in this time, as they are at this position of the journal.

        A call is offered when its `CallOffered` or, where that is lost, its first event says: an event in this time.
        """
        records: list[CallRecord] = []
        placed: list[Outgoing] = []
        async for story in stories_of(self._db, start, end, position):
            _derive(story, records, placed)
            await asyncio.sleep(0)  # calls get their turn
        return (
            [record for record in records if start <= record.offered_at < end],
            [one for one in placed if start <= one.began_at < end],
        )


def _derive(story: Sequence[Event], records: list[CallRecord], placed: list[Outgoing]) -> None:
    record = record_of(story)
    if record is not None:
        records.append(record)
    elif (outgoing := outgoing_of(story)) is not None:
        placed.append(outgoing)


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        until = min(start + PIECE, end)
        yield start, until
        start = until
