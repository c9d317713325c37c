"""Keeps the call records up to date with the journal, and makes those of any time anew.

Owns which calls belong to a time; what a record says of a call is in `derive`, the SQL in `store`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import projection
from callrouter.archive import events_of
from callrouter.projection import Changed
from reports import store
from reports.derive import record_of
from reports.model import CallRecord

#: How much of a longer time is made anew in one transaction.
PIECE = timedelta(hours=6)


class Projection(projection.Projection):
    """The call records, derived from the journal. Run it as a task: `await Projection(journal, db).run()`."""

    reader: ClassVar[str] = "reports"

    async def write(self, session: AsyncSession, changed: Changed) -> None:
        """Write the record of every call in the batch, from its whole story so far."""
        records = [record_of(story) async for story in changed.each_story()]
        await store.put_records(session, [record for record in records if record is not None])

    async def clear(self, session: AsyncSession) -> None:
        """Remove every record."""
        await store.remove_all(session)

    async def rebuild(self, start: datetime, end: datetime) -> int:
        """Make the records of the calls offered from `start` up to `end` anew; return how many there are.

        They are replaced piece by piece, so that a reader sees each piece whole, the old or the new.
        """
        made = 0
        for begin, until in _pieces(start, end):
            position = await self._journal.position(self.reader)
            records = await self._offered_between(begin, until, position)
            async with self._db.writing() as session:
                # What came in while we read was perhaps written from a longer story: it is read once more.
                await self._journal.rewind(session, self.reader, position)
                await store.remove_between(session, begin, until)
                await store.put_records(session, records)
            made += len(records)
        return made

    async def _offered_between(self, start: datetime, end: datetime, position: int) -> list[CallRecord]:
        """Derive the records of the calls offered in this time, as they are at this position of the journal.

        A call is offered when its `CallOffered` or, where that is lost, its first event says: an event in this time.
        """
        names = {e.call: None async for e in self._journal.between(start, end) if e.call and e.seq <= position}
        records = []
        for call in names:
            entries = await self._journal.of_call(call)
            record = record_of(events_of(entry for entry in entries if entry.seq <= position))
            if record is not None and start <= record.offered_at < end:
                records.append(record)
        return records


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        until = min(start + PIECE, end)
        yield start, until
        start = until
