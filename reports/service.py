"""What others may ask of the reports: a day, a call, a list of calls. Owns how stored parts are put together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo

from callrouter.archive import events_of
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import gaps, store
from reports.day import DayReport, bounds, day_report
from reports.gaps import Gap
from reports.model import CallRecord

PAGE = 1_000


class Reports:
    """The reports of one site. `targets` holds the seconds within which each department means to answer."""

    def __init__(
        self,
        journal: JournalReads,
        db: Database,
        *,
        zone: tzinfo,
        targets: Mapping[str, float] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._journal = journal
        self._db = db
        self._zone = zone
        self._targets = dict(targets or {})
        self._clock = clock or SystemClock()

    async def day(self, day: date) -> DayReport:
        """Return the report of a day."""
        start, end = bounds(day, self._zone)
        return day_report(
            day,
            await self.calls_between(start, end),
            zone=self._zone,
            targets=self._targets,
            gaps=await self._gaps(start, end),
            now=self._clock.now(),
        )

    async def calls_of(self, day: date) -> list[CallRecord]:
        """Return the calls that came in on a day, the oldest first."""
        return await self.calls_between(*bounds(day, self._zone))

    async def calls_between(self, start: datetime, end: datetime) -> list[CallRecord]:
        """Return the calls offered from `start` up to but not at `end`, the oldest first."""
        found: list[CallRecord] = []
        after: tuple[datetime, str] | None = None
        while True:
            async with self._db.reading() as session:
                page = await store.list_between(session, start, end, after=after, limit=PAGE)
            found += page
            if len(page) < PAGE:
                return found
            after = (page[-1].offered_at, page[-1].call)

    async def find_call(self, call: str) -> CallRecord | None:
        """Return the record of a call, or None."""
        async with self._db.reading() as session:
            return await store.find_record(session, call)

    async def list_ids(self, beginning: str, limit: int = 10) -> list[str]:
        """List the ids of calls that begin so, the newest first."""
        async with self._db.reading() as session:
            return await store.list_beginning(session, beginning, limit)

    async def _gaps(self, start: datetime, end: datetime) -> tuple[Gap, ...]:
        entries = self._journal.between(start - gaps.AROUND, end + gaps.AROUND, gaps.KINDS)
        return gaps.find_gaps(events_of([entry async for entry in entries]), start, end)
