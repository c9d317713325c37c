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
from reports import store
from reports.derive import record_of

#: Calls in one transaction.
_AT_ONCE = 50


async def make_anew(journal: JournalReads, db: Database, calls: Sequence[str], tally: Tally) -> None:
    """Write the records of these calls from the journal as it is now; twice is once. Raises DatabaseError."""
    for begin in range(0, len(calls), _AT_ONCE):
        stories = await journal.of_calls(calls[begin : begin + _AT_ONCE])
        records = []
        for entries in stories.values():
            record = record_of(events_of(entries))
            if record is not None:
                records.append(record)
            await asyncio.sleep(0)  # callers get their turn: to fold a long story takes milliseconds
        async with db.writing() as session:
            await forget_for_good(session)
            await store.put_records(session, records)
            await tally.add(session, "call records without name and number", len(records))


async def mask_mentions(db: Database, whom: Whom) -> None:
    """Mask numbers and addresses in what other calls' records say, as the journal's entries of them are masked."""
    c = store.calls.c
    columns = [column for column in c if isinstance(column.type, sa.Text | sa.JSON) and not column.primary_key]
    if not whom.searched:
        return
    async with db.writing() as session:
        await forget_for_good(session)
        for column in columns:
            rows = await session.execute(sa.select(c.call, column).where(holds(column, whom.searched)))
            for call, said in rows.all():
                new = masked_json(said, whom.masked_surely)
                await session.execute(sa.update(store.calls).where(c.call == call).values({column.name: new}))
