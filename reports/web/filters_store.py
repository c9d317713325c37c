"""The SQL of named lists of calls, and of forgetting those that name somebody. Knows no other rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.forgetting_words import Whom
from ledger.tables import UtcDateTime, metadata
from ledger.upsert import insert_into

filters = sa.Table(
    "reports_filters",
    metadata,
    sa.Column("account", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)


async def list_filters(session: AsyncSession, account: str, limit: int) -> list[tuple[str, str]]:
    """List the names and queries that an account keeps."""
    c = filters.c
    query = sa.select(c.name, c.query).where(c.account == account).order_by(c.name).limit(limit)
    return [(row.name, row.query) for row in await session.execute(query)]


async def put_filter(session: AsyncSession, account: str, name: str, query: str, at: datetime) -> None:
    """Write one, over another of its name."""
    statement = insert_into(session, filters).values(account=account, name=name, query=query, at=at)
    renewed = {"query": query, "at": at}
    await session.execute(statement.on_conflict_do_update(index_elements=["account", "name"], set_=renewed))


async def remove_filter(session: AsyncSession, account: str, name: str) -> bool:
    """Remove one; False if there was none."""
    c = filters.c
    removed = sa.delete(filters).where(c.account == account, c.name == name).returning(c.name)
    return (await session.execute(removed)).first() is not None


async def forget_filters(session: AsyncSession, whom: Whom) -> None:
    """Remove those, of every account, that name somebody in their query, however it is written, or in their name."""
    c = filters.c
    surely = replace(whom, names=whom.alone)
    for account, name, query in (await session.execute(sa.select(c.account, c.name, c.query))).all():
        said = (name, *(value for _, value in parse_qsl(query.lstrip("?"))))
        if any(surely.masked(text) != text for text in said):
            await session.execute(sa.delete(filters).where(c.account == account, c.name == name))
