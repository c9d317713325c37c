"""The tables and the SQL of erasures and exports of persons. Knows no rule.

Whom an erasure is about is packed while it goes on, so that a search of the files for the words does not find the very
list of words to look for; it is emptied in the transaction that ends the erasure.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.erasing_model import Erasure, Export
from ledger.forgetting_words import Whom
from ledger.tables import BigId, JsonValue, UtcDateTime, metadata

erasures = sa.Table(
    "privacy_erasures",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("customer", sa.String(64), nullable=False, index=True),
    sa.Column("pseudonym", sa.String(40), nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False, index=True),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("step", sa.String(40), nullable=False),
    sa.Column("waits", sa.Text, nullable=False),
    sa.Column("whom", sa.Text, nullable=False),
    sa.Column("counts", JsonValue, nullable=False),
    sa.Column("stays", JsonValue, nullable=False),
    sa.Column("certificate", sa.String(64), nullable=False),
)

exports = sa.Table(
    "privacy_exports",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("customer", sa.String(64), nullable=False, index=True),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False, index=True),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("doing", sa.String(40), nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("of", sa.Integer, nullable=False),
    sa.Column("file", sa.String(64), nullable=False),
    sa.Column("size", BigId, nullable=False, autoincrement=False),
    sa.Column("until", UtcDateTime),
    sa.Column("why", sa.Text, nullable=False),
)


async def add(session: AsyncSession, erasure: Erasure) -> None:
    """Insert an erasure that has not begun."""
    row = {**asdict(erasure), "counts": dict(erasure.counts), "stays": dict(erasure.stays), "whom": ""}
    await session.execute(sa.insert(erasures).values(**row))


async def find(session: AsyncSession, id_: str, *, lock: bool = False) -> Erasure | None:
    """Return one erasure, or None."""
    query = sa.select(erasures).where(erasures.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _erasure(row)


async def find_open(session: AsyncSession, customer: str) -> Erasure | None:
    """Return the erasure of a customer that goes on, or None."""
    here = (erasures.c.customer == customer) & erasures.c.ended_at.is_(None)
    row = (await session.execute(sa.select(erasures).where(here))).mappings().first()
    return None if row is None else _erasure(row)


async def list_newest(session: AsyncSession, limit: int) -> list[Erasure]:
    """List erasures, the newest first."""
    query = sa.select(erasures).order_by(erasures.c.asked_at.desc(), erasures.c.id).limit(limit)
    return [_erasure(row) for row in (await session.execute(query)).mappings()]


async def change(session: AsyncSession, id_: str, **values: Any) -> None:
    """Change columns of one erasure."""
    await session.execute(sa.update(erasures).where(erasures.c.id == id_).values(**values))


async def whom_of(session: AsyncSession, id_: str) -> Whom:
    """Return whom an erasure that goes on is about."""
    packed = await session.scalar(sa.select(erasures.c.whom).where(erasures.c.id == id_))
    return _unpacked(packed or "")


async def put_whom(session: AsyncSession, id_: str, whom: Whom) -> None:
    """Write down whom an erasure is about."""
    await change(session, id_, whom=_packed(whom))


async def add_count(session: AsyncSession, id_: str, what: str, count: int) -> None:
    """Add to what went."""
    await _count(session, id_, what, lambda before: before + count)


async def raise_count(session: AsyncSession, id_: str, what: str, count: int) -> None:
    """Let what went be at least so much."""
    await _count(session, id_, what, lambda before: max(before, count))


async def _count(session: AsyncSession, id_: str, what: str, count: Callable[[int], int]) -> None:
    row = await find(session, id_, lock=True)
    if row is not None and (now := count(before := row.counts.get(what, 0))) != before:
        await change(session, id_, counts={**row.counts, what: now})


async def add_export(session: AsyncSession, export: Export) -> None:
    """Insert an export that has not begun."""
    await session.execute(sa.insert(exports).values(**asdict(export)))


async def find_export(session: AsyncSession, id_: str) -> Export | None:
    """Return one export, or None."""
    row = (await session.execute(sa.select(exports).where(exports.c.id == id_))).mappings().first()
    return None if row is None else Export(**row)


async def list_exports(session: AsyncSession, customer: str | None, limit: int) -> list[Export]:
    """List exports, of one customer or of all, the newest first."""
    query = sa.select(exports).order_by(exports.c.asked_at.desc(), exports.c.id).limit(limit)
    if customer is not None:
        query = query.where(exports.c.customer == customer)
    return [Export(**row) for row in (await session.execute(query)).mappings()]


async def change_export(session: AsyncSession, id_: str, **values: Any) -> None:
    """Change columns of one export."""
    await session.execute(sa.update(exports).where(exports.c.id == id_).values(**values))


async def remove_exports(session: AsyncSession, customers: tuple[str, ...]) -> None:
    """Remove the exports of customers who are forgotten."""
    await session.execute(sa.delete(exports).where(exports.c.customer.in_(customers)))


async def forget_exports(session: AsyncSession, now: datetime, before: datetime) -> None:
    """Note that files whose time is over are gone, and remove what was asked for before a time."""
    over = exports.c.until < now
    await session.execute(sa.update(exports).where(over).values(file="", size=0))
    await session.execute(sa.delete(exports).where(exports.c.asked_at < before))


def _erasure(row: Mapping[Any, Any]) -> Erasure:
    return Erasure(**{name: row[name] for name in Erasure.__dataclass_fields__})


def _packed(whom: Whom) -> str:
    return base64.b64encode(zlib.compress(json.dumps(asdict(whom)).encode())).decode()


def _unpacked(packed: str) -> Whom:
    if not packed:
        return Whom("")
    fields: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    pseudonym = str(fields.pop("pseudonym"))
    return Whom(pseudonym, **{name: tuple(value) for name, value in fields.items()})
