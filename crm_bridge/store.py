"""The SQL of customers and interactions. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import Outcome
from crm_bridge.model import Customer, Interaction, Medium
from ledger.tables import JsonValue, UtcDateTime, metadata
from ledger.upsert import insert_into

customers = sa.Table(
    "crm_customers",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
)

numbers = sa.Table(
    "crm_numbers",
    metadata,
    sa.Column("number", sa.String(20), primary_key=True),
    sa.Column("customer", sa.String(64), sa.ForeignKey("crm_customers.id", ondelete="CASCADE"), nullable=False),
    sa.Index(None, "customer"),
)

interactions = sa.Table(
    "crm_interactions",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    sa.Column("customer", sa.String(64), sa.ForeignKey("crm_customers.id", ondelete="SET NULL")),
    sa.Column("medium", sa.String(20), nullable=False),
    sa.Column("started", UtcDateTime, nullable=False),
    sa.Column("ended", UtcDateTime),
    sa.Column("outcome", sa.String(20)),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text, nullable=False),
    sa.Column("waited", sa.Float, nullable=False),
    sa.Column("talked", sa.Float, nullable=False),
    sa.Column("facts", JsonValue, nullable=False),
    sa.Index(None, "customer", "started"),
)

#: How many numbers one statement asks for; SQLite takes 32,766 parameters, older builds 999.
_AT_ONCE = 500
#: How many interactions are made rows while nobody else has a turn; that takes milliseconds.
_ROWS = 100


async def owners(session: AsyncSession, wanted: Collection[str]) -> dict[str, str]:
    """Return the customer's id of each of these numbers that has one."""
    found: dict[str, str] = {}
    asked = sorted(set(wanted))
    for begin in range(0, len(asked), _AT_ONCE):
        query = sa.select(numbers).where(numbers.c.number.in_(asked[begin : begin + _AT_ONCE]))
        found.update((row.number, row.customer) for row in await session.execute(query))
    return found


async def add_customers(session: AsyncSession, new: Sequence[Customer]) -> None:
    """Add customers with all their numbers; what is there already stays as it is."""
    people = [{"id": customer.id, "since": customer.since, "name": customer.name} for customer in new]
    theirs = [{"number": number, "customer": customer.id} for customer in new for number in customer.numbers]
    for table, rows in ((customers, people), (numbers, theirs)):
        if rows:
            await session.execute(insert_into(session, table).on_conflict_do_nothing(), rows)


async def find_customer(session: AsyncSession, customer_id: str) -> Customer | None:
    """Return a customer, or None."""
    row = (await session.execute(sa.select(customers).where(customers.c.id == customer_id))).mappings().first()
    if row is None:
        return None
    query = sa.select(numbers.c.number).where(numbers.c.customer == customer_id).order_by(numbers.c.number)
    return Customer(**row, numbers=tuple((await session.execute(query)).scalars()))


async def find_owner(session: AsyncSession, number: str) -> Customer | None:
    """Return the customer of a number in E.164, or None."""
    owner = (await owners(session, [number])).get(number)
    return None if owner is None else await find_customer(session, owner)


async def put_interactions(session: AsyncSession, rows: Sequence[Interaction]) -> None:
    """Write these interactions, over what was known of their calls."""
    if not rows:
        return
    statement = insert_into(session, interactions)
    renewed = {column.name: statement.excluded[column.name] for column in interactions.c if not column.primary_key}
    statement = statement.on_conflict_do_update(index_elements=["call"], set_=renewed)
    for begin in range(0, len(rows), _ROWS):
        await session.execute(statement, [_row(row) for row in rows[begin : begin + _ROWS]])


async def list_interactions(
    session: AsyncSession, customer: str | None = None, *, limit: int = 100
) -> list[Interaction]:
    """List the newest interactions, of one customer or of all, the newest first."""
    query = sa.select(interactions).order_by(interactions.c.started.desc(), interactions.c.call).limit(limit)
    if customer is not None:
        query = query.where(interactions.c.customer == customer)
    return [_interaction(row) for row in (await session.execute(query)).mappings()]


async def find_interaction(session: AsyncSession, call: str) -> Interaction | None:
    """Return the interaction of a call, or None."""
    row = (await session.execute(sa.select(interactions).where(interactions.c.call == call))).mappings().first()
    return None if row is None else _interaction(row)


async def remove_interactions(session: AsyncSession) -> None:
    """Remove all interactions; customers stay."""
    await session.execute(sa.delete(interactions))


def _row(interaction: Interaction) -> dict[str, Any]:
    row = {column.name: getattr(interaction, column.name) for column in interactions.c}
    return {**row, "facts": dict(interaction.facts)}


def _interaction(row: Mapping[str, Any] | sa.RowMapping) -> Interaction:
    fields = dict(row)
    fields["medium"] = Medium(fields["medium"])
    fields["outcome"] = None if fields["outcome"] is None else Outcome(fields["outcome"])
    return Interaction(**fields)
