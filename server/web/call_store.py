"""Owns the SQL that lists a day's calls, newest first, a page at a time; knows no page and no wording."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import CallOffered
from ledger.entry import StoredEntry
from ledger.tables import journal


async def find_offer(session: AsyncSession, call: str) -> tuple[datetime, int] | None:
    """Find when a call was offered, and the number of that entry."""
    query = (
        sa.select(journal.c.at, journal.c.seq)
        .where(journal.c.call == call, journal.c.kind == CallOffered.KIND)
        .order_by(journal.c.seq)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return (row.at, row.seq) if row is not None else None


async def list_newest(
    session: AsyncSession, start: datetime, end: datetime, before: tuple[datetime, int] | None, limit: int
) -> list[str]:
    """List the ids of calls offered from `start` up to `end` and before that entry, newest first."""
    query = sa.select(journal.c.call).where(
        journal.c.kind == CallOffered.KIND, journal.c.at >= start, journal.c.at < end, journal.c.call.is_not(None)
    )
    if before is not None:
        at, seq = before
        query = query.where(journal.c.at <= at, (journal.c.at < at) | (journal.c.seq < seq))
    query = query.order_by(journal.c.at.desc(), journal.c.seq.desc()).limit(limit)
    return list(dict.fromkeys((await session.scalars(query)).all()))


async def list_entries(session: AsyncSession, calls: Sequence[str], limit: int) -> list[StoredEntry]:
    """List what happened in these calls, in the order it was stored."""
    query = sa.select(journal).where(journal.c.call.in_(calls)).order_by(journal.c.seq).limit(limit)
    return [StoredEntry(**row) for row in (await session.execute(query)).mappings()]
