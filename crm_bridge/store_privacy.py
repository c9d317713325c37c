"""The SQL of who looked at whom, and of what there is of somebody who is to be forgotten. Knows no rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.tables import activities, customers, handles, looks, mails, matters, notes, numbers, relations, steps
from ledger.upsert import insert_into


async def has_looked(session: AsyncSession, customer: str, by: str, hour: datetime) -> bool:
    """Tell whether a look is written down."""
    c = looks.c
    here = (c.customer == customer) & (c.by == by) & (c.hour == hour)
    return await session.scalar(sa.select(sa.literal(1)).where(here)) is not None


async def add_look(session: AsyncSession, customer: str, by: str, hour: datetime) -> bool:
    """Write a look down; False when it is there already, or there is no such customer."""
    look = sa.select(customers.c.id, sa.literal(by), sa.literal(hour, looks.c.hour.type)).where(
        customers.c.id == customer
    )
    statement = insert_into(session, looks).from_select(["customer", "by", "hour"], look)
    return (await session.execute(statement.on_conflict_do_nothing().returning(looks.c.by))).first() is not None


async def list_looks(session: AsyncSession, customer: str, limit: int) -> list[tuple[str, datetime]]:
    """List who looked at a customer and when, the newest first."""
    c = looks.c
    query = sa.select(c.by, c.hour).where(c.customer == customer).order_by(c.hour.desc(), c.by).limit(limit)
    return [(row.by, row.hour) for row in await session.execute(query)]


async def remove_looks(session: AsyncSession, before: datetime, limit: int) -> int:
    """Remove looks older than a time."""
    keys = (looks.c.customer, looks.c.by, looks.c.hour)
    old = sa.select(*keys).where(looks.c.hour < before).order_by(looks.c.hour).limit(limit)
    gone = await session.execute(sa.delete(looks).where(sa.tuple_(*keys).in_(old)).returning(looks.c.by))
    return len(gone.all())


async def list_merged(session: AsyncSession, customer: str) -> list[str]:
    """List those who were merged into a customer, and into those."""
    found: list[str] = []
    wanted = [customer]
    while wanted:
        rows = await session.execute(sa.select(customers.c.id).where(customers.c.merged_into.in_(wanted)))
        wanted = [id_ for id_ in rows.scalars() if id_ not in found and id_ != customer]
        found += wanted
    return sorted(found)


async def count_rows(session: AsyncSession, ids: Sequence[str]) -> dict[str, int]:
    """Count what there is of customers, by what it is."""
    named = {
        "numbers": numbers,
        "mail addresses": mails,
        "handles": handles,
        "people concerned": relations,
        "notes": notes,
        "matters": matters,
        "activities": activities,
        "steps": steps,
        "looks": looks,
    }
    counts: dict[str, int] = {}
    for name, table in named.items():
        query = sa.select(sa.func.count()).select_from(table).where(table.c.customer.in_(ids))
        counts[name] = await session.scalar(query) or 0
    return counts
