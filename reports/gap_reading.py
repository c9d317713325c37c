"""Reads from the journal in which times we saw nothing. Owns which entries are needed; what they mean is in `gaps`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from callrouter.archive import events_of
from ledger.entry import Entry
from ledger.journal_reads import JournalReads
from reports import gaps
from reports.gaps import Gap


async def gaps_between(journal: JournalReads, start: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return the gaps that touch the time from `start` up to `end`, by their beginning. Raises DatabaseError."""
    # Whether the server was there at the start was told at any time before; of a link that is lost, when it is back.
    entries = await journal.last_before(start, gaps.OF_SERVER)
    entries += [entry async for entry in journal.between(start, end + gaps.AROUND, gaps.KINDS)]
    return await asyncio.to_thread(_found, entries, start, end)


def _found(entries: Sequence[Entry], start: datetime, end: datetime) -> tuple[Gap, ...]:
    return gaps.find_gaps(events_of(entries), start, end)
