"""Keeps something that is derived from the journal up to date: what was made of a batch and the position behind it
are committed together, so nothing is made twice and nothing is left out.

Owns the order of reading, writing and moving on. What is derived, and where it is kept, is the feature's business.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, cast

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import Event
from callrouter.stories import Stories
from ledger.backoff import Backoff
from ledger.database import Database
from ledger.entry import StoredEntry
from ledger.errors import DatabaseError, ReaderMoved
from ledger.journal_reads import Batch, JournalReads

log = structlog.get_logger(__name__)

#: Pauses while the database does not take what we made, seconds.
PAUSES = Backoff(first=0.5, longest=30.0)
#: Entries of one batch. A call that goes on is written once a batch, so more and smaller ones cost more.
BATCH = 2_000


@dataclass(frozen=True)
class Changed:
    """What a batch of the journal tells: its entries, and of each call in it the story up to the batch's end.

    Never beyond it: so what is made of the first n entries is the same however they were cut into batches.
    """

    entries: tuple[StoredEntry, ...]
    stories: Mapping[str, list[Event]]

    async def each_story(self) -> AsyncIterator[list[Event]]:
        """Yield the stories one by one; in between, callers get their turn: to fold a long one takes milliseconds."""
        for story in self.stories.values():
            await asyncio.sleep(0)
            yield story


class Projection(ABC):
    """Something derived from the journal, under the name of a journal reader."""

    reader: ClassVar[str]
    #: So long `run` lets entries gather, seconds: a batch for each event of a call would cost a commit each, and the
    #: journal's own writer would stand in line behind them.
    gather: ClassVar[float] = 5.0

    def __init__(self, journal: JournalReads, db: Database) -> None:
        self._journal = journal
        self._db = db
        self._stories = Stories(journal)

    @abstractmethod
    async def write(self, session: AsyncSession, changed: Changed) -> None:
        """Bring what is derived up to date with these calls; doing it twice must change nothing."""

    async def look_again(self) -> None:  # noqa: B027 - most have nothing to look at
        """Look, once a batch is committed, at what others committed meanwhile; nothing in the usual case."""

    @abstractmethod
    async def clear(self, session: AsyncSession) -> None:
        """Remove all that was derived."""

    async def run(self) -> None:
        """Follow the journal until cancelled; while the database is away, try again later.

        A cancelled batch leaves nothing behind: the next run begins with it.
        """
        failed = 0
        while True:
            try:
                # `follow` is an async generator, typed as what callers need; it must be closed by us when cancelled.
                batches = cast(AsyncGenerator[Batch, None], self._journal.follow(self.reader, batch=BATCH))
                async with aclosing(batches):
                    async for batch in batches:
                        await self._take(batch)
                        failed = 0
                        if len(batch.entries) < BATCH:
                            await asyncio.sleep(self.gather)
            except DatabaseError as error:
                failed += 1
                pause = PAUSES.delay(min(failed, PAUSES.attempts - 1), 0.5) or PAUSES.longest
                log.warning("what is derived falls behind", reader=self.reader, error=str(error), pause=pause)
                await asyncio.sleep(pause)

    async def catch_up(self) -> None:
        """Take what is in the journal now, and return. Raises DatabaseError."""
        batches = cast(AsyncGenerator[Batch, None], self._journal.catch_up(self.reader, batch=BATCH))
        async with aclosing(batches):
            async for batch in batches:
                await self._take(batch)

    async def start_over(self) -> None:
        """Forget all that was derived and the position with it; `run` or `catch_up` makes it anew."""
        async with self._db.writing() as session:
            await self._journal.rewind(session, self.reader)
            await self.clear(session)

    async def _take(self, batch: Batch) -> None:
        # Read before writing, so that the transaction is short.
        changed = Changed(batch.entries, await self._stories.up_to(batch))
        try:
            async with self._db.writing() as session:
                # First the position: a second process that has the same batch in hand waits here, then gives way.
                await batch.commit_position(session)
                await self.write(session, changed)
        except ReaderMoved:
            log.info("another process was faster", reader=self.reader)
        else:
            self._stories.taken(batch)
            await self.look_again()
