"""Owns reading the journal: pages, calls, and readers that remember how far they are. Writes no entry."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import journal_store as store
from ledger.database import Database
from ledger.entry import StoredEntry
from ledger.errors import ReaderMoved
from ledger.recent import Recent
from ledger.safekeeping import TOPIC

PAGE = 1_000
_AT_ONCE = 500
"""Rows that are made entries while nobody else has a turn; that takes milliseconds."""
CALL_LIMIT = 10_000
LOOK_ANYWAY_SECONDS = 2.0
"""How often a follower looks without being woken."""


@dataclass(frozen=True)
class Batch:
    """What a reader has not seen yet; `after` is where it stands until it commits."""

    reader: str
    after: int
    entries: tuple[StoredEntry, ...]

    async def commit_position(self, session: AsyncSession) -> None:
        """Move the reader behind this batch, in the transaction of what was made of it.

        Raises ReaderMoved when another process was faster; let it end the transaction.
        """
        if not await store.move_reader(session, self.reader, self.after, self.entries[-1].seq):
            raise ReaderMoved(self.reader)


class JournalReads:
    """The journal as a reader sees it; needs no running writer."""

    def __init__(self, db: Database) -> None:
        self._db = db
        #: Stays empty where nobody writes.
        self._recent = Recent()

    def forget_recent(self) -> None:
        """Take nothing from memory that was committed until now: entries of it were masked in the database."""
        self._recent.clear()

    async def read(self, after_seq: int = 0, limit: int = PAGE) -> list[StoredEntry]:
        """Return up to `limit` entries after number `after_seq`, in the order they were committed."""
        async with self._db.reading() as session:
            return await store.list_after(session, after_seq, limit)

    async def of_call(self, call: str, limit: int = CALL_LIMIT) -> list[StoredEntry]:
        """Return what happened in one call, in the order it was stored."""
        async with self._db.reading() as session:
            return await store.list_of_call(session, call, limit)

    async def of_calls(self, calls: Collection[str], limit: int = CALL_LIMIT) -> dict[str, list[StoredEntry]]:
        """Return what happened in each of these calls, all seen at one moment; cheaper than one by one."""
        async with self._db.reading() as session:
            return {call: await store.list_of_call(session, call, limit) for call in calls}

    async def begun_before(self, calls: Collection[str], seq: int) -> set[str]:
        """Return those of the calls that have entries before number `seq`."""
        if not calls:
            return set()
        async with self._db.reading() as session:
            return await store.calls_before(session, calls, seq)

    async def between(
        self, start: datetime, end: datetime, kinds: Collection[str] | None = None, *, page: int = PAGE
    ) -> AsyncIterator[StoredEntry]:
        """Yield what happened from `start` up to but not at `end`, by time; a short session for each page."""
        after: tuple[datetime, int] | None = None
        while True:
            async with self._db.reading() as session:
                entries = await store.list_between(session, start, end, kinds, after, page)
            for entry in entries:
                yield entry
            if len(entries) < page:
                return
            after = (entries[-1].at, entries[-1].seq)

    async def last(self, *kinds: str, limit: int = 100) -> list[StoredEntry]:
        """Return the newest entries of `kinds`, newest first; of every kind when none is named."""
        async with self._db.reading() as session:
            return await store.list_last(session, kinds, limit)

    async def last_before(self, at: datetime, kinds: Collection[str]) -> list[StoredEntry]:
        """Return of each of these kinds what happened last before a moment, by time."""
        async with self._db.reading() as session:
            found = [await store.find_before(session, at, kind) for kind in kinds]
        return sorted((entry for entry in found if entry is not None), key=lambda entry: (entry.at, entry.seq))

    async def newest_seq(self) -> int:
        """Return the number of the newest entry, 0 when there is none."""
        async with self._db.reading() as session:
            return await store.newest_seq(session)

    async def position(self, reader: str) -> int:
        """Return the number up to which `reader` has read."""
        async with self._db.reading() as session:
            return await store.reader_position(session, reader)

    async def rewind(self, session: AsyncSession, reader: str, seq: int = 0) -> None:
        """Let `reader` begin again after `seq`, in the transaction that clears what it had made."""
        await store.put_reader(session, reader, seq)

    async def catch_up(self, reader: str, *, batch: int = 500) -> AsyncIterator[Batch]:
        """Yield what `reader` has not seen, and end when it has seen all; see `follow`."""
        seen = -1
        while True:
            async with self._db.reading() as session:
                position = await store.reader_position(session, reader)
                entries = self._recent.after(position, batch) or await _read_after(session, position, batch)
            if not entries or position == seen:
                return
            seen = position
            yield Batch(reader, position, tuple(entries))

    async def follow(self, reader: str, *, batch: int = 500) -> AsyncIterator[Batch]:
        """Yield what `reader` has not seen, for ever, each batch until its position is committed.

        async for batch in journal.follow("reports"):
            async with db.writing() as session:
                await write_what_follows_from(batch.entries, session)
                await batch.commit_position(session)
        """
        with self._db.wakeups.listening(TOPIC) as woken:
            while True:
                woken.clear()
                async for found in self.catch_up(reader, batch=batch):
                    yield found
                try:
                    async with asyncio.timeout(LOOK_ANYWAY_SECONDS):
                        await woken.wait()
                except TimeoutError:
                    continue  # another machine's wake-up may be lost: look anyway


async def _read_after(session: AsyncSession, seq: int, limit: int) -> list[StoredEntry]:
    """List up to `limit` entries after number `seq`, a few at once."""
    entries: list[StoredEntry] = []
    while len(entries) < limit:
        after = entries[-1].seq if entries else seq
        some = await store.list_after(session, after, min(_AT_ONCE, limit - len(entries)))
        entries += some
        if len(some) < _AT_ONCE:
            break
    return entries
