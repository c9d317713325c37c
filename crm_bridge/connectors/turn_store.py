"""The SQL of whose turn it is to run the connectors: a job that never ends, leased to the process that does it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import job_store
from ledger.tables import jobs

#: Of the one job of this kind; no runner of jobs knows it.
KEY = "connectors"


async def take(session: AsyncSession, holder: str, now: datetime, until: datetime) -> bool:
    """Lease it to `holder` until then, unless somebody else has it; return whether it is theirs."""
    await job_store.add(session, KEY, KEY, {}, now, now)
    free = (jobs.c.lease_by.is_(None)) | (jobs.c.lease_by == holder) | (jobs.c.lease_until < now)
    taken = await session.execute(
        sa.update(jobs)
        .where(jobs.c.key == KEY, free)
        .values(state="running", lease_by=holder, lease_until=until)
        .returning(jobs.c.key)
    )
    return taken.first() is not None


async def give_back(session: AsyncSession, holder: str) -> None:
    """Let anybody have it at once."""
    statement = sa.update(jobs).where(jobs.c.key == KEY, jobs.c.lease_by == holder)
    await session.execute(statement.values(state="waiting", lease_by=None, lease_until=None))
