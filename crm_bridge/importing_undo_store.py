"""The SQL of taking an import back: what its rows brought, and who has been touched since. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.importing_tables import imported, imports
from crm_bridge.model import Kind
from crm_bridge.store import some_at_once
from crm_bridge.tables import assigned, customers, interactions, relations, steps

#: Steps that imports leave; any other is somebody's.
_OURS = "imported"


@dataclass(frozen=True)
class Brought:
    """What one row brought: a new customer, or what it `gave` to one who was there, lists by name."""

    row: int
    part: int
    customer: str
    gave: dict[str, Any] | None


async def list_brought(
    session: AsyncSession, digest: str, import_: str, kind: Kind, behind: tuple[int, int], limit: int
) -> list[Brought]:
    """List what the rows of an import brought, customers of one kind, in the order of the file from behind a row on."""
    c, there = imported.c, customers.c
    row, part = behind
    later = (c.row > row) | ((c.row == row) & (c.part > part))
    query = sa.select(c.row, c.part, c.customer, c.gave).join(customers, there.id == c.customer)
    query = query.where(c.digest == digest, c["import"] == import_, later, there.kind == kind.value)
    rows = await session.execute(query.order_by(c.row, c.part).limit(limit))
    return [Brought(*one) for one in rows]


async def list_touched(session: AsyncSession, ids: Collection[str], import_: str) -> set[str]:
    """Return those of these, all new with an import, with whom something was done that was not this import."""
    found: set[str] = set()
    for some in some_at_once(ids):
        others = (steps.c.what != _OURS) | ~steps.c.about.in_(("", import_))
        for column, where in (
            (steps.c.customer, steps.c.customer.in_(some) & others),
            (customers.c.organisation, customers.c.organisation.in_(some)),
            (customers.c.merged_into, customers.c.merged_into.in_(some)),
            (relations.c.other, relations.c.other.in_(some)),
        ):
            found |= set((await session.execute(sa.select(column).where(where).distinct())).scalars())
    return found


async def list_touched_since(session: AsyncSession, ids: Collection[str], import_: str) -> set[str]:
    """Return those of these with whom something was done after an import gave them something."""
    found: set[str] = set()
    since = steps.alias()
    last = sa.select(sa.func.min(since.c.seq)).where(since.c.customer == steps.c.customer, since.c.about == import_)
    for some in some_at_once(ids):
        later = steps.c.customer.in_(some) & (steps.c.about != import_) & (steps.c.seq > last.scalar_subquery())
        found |= set((await session.execute(sa.select(steps.c.customer).where(later).distinct())).scalars())
    return found


async def forget_all(session: AsyncSession, customers: Collection[str]) -> int:
    """Forget what all rows brought of customers who go, so that they may bring it again; count what it was.

    An organisation that one row named and another told about counts once.
    """
    c = imported.c
    gone = 0
    for some in some_at_once(customers):
        rows = await session.execute(sa.delete(imported).where(c.customer.in_(some)).returning(c.customer, c.gave))
        whom = [(customer, gave is None) for customer, gave in rows]
        gone += len({customer for customer, added in whom if added}) + sum(not added for _, added in whom)
    return gone


async def list_of_numbers(session: AsyncSession, customer: str, numbers: Collection[str]) -> list[str]:
    """List a customer's contacts with these numbers, but for those of which somebody said whose they are."""
    found: list[str] = []
    c = interactions.c
    by_hand = sa.exists().where(assigned.c.interaction == c.id)
    for some in some_at_once(numbers):
        theirs = sa.select(c.id).where(c.customer == customer, c.number.in_(some), ~by_hand)
        found += (await session.execute(theirs)).scalars()
    return found


async def forget(session: AsyncSession, digest: str, rows: Sequence[Brought]) -> None:
    """Forget what rows brought, so that they may bring it again."""
    c = imported.c
    for part in {row.part for row in rows}:
        for some in some_at_once(row.row for row in rows if row.part == part):
            await session.execute(sa.delete(imported).where(c.digest == digest, c.part == part, c.row.in_(some)))


async def count(session: AsyncSession, id_: str, removed: int, kept: int) -> None:
    """Say how much of an import was taken back, and how much stayed."""
    await session.execute(sa.update(imports).where(imports.c.id == id_).values(removed=removed, kept=kept))
