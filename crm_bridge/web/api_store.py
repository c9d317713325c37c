"""The SQL of the API's own list: interactions of everybody, narrowed, a page at a time. Knows no rule and no shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import Outcome
from crm_bridge.model import Direction, Interaction, Medium
from crm_bridge.tables import interactions


@dataclass(frozen=True)
class Wanted:
    """Which interactions; `since` is in it, `until` is not. `before` is where the page before ended."""

    customer: str = ""
    number: str = ""
    medium: Medium | None = None
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, str] | None = None


async def list_wanted(session: AsyncSession, wanted: Wanted, limit: int) -> list[Interaction]:
    """List interactions, the newest first."""
    c = interactions.c
    query = sa.select(interactions)
    for column, value in ((c.customer, wanted.customer), (c.number, wanted.number)):
        if value:
            query = query.where(column == value)
    for column, kind in ((c.medium, wanted.medium), (c.direction, wanted.direction)):
        if kind is not None:
            query = query.where(column == kind.value)
    if wanted.since is not None:
        query = query.where(c.started >= wanted.since)
    if wanted.until is not None:
        query = query.where(c.started < wanted.until)
    if wanted.before is not None:
        at, id_ = wanted.before
        query = query.where(c.started <= at, (c.started < at) | (c.id < id_))
    rows = (await session.execute(query.order_by(c.started.desc(), c.id.desc()).limit(limit))).mappings()
    return [
        Interaction(
            **{
                **row,
                "medium": Medium(row["medium"]),
                "direction": Direction(row["direction"]),
                "outcome": None if row["outcome"] is None else Outcome(row["outcome"]),
            }
        )
        for row in rows
    ]
