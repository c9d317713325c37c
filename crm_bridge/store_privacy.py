"""The SQL of who looked at whom, and of what there is of somebody who is to be forgotten. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.importing_tables import imported, told
from crm_bridge.store import some_at_once
from crm_bridge.tables import (
    activities,
    assigned,
    customers,
    handles,
    interactions,
    looks,
    mails,
    matters,
    notes,
    numbers,
    relations,
    steps,
)
from crm_bridge.words import plain
from ledger.forgetting import holds
from ledger.forgetting_words import Whom
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


async def list_unlooked(session: AsyncSession, those: Collection[str], by: str, hour: datetime) -> list[str]:
    """List which of these customers are there, and no look of this hour at them is written down."""
    c = looks.c
    found: list[str] = []
    for some in some_at_once(sorted(set(those))):
        looked = sa.exists().where(c.customer == customers.c.id, c.by == by, c.hour == hour)
        found += await session.scalars(sa.select(customers.c.id).where(customers.c.id.in_(some), ~looked))
    return found


async def add_looks(session: AsyncSession, those: Collection[str], by: str, hour: datetime) -> None:
    """Write looks at these customers down, many in one statement; those who are gone are left out."""
    for some in some_at_once(sorted(set(those))):
        look = sa.select(customers.c.id, sa.literal(by), sa.literal(hour, looks.c.hour.type))
        look = look.where(customers.c.id.in_(some))
        statement = insert_into(session, looks).from_select(["customer", "by", "hour"], look)
        await session.execute(statement.on_conflict_do_nothing())


async def list_looks(session: AsyncSession, customer: str, limit: int) -> list[tuple[str, datetime]]:
    """List who looked at a customer and when, the newest first."""
    c = looks.c
    query = sa.select(c.by, c.hour).where(c.customer == customer).order_by(c.hour.desc(), c.by).limit(limit)
    return [(row.by, row.hour) for row in await session.execute(query)]


async def list_looks_by(session: AsyncSession, by: str, limit: int) -> list[tuple[str, datetime]]:
    """List whom somebody looked at and when, the newest first."""
    c = looks.c
    query = sa.select(c.customer, c.hour).where(c.by == by).order_by(c.hour.desc(), c.customer).limit(limit)
    return [(row.customer, row.hour) for row in await session.execute(query)]


async def count_looks(session: AsyncSession, since: datetime, limit: int) -> list[tuple[str, int, datetime]]:
    """List who looked since a time, at how many customers, and when last; who looked at most first."""
    c = looks.c
    many = sa.func.count(sa.distinct(c.customer))
    query = sa.select(c.by, many, sa.func.max(c.hour)).where(c.hour >= since).group_by(c.by)
    rows = await session.execute(query.order_by(many.desc(), c.by).limit(limit))
    return [(by, count, last) for by, count, last in rows]


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


async def list_of_nobody(session: AsyncSession, own: Sequence[str]) -> list[str]:
    """List the interactions of nobody from these numbers by id, but for those of which somebody said so."""
    c = interactions.c
    said = sa.select(assigned.c.interaction).where(assigned.c.customer.is_(None))
    found: list[str] = []
    for some in some_at_once(own):
        query = sa.select(c.id).where(c.customer.is_(None), c.number.in_(some), c.id.not_in(said)).order_by(c.id)
        found += (await session.execute(query)).scalars()
    return found


async def list_given(session: AsyncSession, ids: Sequence[str]) -> list[str]:
    """List what was given to customers by hand by id, contacts that are not written down yet too."""
    found: list[str] = []
    for some in some_at_once(ids):
        query = sa.select(assigned.c.interaction).where(assigned.c.customer.in_(some)).order_by(assigned.c.interaction)
        found += (await session.execute(query)).scalars()
    return found


async def of_others(
    session: AsyncSession, wanted: Collection[str], ids: Sequence[str], own: Sequence[str]
) -> frozenset[str]:
    """Return those of these interactions that are somebody else's, or were said not to be these customers'."""
    found: set[str] = set()
    c, a = interactions.c, assigned.c
    said = a.customer.is_(None) | _is_anothers(a.customer, ids, own)
    for key, theirs in ((c.id, _is_anothers(c.customer, ids, own)), (a.interaction, said)):
        for some in some_at_once(sorted(wanted)):
            found.update((await session.execute(sa.select(key).where(key.in_(some), theirs))).scalars())
    return frozenset(found)


async def mask_of_others(session: AsyncSession, ids: Sequence[str], own: Sequence[str], pseudonym: str) -> None:
    """Take these numbers out of others' interactions."""
    c = interactions.c
    theirs = c.number.in_(own) & _is_anothers(c.customer, ids, own)
    await session.execute(sa.update(interactions).where(theirs).values(number=pseudonym))


def _is_anothers(customer: sa.Column[str], ids: Sequence[str], own: Sequence[str]) -> sa.ColumnElement[bool]:
    """Say that this is somebody else; whom we made ourselves of one of these numbers is nobody."""
    made = sa.select(numbers.c.customer).join(customers, customers.c.id == numbers.c.customer)
    nobody = made.where(customers.c.made_by_us, numbers.c.number.in_(own))
    return customer.is_not(None) & customer.not_in(ids) & customer.not_in(nobody)


async def mails_of_others(session: AsyncSession, wanted: Collection[str], ids: Sequence[str]) -> set[str]:
    """Return those of these addresses that others have as well."""
    found: set[str] = set()
    for some in some_at_once(sorted(wanted)):
        query = sa.select(mails.c.address).where(mails.c.address.in_(some), mails.c.customer.not_in(ids))
        found.update((await session.execute(query)).scalars())
    return found


async def names_of_others(session: AsyncSession, wanted: Collection[str], ids: Sequence[str]) -> set[str]:
    """Return those of these names that others have as well, however they are written."""
    keys = {plain(name): name for name in wanted}
    found: set[str] = set()
    for some in some_at_once(sorted(keys)):
        query = sa.select(customers.c.name_key).where(customers.c.name_key.in_(some), customers.c.id.not_in(ids))
        found.update(keys[key] for key in (await session.execute(query)).scalars())
    return found


async def forget_imported(session: AsyncSession, ids: Sequence[str], whom: Whom) -> None:
    """Forget what rows of imported files gave to customers, and rows aside that name them."""
    await session.execute(sa.update(imported).where(imported.c.customer.in_(ids)).values(gave=sa.null()))
    texts = [*whom.searched, *(name for name in whom.names if " " in name)]
    if texts:
        await session.execute(sa.delete(told).where(holds(told.c.cells, texts) | holds(told.c.why, texts)))
