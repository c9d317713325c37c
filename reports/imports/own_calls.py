"""Calls of our own journal that files tell of too: which there are, and what the journal alone says of them.

A file's lines are always laid over what the journal says, never over a record that another file has filled: so it is
the same in whatever order files come.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.archive import events_of
from ledger import journal_store
from ledger.journal_reads import CALL_LIMIT
from reports import tables as t
from reports.derive import record_of
from reports.model import CallRecord

_NAMES = 500


async def find_ends(session: AsyncSession, calls: Collection[str]) -> dict[str, bool]:
    """Return those of these calls that our own journal has, and whether their end was not seen by it."""
    found: dict[str, bool] = {}
    every = sorted(calls)
    for begin in range(0, len(every), _NAMES):
        c = t.calls.c
        unseen = sa.or_(c.ended_at.is_(None), c.estimated, c.filled != "")
        query = sa.select(c.call, unseen).where(c.call.in_(every[begin : begin + _NAMES]), c.source == "")
        found |= {call: bool(open_end) for call, open_end in (await session.execute(query)).all()}
    return found


async def as_the_journal_tells(session: AsyncSession, stored: Mapping[str, CallRecord]) -> list[CallRecord]:
    """Return these records of our own journal without what files told of them, made anew of what it says now.

    The caller has taken its turn, so that nothing older is written over what another makes meanwhile. A call that the
    journal has no word of stays as it is stored.
    """
    found = []
    for call, record in sorted(stored.items()):
        entries = await journal_store.list_of_call(session, call, CALL_LIMIT)
        found.append(record_of(events_of(entries)) or record)
    return found
