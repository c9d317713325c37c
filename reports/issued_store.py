"""The SQL of issued reports. Knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.tables import JsonValue, UtcDateTime, metadata
from ledger.upsert import insert_into
from reports.issued import (
    Issued,
    Order,
    State,
    Step,
    Summary,
    definition_from,
    definition_plain,
    period_from,
)

issued = sa.Table(
    "reports_issued",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("schedule", sa.String(64), nullable=False),
    sa.Column("moment", UtcDateTime),
    sa.Column("report", sa.String(32), nullable=False),
    sa.Column("asked", JsonValue, nullable=False),
    sa.Column("definition", JsonValue, nullable=False),
    sa.Column("start", UtcDateTime, nullable=False),
    sa.Column("end", UtcDateTime, nullable=False),
    sa.Column("format", sa.String(8), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False, index=True),
    sa.Column("asked_by", sa.String(64), nullable=False),
    sa.Column("made_at", UtcDateTime),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("step", sa.String(12), nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("file", sa.String(48), nullable=False),
    sa.Column("document", sa.String(48), nullable=False),
    sa.Column("summary", JsonValue, nullable=False),
    sa.Column("keep_until", UtcDateTime, nullable=False, index=True),
)


async def add(session: AsyncSession, one: Issued, keep_until: datetime) -> bool:
    """Insert one; False if there is one of its id."""
    order = one.order
    statement = insert_into(session, issued).values(
        id=one.id,
        schedule=order.schedule,
        moment=order.moment,
        report=order.report,
        asked=order.asked(),
        definition=definition_plain(order.definition),
        start=order.period.start,
        end=order.period.end,
        format=order.form,
        asked_at=one.asked_at,
        asked_by=order.by,
        made_at=one.made_at,
        state=one.state.value,
        step=one.step.value,
        progress=one.progress,
        why=one.why,
        file=one.file,
        document=one.document,
        summary=one.summary.plain(),
        keep_until=keep_until,
    )
    added = statement.on_conflict_do_nothing().returning(issued.c.id)
    return (await session.execute(added)).first() is not None


async def find(session: AsyncSession, id_: str, *, lock: bool = False) -> Issued | None:
    """Return one, or None; locked until the transaction's end if so wanted."""
    query = sa.select(issued).where(issued.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _issued(row)


async def change(
    session: AsyncSession, id_: str, from_: Sequence[State], *, begun: bool = False, **values: object
) -> bool:
    """Change one that is in one of these states, and `begun` if that is wanted; False if there is none."""
    c = issued.c
    where = [c.id == id_, c.state.in_([state.value for state in from_])]
    if begun:
        where.append(c.step != Step.WAITING.value)
    changed = sa.update(issued).where(*where).values(**values).returning(c.id)
    return (await session.execute(changed)).first() is not None


async def begin_anew(session: AsyncSession) -> None:
    """Put all that are being made back to their beginning: whoever makes one now may not keep it."""
    c = issued.c
    begun = c.state == State.MAKING.value, c.step != Step.WAITING.value
    await session.execute(sa.update(issued).where(*begun).values(step=Step.WAITING.value, progress=0.0))


async def list_newest(session: AsyncSession, limit: int, before: tuple[datetime, str] | None = None) -> list[Issued]:
    """List what was asked for, the newest first, after the one that was asked for at `before` and has that id."""
    c = issued.c
    query = sa.select(issued).order_by(c.asked_at.desc(), c.id.desc()).limit(limit)
    if before is not None:
        at, id_ = before
        query = query.where((c.asked_at < at) | ((c.asked_at == at) & (c.id < id_)))
    return [_issued(row) for row in (await session.execute(query)).mappings()]


async def list_old(session: AsyncSession, now: datetime, limit: int) -> list[Issued]:
    """List those whose time is over and that nobody makes, the oldest first."""
    c = issued.c
    query = sa.select(issued).where(c.keep_until < now, c.state != State.MAKING.value)
    return [_issued(row) for row in (await session.execute(query.order_by(c.keep_until).limit(limit))).mappings()]


async def count_making(session: AsyncSession, by: str) -> int:
    """Count what is being made, or waits for it, for an account."""
    c = issued.c
    query = sa.select(sa.func.count()).where(c.state == State.MAKING.value, c.asked_by == by)
    return int((await session.execute(query)).scalar_one())


async def remove(session: AsyncSession, id_: str) -> None:
    """Remove one."""
    await session.execute(sa.delete(issued).where(issued.c.id == id_))


def _issued(row: Mapping[Any, Any]) -> Issued:  # Any: a row of SQLAlchemy
    asked = row["asked"]
    departments = asked["departments"]
    order = Order(
        report=row["report"],
        period=period_from(row["start"], row["end"], asked["zone"]),
        form=row["format"],
        definition=definition_from(row["definition"]),
        by=row["asked_by"],
        department=asked["department"],
        person=asked["person"],
        minutes=asked["minutes"],
        departments=None if departments is None else frozenset(departments),
        more=asked["more"],
        to=tuple(asked["to"]),
        schedule=row["schedule"],
        moment=row["moment"],
    )
    return Issued(
        id=row["id"],
        order=order,
        asked_at=row["asked_at"],
        state=State(row["state"]),
        step=Step(row["step"]),
        progress=row["progress"],
        why=row["why"],
        made_at=row["made_at"],
        file=row["file"],
        document=row["document"],
        summary=Summary.of(row["summary"]),
    )
