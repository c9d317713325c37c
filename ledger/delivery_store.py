"""Owns the SQL of deliveries and their attempts. Knows no rule."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.delivery_model import Attempt, Delivery, DeliveryState
from ledger.tables import deliveries, delivery_attempts
from ledger.upsert import insert_into


async def add(session: AsyncSession, delivery: Delivery) -> bool:
    """Insert a delivery; False when it is there already."""
    row = {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__}
    statement = insert_into(session, deliveries).values({**row, "state": delivery.state.value})
    added = await session.execute(statement.on_conflict_do_nothing().returning(deliveries.c.id))
    return added.first() is not None


async def find(session: AsyncSession, id_: str, *, lock: bool = False) -> Delivery | None:
    """Return one delivery, or None."""
    query = sa.select(deliveries).where(deliveries.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _delivery(row)


async def list_about(session: AsyncSession, kind: str, about: Sequence[str]) -> list[Delivery]:
    """List the deliveries of these things, the oldest first."""
    query = sa.select(deliveries).where(deliveries.c.kind == kind, deliveries.c.about.in_(about))
    rows = (await session.execute(query.order_by(deliveries.c.created_at, deliveries.c.id))).mappings()
    return [_delivery(row) for row in rows]


async def list_in(
    session: AsyncSession, state: DeliveryState, limit: int, kinds: Collection[str] | None = None
) -> list[Delivery]:
    """List the deliveries in a state, of these kinds or of all, the oldest first."""
    query = sa.select(deliveries).where(deliveries.c.state == state.value)
    if kinds is not None:
        query = query.where(deliveries.c.kind.in_(kinds))
    rows = (await session.execute(query.order_by(deliveries.c.created_at).limit(limit))).mappings()
    return [_delivery(row) for row in rows]


async def count_open(session: AsyncSession, before: datetime) -> dict[str, int]:
    """Count those waiting, those waiting since before a time, and those refused."""
    c = deliveries.c
    waiting = c.state == DeliveryState.WAITING.value
    query = sa.select(
        sa.func.count().filter(waiting),
        sa.func.count().filter(waiting & (c.created_at < before)),
        sa.func.count().filter(c.state == DeliveryState.REFUSED.value),
    ).where(c.state.in_([DeliveryState.WAITING.value, DeliveryState.REFUSED.value]))
    row = (await session.execute(query)).one()
    return {"waiting": row[0], "overdue": row[1], "refused": row[2]}


async def to_alarm(session: AsyncSession, before: datetime, limit: int) -> list[Delivery]:
    """List those of which people must be told and were not: refused, or waiting since before a time."""
    c = deliveries.c
    late = (c.state == DeliveryState.WAITING.value) & (c.created_at < before)
    query = sa.select(deliveries).where(c.alarmed_at.is_(None), late | (c.state == DeliveryState.REFUSED.value))
    rows = (await session.execute(query.order_by(c.created_at, c.id).limit(limit))).mappings()
    return [_delivery(row) for row in rows]


async def change(session: AsyncSession, id_: str, from_: Sequence[DeliveryState], **values: Any) -> bool:
    """Change one delivery that is in one of these states; False when it is in none of them."""
    where = (deliveries.c.id == id_) & deliveries.c.state.in_([state.value for state in from_])
    changed = await session.execute(sa.update(deliveries).where(where).values(**values).returning(deliveries.c.id))
    return changed.first() is not None


async def remove(session: AsyncSession, ids: Sequence[str]) -> None:
    """Remove deliveries and their tries."""
    await session.execute(sa.delete(delivery_attempts).where(delivery_attempts.c.delivery.in_(ids)))
    await session.execute(sa.delete(deliveries).where(deliveries.c.id.in_(ids)))


async def begin_attempt(session: AsyncSession, delivery: str, number: int, at: datetime) -> None:
    """Write down that a try begins."""
    row = {"delivery": delivery, "number": number, "began_at": at, "result": "", "reply": ""}
    await session.execute(sa.insert(delivery_attempts).values(**row))


async def end_attempt(session: AsyncSession, attempt: Attempt) -> None:
    """Write down how a try ended."""
    c = delivery_attempts.c
    await session.execute(
        sa.update(delivery_attempts)
        .where(c.delivery == attempt.delivery, c.number == attempt.number)
        .values(ended_at=attempt.ended_at, result=attempt.result, reply=attempt.reply)
    )


async def attempts_of(session: AsyncSession, ids: Sequence[str]) -> list[Attempt]:
    """List the tries of these deliveries in order."""
    c = delivery_attempts.c
    query = sa.select(delivery_attempts).where(c.delivery.in_(ids)).order_by(c.began_at, c.delivery, c.number)
    return [Attempt(**row) for row in (await session.execute(query)).mappings()]


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    names = Delivery.__dataclass_fields__
    return Delivery(**{**{name: row[name] for name in names}, "state": DeliveryState(row["state"])})
