"""The SQL of interactions: what passed between customers and us. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import Outcome
from crm_bridge.model import Direction, Interaction, Medium
from crm_bridge.store import some_at_once
from crm_bridge.store_bulk import among
from crm_bridge.tables import activities, assigned, customers, interactions, merges, moved, notes, numbers
from ledger.upsert import insert_into

#: How many interactions are made rows while nobody else has a turn; that takes milliseconds.
_ROWS = 100


async def put(session: AsyncSession, rows: Sequence[Interaction]) -> None:
    """Write these interactions over what was known of them; a fax sent in several calls began with the first."""
    statement = insert_into(session, interactions)
    new, old = statement.excluded, interactions.c
    is_again = (old.medium == Medium.FAX.value) & (old.direction == Direction.OUT.value) & (old.started < new.started)
    renewed: dict[str, Any] = {column.name: new[column.name] for column in old if not column.primary_key}
    renewed["started"] = sa.case((is_again, old.started), else_=new.started)
    statement = statement.on_conflict_do_update(index_elements=["id"], set_=renewed)
    for some in some_at_once(rows, _ROWS):
        await session.execute(statement, [_row(row) for row in some])


async def list_newest(session: AsyncSession, customer: str | None = None, *, limit: int = 100) -> list[Interaction]:
    """List the newest interactions, of one customer or of all, the newest first."""
    query = sa.select(interactions).order_by(interactions.c.started.desc(), interactions.c.id).limit(limit)
    if customer is not None:
        query = query.where(interactions.c.customer == customer)
    return [_interaction(row) for row in (await session.execute(query)).mappings()]


async def list_before(
    session: AsyncSession, customers: Collection[str], before: tuple[datetime, str] | None, limit: int
) -> list[Interaction]:
    """List these customers' interactions, and those of nobody from one of their numbers, the newest of each first."""
    c = interactions.c
    theirs = sa.select(numbers.c.number).where(numbers.c.customer.in_(customers))
    found: dict[str, Interaction] = {}
    for whose in (c.customer.in_(customers), c.customer.is_(None) & c.number.in_(theirs) & (c.number != "")):
        query = sa.select(interactions).where(whose).order_by(c.started.desc(), c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(c.started <= before[0])
        found.update({row["id"]: _interaction(row) for row in (await session.execute(query)).mappings()})
    return list(found.values())


async def list_all(session: AsyncSession, customer: str, after: str = "", limit: int = 1_000) -> list[Interaction]:
    """List a customer's interactions by id, from the one behind `after` on."""
    c = interactions.c
    query = sa.select(interactions).where(c.customer == customer, c.id > after).order_by(c.id).limit(limit)
    return [_interaction(row) for row in (await session.execute(query)).mappings()]


async def find(session: AsyncSession, id_: str) -> Interaction | None:
    """Return one interaction, or None."""
    row = (await session.execute(sa.select(interactions).where(interactions.c.id == id_))).mappings().first()
    return None if row is None else _interaction(row)


async def give(session: AsyncSession, number: str, customer: str) -> int:
    """Give the interactions of a number that are nobody's to a customer, even where that was said, and count them."""
    c = interactions.c
    waiting = sa.select(c.id).where(c.number == number, c.customer.is_(None))
    await session.execute(sa.delete(assigned).where(assigned.c.customer.is_(None), assigned.c.interaction.in_(waiting)))
    given = await session.execute(
        sa.update(interactions)
        .where(c.number == number, c.customer.is_(None))
        .values(customer=customer)
        .returning(c.id)
    )
    return len(given.all())


async def numbers_of_nobody(session: AsyncSession, wanted: Collection[str]) -> list[str]:
    """List those of these numbers that have interactions of nobody."""
    c = interactions.c
    found: list[str] = []
    for some in some_at_once(sorted(set(wanted))):
        # Said so that SQLite goes by number: those of nobody may be very many.
        nobodys = sa.func.coalesce(c.customer, "") == ""
        query = sa.select(c.number).where(among(session, c.number, some), nobodys).distinct()
        found += (await session.execute(query)).scalars()
    return found


async def count(session: AsyncSession, customer: str) -> int:
    """Count a customer's interactions."""
    return await session.scalar(sa.select(sa.func.count()).where(interactions.c.customer == customer)) or 0


async def assign(session: AsyncSession, id_: str, customer: str | None, by: str, at: datetime) -> None:
    """Say by hand whose an interaction is, or that it is nobody's: to undo a merge changes nothing of that."""
    await session.execute(sa.delete(assigned).where(assigned.c.interaction == id_))
    row = {"interaction": id_, "customer": customer, "by": by, "at": at}
    await session.execute(sa.insert(assigned).values(**row))
    await give_to(session, [id_], customer)
    theirs = moved.c.kind.in_(("interaction", "assigned")) & (moved.c.key == id_)
    for kind, table in (("note", notes), ("activity", activities)):
        about = sa.select(table.c.id).where(table.c.interaction == id_)
        theirs |= (moved.c.kind == kind) & moved.c.key.in_(about)
    await session.execute(sa.delete(moved).where(moved.c.merge.in_(sa.select(merges.c.id)), theirs))


async def give_to(session: AsyncSession, ids: Collection[str], customer: str | None) -> None:
    """Write down whose these interactions are."""
    for some in some_at_once(ids):
        await session.execute(sa.update(interactions).where(interactions.c.id.in_(some)).values(customer=customer))


async def assigned_of(session: AsyncSession, ids: Collection[str]) -> dict[str, str | None]:
    """Return of which of these interactions somebody said whose they are; None is nobody's."""
    found: dict[str, str | None] = {}
    a = assigned.c
    for some in some_at_once(ids):
        query = sa.select(a.interaction, a.customer).where(a.interaction.in_(some), a.by != "")
        found.update({id_: customer for id_, customer in await session.execute(query)})  # noqa: C416 - as above
    return found


async def owners_of(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Return whose these interactions are, or were before all were removed, but for what we made ourselves."""
    found: dict[str, str] = {}
    a, c = assigned.c, interactions.c
    for some in some_at_once(ids):
        were = sa.select(a.interaction, a.customer).where(a.interaction.in_(some), a.by == "")
        are = sa.select(c.id, c.customer).join(customers, customers.c.id == c.customer)
        for query in (were, are.where(c.id.in_(some), customers.c.made_by_us.is_(False))):
            found.update({id_: customer for id_, customer in await session.execute(query)})  # noqa: C416 - as above
    return found


async def remove_all(session: AsyncSession) -> None:
    """Remove all interactions, and keep whose they were; customers stay, and so does what was said by hand."""
    c = interactions.c
    were = sa.select(c.id, c.customer, c.started, sa.literal("")).join(customers, customers.c.id == c.customer)
    were = were.where(customers.c.made_by_us.is_(False), ~sa.exists().where(assigned.c.interaction == c.id))
    await session.execute(sa.insert(assigned).from_select(["interaction", "customer", "at", "by"], were))
    await session.execute(sa.delete(interactions))


async def forget_owners(session: AsyncSession, ids: Collection[str]) -> None:
    """Forget whose these interactions were before all were removed: they are there again."""
    for some in some_at_once(ids):
        await session.execute(sa.delete(assigned).where(assigned.c.interaction.in_(some), assigned.c.by == ""))


async def make_nameless(session: AsyncSession, customer: str, theirs: Collection[str], pseudonym: str) -> list[str]:
    """Take customer, number and what was named out of a customer's interactions, and return their ids.

    `theirs` are numbers whose interactions of nobody are meant too.
    """
    c = interactions.c
    whose = (c.customer == customer) | (c.customer.is_(None) & c.number.in_(list(theirs)))
    done = await session.execute(
        sa.update(interactions).where(whose).values(customer=None, number=pseudonym, facts={}).returning(c.id)
    )
    return sorted(done.scalars())


async def calls_of(session: AsyncSession, ids: Collection[str]) -> list[str]:
    """List the calls of these interactions."""
    found: set[str] = set()
    for some in some_at_once(ids):
        rows = await session.execute(sa.select(interactions.c.call).where(interactions.c.id.in_(some)))
        found.update(call for call in rows.scalars() if call)
    return sorted(found)


def _row(interaction: Interaction) -> dict[str, Any]:
    row = {column.name: getattr(interaction, column.name) for column in interactions.c}
    return {**row, "facts": dict(interaction.facts)}


def _interaction(row: Mapping[str, Any] | sa.RowMapping) -> Interaction:
    fields = dict(row)
    fields["medium"], fields["direction"] = Medium(fields["medium"]), Direction(fields["direction"])
    fields["outcome"] = None if fields["outcome"] is None else Outcome(fields["outcome"])
    return Interaction(**fields)
