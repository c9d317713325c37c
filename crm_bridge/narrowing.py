"""How a list of customers is narrowed, and the SQL of lists by name. Knows no rule; what is typed is in `search`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import store
from crm_bridge.model import Customer, Kind
from crm_bridge.tables import customers

#: Where a page of a list ended: the name as it is sorted, and the id.
After = tuple[str, str]


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed to; `unknown` are numbers of whom nobody has written anything yet."""

    status: str = ""
    owner: str = ""
    tag: str = ""
    kind: Kind | None = None
    unknown: bool = False

    def __bool__(self) -> bool:
        return self != Narrowed()


async def list_by_name(
    session: AsyncSession, narrowed: Narrowed, after: After | None, limit: int
) -> tuple[list[Customer], After | None]:
    """List customers by name behind `after`, and where the next page goes on; None at the end.

    Unknown numbers have no name: the newest come first.
    """
    c = customers.c
    query = sa.select(c.id, c.name_key).where(*conditions(session, narrowed))
    if not narrowed.unknown:
        query = query.where(c.made_by_us.is_(False))
    if narrowed.unknown:
        query = query.order_by(c.id.desc())  # ids sort by the time they were made
        behind = None if after is None else c.id < after[1]
    else:
        query = query.order_by(c.name_key, c.id)
        behind = None if after is None else sa.tuple_(c.name_key, c.id) > sa.tuple_(*map(sa.literal, after))
    if behind is not None:
        query = query.where(behind)
    rows = (await session.execute(query.limit(limit + 1))).all()
    short = await store.customers_of(session, [row.id for row in rows[:limit]])
    last = rows[limit - 1] if len(rows) > limit else None
    return [short[row.id] for row in rows[:limit]], None if last is None else (last.name_key, last.id)


def conditions(session: AsyncSession, narrowed: Narrowed) -> Sequence[sa.ColumnElement[bool]]:
    """Return what must be true of a customer who is there still and in the list."""
    c = customers.c
    wanted: list[sa.ColumnElement[bool]] = [c.merged_into.is_(None)]
    for column, value in ((c.status, narrowed.status), (c.owner, narrowed.owner)):
        if value:
            wanted += _has(column, value)
    if narrowed.kind is not None:
        wanted.append(c.kind == narrowed.kind.value)
    if narrowed.unknown:
        wanted.append(c.made_by_us)  # the index of these is asked for by the bare column
    if narrowed.tag:
        wanted.append(_has_tag(session, narrowed.tag))
    return wanted


def _has(column: sa.ColumnElement[str], value: str) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a status or an owner is this one; that there is any says which index to take."""
    return [column == value, column != sa.literal_column("''")]


def _has_tag(session: AsyncSession, tag: str) -> sa.ColumnElement[bool]:
    # That there are any says which index to take: those without are not in it.
    if session.get_bind().dialect.name == "sqlite":
        tags = sa.func.json_each(customers.c.tags).table_valued("value")
        return sa.and_(sa.text("crm_customers.tags != '[]'"), sa.exists().where(tags.c.value == tag))
    return sa.and_(sa.text("crm_customers.tags != '[]'::jsonb"), sa.cast(customers.c.tags, JSONB).contains([tag]))
