"""What others may ask of the call records: one call, the calls of a time. Owns the paging."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from ledger.database import Database
from reports import store
from reports.model import CallRecord
from reports.period import bounds

PAGE = 1_000


class Records:
    """The call records of one site, by the calendar of its zone."""

    def __init__(self, db: Database, zone: ZoneInfo) -> None:
        self._db = db
        self._zone = zone

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
