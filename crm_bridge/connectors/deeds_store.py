"""Table and SQL of what people did with connectors: kept beside what it was done to, in one transaction. No rule."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.connectors.model import Deed, DeedKind
from ledger.tables import BigId, UtcDateTime, metadata

#: So many are kept of each receiver, the newest.
KEPT = 200

deeds = sa.Table(
    "connector_deeds",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("receiver", sa.String(32), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("what", sa.String(20), nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("about", sa.String(64), nullable=False),
    sa.Index(None, "receiver", "seq"),
)


async def add(session: AsyncSession, receiver: str, deed: Deed) -> None:
    """Write a deed down, and forget what is older than those that are kept."""
    row = {"at": deed.at, "by": deed.by[:80], "what": deed.what.value, "events": deed.events, "about": deed.about[:64]}
    await session.execute(sa.insert(deeds).values(receiver=receiver, **row))
    c = deeds.c
    newest = sa.select(c.seq).where(c.receiver == receiver).order_by(c.seq.desc()).offset(KEPT).limit(1)
    await session.execute(sa.delete(deeds).where(c.receiver == receiver, c.seq <= newest.scalar_subquery()))


async def list_newest(session: AsyncSession, receiver: str, limit: int) -> list[Deed]:
    """List what was done with a receiver, the newest first."""
    c = deeds.c
    query = sa.select(deeds).where(c.receiver == receiver).order_by(c.seq.desc()).limit(limit)
    rows = await session.execute(query)
    return [Deed(row.at, row.by, DeedKind(row.what), row.events, row.about) for row in rows]
