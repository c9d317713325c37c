"""Making the records of calls anew whose caller was forgotten: from the masked journal, as a rebuild would make them.

Owns that no record keeps what the journal has lost; times, departments, agents and outcomes come out as they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa

from callrouter.archive import events_of
from ledger.database import Database
from ledger.forgetting import Tally, forget_for_good, holds
from ledger.forgetting_words import Whom, masked_json
from ledger.journal_reads import JournalReads
from reports import store, tables
from reports.derive import outgoing_of, record_of
from reports.imports import writing
from reports.imports.forgetting import mask_mentions as mask_lines
from reports.web.filters_store import forget_filters

#: Calls in one transaction.
_AT_ONCE = 50


async def make_anew(journal: JournalReads, db: Database, calls: Sequence[str], tally: Tally) -> None:
    """Write the records of these calls from the journal as it is now; twice is once. Raises DatabaseError."""
    for begin in range(0, len(calls), _AT_ONCE):
        stories = await journal.of_calls(calls[begin : begin + _AT_ONCE])
        records, placed = [], []
        for entries in stories.values():
            story = events_of(entries)
            if (record := record_of(story)) is not None:
                records.append(record)
            elif (outgoing := outgoing_of(story)) is not None:
                placed.append(outgoing)
            await asyncio.sleep(0)  # callers get their turn: to fold a long story takes milliseconds
        async with db.writing() as session:
            await forget_for_good(session)
            filled = await writing.fill(session, records)
            await store.put_records(session, filled, None)  # no figure changes, so no sum does
            await store.put_outgoing(session, placed)
            await tally.add(session, "call records without name and number", len(records) + len(placed))


async def mask_mentions(db: Database, whom: Whom) -> None:
    """Mask numbers and addresses in what other calls' records say, as the journal's entries of them are masked.

    Lists of calls that people keep go whole: masked they would list nothing.
    """
    async with db.writing() as session:
        await forget_for_good(session)
        await forget_filters(session, whom)
    if not whom.searched:
        return
    await mask_lines(db, whom)
    async with db.writing() as session:
        await forget_for_good(session)
        for table in (tables.calls, *tables.PARTS, tables.outgoing):
            keys = list(table.primary_key)
            for column in table.c:
                if column.primary_key or not isinstance(column.type, sa.Text | sa.JSON):
                    continue
                rows = await session.execute(sa.select(*keys, column).where(holds(column, whom.searched)))
                for *key, said in rows.all():
                    new = masked_json(said, whom.masked_surely)
                    here = [name == value for name, value in zip(keys, key, strict=True)]
                    await session.execute(sa.update(table).where(*here).values({column.name: new}))
