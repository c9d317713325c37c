"""The SQL of a desk: which calls were a person's, and of which nobody said what came of them. Knows no rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import CallAnswered, CallDisposed, CallOffered, DispositionMissed, FaxCallBegun, OutboundBegun
from ledger.entry import StoredEntry
from ledger.tables import journal

#: One desk's entries of a day: far more than its calls have.
MOST_ENTRIES = 20_000


async def own_calls(session: AsyncSession, person: str, since: datetime, limit: int) -> list[str]:
    """List the calls that a person answered or had placed, the newest first."""
    c = journal.c
    kinds = (CallAnswered.KIND, OutboundBegun.KIND)
    query = sa.select(c.call, sa.func.max(c.seq)).where(c.kind.in_(kinds), c.at >= since, c.agent == person)
    rows = await session.execute(query.group_by(c.call).order_by(sa.func.max(c.seq).desc()).limit(limit))
    return [call for call, _ in rows if call]


async def entries_of(session: AsyncSession, calls: Sequence[str]) -> list[StoredEntry]:
    """List what happened in these calls, in the order it was stored."""
    query = sa.select(journal).where(journal.c.call.in_(calls)).order_by(journal.c.seq).limit(MOST_ENTRIES)
    return [StoredEntry(**row) for row in (await session.execute(query)).mappings()]


async def begun(session: AsyncSession, call: str) -> list[StoredEntry]:
    """List how a call began, one that came in or one that we placed: what tells the other side's number."""
    c = journal.c
    kinds = (CallOffered.KIND, OutboundBegun.KIND, FaxCallBegun.KIND)
    query = sa.select(journal).where(c.call == call, c.kind.in_(kinds)).order_by(c.seq).limit(2)
    return [StoredEntry(**row) for row in (await session.execute(query)).mappings()]


async def missing(session: AsyncSession, since: datetime, limit: int) -> list[tuple[str, str, str, datetime]]:
    """List call, agent, department and when, of what was owed and is not said to this day, the newest first."""
    c, said = journal.c, journal.alias("said")
    later = sa.select(sa.literal(1)).where(
        said.c.call == c.call, said.c.kind == CallDisposed.KIND, said.c.agent == c.agent, said.c.seq > c.seq
    )
    query = sa.select(c.call, c.agent, c.department, c.at).where(
        c.kind == DispositionMissed.KIND, c.at >= since, ~later.exists()
    )
    rows = await session.execute(query.order_by(c.seq.desc()).limit(limit))
    return [(row.call or "", row.agent or "", row.department or "", row.at) for row in rows]
