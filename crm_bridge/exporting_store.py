"""The SQL of exports: customers some at a time, by id, and who took them out. Knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import store_customers as kept
from crm_bridge.importing_tables import exports
from crm_bridge.model import CustomerFile
from crm_bridge.tables import customers, notes

if TYPE_CHECKING:
    from crm_bridge.exporting import Export

#: Signs of all notes of one customer that a file takes; reading takes no more either.
_MOST_NOTE = 20_000


async def add(session: AsyncSession, one: Export) -> None:
    """Write down that somebody exports."""
    await session.execute(sa.insert(exports).values(**asdict(one)))


async def ended(session: AsyncSession, id_: str, count: int) -> None:
    """Write down that an export came to its end."""
    await session.execute(sa.update(exports).where(exports.c.id == id_).values(count=count))


async def list_newest(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """List exports, the newest first."""
    query = sa.select(exports).order_by(exports.c.at.desc(), exports.c.id.desc()).limit(limit)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def list_some(
    session: AsyncSession, status: str, tag: str, after: str, limit: int
) -> tuple[list[CustomerFile], str | None]:
    """List files that people wrote, by id, from the one behind `after` on, and where to go on; None at the end."""
    c = customers.c
    query = sa.select(c.id, c.tags).where(c.id > after, c.merged_into.is_(None), c.made_by_us.is_(False))
    if status:
        query = query.where(c.status == status)
    rows = (await session.execute(query.order_by(c.id).limit(limit))).all()
    files = await kept.list_files(session, [id_ for id_, tags in rows if not tag or tag in tags])
    return files, rows[-1].id if len(rows) == limit else None


async def notes_of(session: AsyncSession, ids: Sequence[str]) -> Mapping[str, str]:
    """Return what people noted of these customers, each note after the one before it, as far as a file takes it."""
    found: dict[str, str] = {}
    query = sa.select(notes.c.customer, notes.c.text).where(notes.c.customer.in_(ids), notes.c.text != "")
    for customer, text in await session.execute(query.order_by(notes.c.at, notes.c.id)):
        before = found.get(customer, "")
        found[customer] = (f"{before}\n\n{text}" if before else text)[:_MOST_NOTE]
    return found
