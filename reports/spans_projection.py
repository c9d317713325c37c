"""Keeps people's spans up to date with the journal. What a span is, is in `spans`; the SQL in `spans_store`."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import projection
from callrouter.archive import events_of
from callrouter.events import Event
from callrouter.projection import Changed
from callrouter.stories import Stories
from ledger.database import Database
from ledger.journal_reads import Batch, JournalReads
from reports import spans_store as store
from reports.spans import KINDS, moment_of


class Projection(projection.Projection):
    """What people did, derived from the journal. Run it as a task: `await Projection(journal, db).run()`."""

    reader: ClassVar[str] = "reports people"

    def __init__(self, journal: JournalReads, db: Database) -> None:
        super().__init__(journal, db)
        self._stories = _Untold(journal)

    async def write(self, session: AsyncSession, changed: Changed) -> None:
        """Make the spans anew that this batch tells of."""
        events = events_of(entry for entry in changed.entries if entry.kind in KINDS)
        await store.put(session, [moment for event in events if (moment := moment_of(event)) is not None])

    async def clear(self, session: AsyncSession) -> None:
        """Remove all spans but the imported."""
        await store.clear(session)


class _Untold(Stories):
    """No call's story is of use here, so none is read."""

    async def up_to(self, batch: Batch) -> dict[str, list[Event]]:
        return {}

    def taken(self, batch: Batch) -> None:
        pass
