"""Owns the SQL that all items in boxes share: finding and changing one, its steps, a page of a list. Knows no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Generic

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import full_text
from ledger.items import ItemT, Narrowed, Step
from ledger.tables import BigId, UtcDateTime, metadata
from ledger.upsert import insert_into


def steps_table(name: str, of: str, items: sa.Table) -> sa.Table:
    """Return the table of what happened to items; `of` is the column that names the item."""
    return sa.Table(
        name,
        metadata,
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column(of, sa.String(64), sa.ForeignKey(items.c.id, ondelete="CASCADE"), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Index(None, of),
    )


@dataclass(frozen=True)
class ItemRows(Generic[ItemT]):
    """The rows of one kind of items, of their steps and of their words."""

    items: sa.Table
    steps: sa.Table
    #: The column of the steps that names the item; those of its box, of when it came, and of who looked at it first.
    of: sa.Column[str]
    box: sa.Column[str]
    at: sa.Column[datetime]
    looked_at: sa.Column[datetime | None]
    looked_by: sa.Column[str]
    full_text: str
    item: Callable[[Mapping[Any, Any]], ItemT]

    async def insert(self, session: AsyncSession, row: Mapping[str, Any]) -> bool:
        """Insert an item; False when it is there already."""
        statement = insert_into(session, self.items).values(**row)
        added = await session.execute(statement.on_conflict_do_nothing().returning(self.items.c.id))
        return added.first() is not None

    async def find(self, session: AsyncSession, id_: str, *, lock: bool = False) -> ItemT | None:
        """Return one item, or None."""
        query = sa.select(self.items).where(self.items.c.id == id_)
        row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
        return None if row is None else self.item(row)

    async def beginning(self, session: AsyncSession, id_: str, limit: int) -> list[ItemT]:
        """List items whose ids begin so."""
        c = self.items.c
        query = sa.select(self.items).where(c.id.startswith(id_, autoescape=True)).order_by(c.id).limit(limit)
        return [self.item(row) for row in (await session.execute(query)).mappings()]

    async def change(self, session: AsyncSession, id_: str, **values: Any) -> None:
        """Change columns of one item."""
        await session.execute(sa.update(self.items).where(self.items.c.id == id_).values(**values))

    async def move(self, session: AsyncSession, id_: str, box: str) -> None:
        """Put an item into another box: for the people there it is new, whatever was done with it here."""
        anew = {self.box: box, self.looked_at: None, self.looked_by: ""}
        moved = sa.update(self.items).where(self.items.c.id == id_).values(anew)
        await session.execute(moved.values(assigned_to="", handled_at=None, handled_by=""))

    async def add_step(self, session: AsyncSession, id_: str, step: Step) -> None:
        """Add to an item's own ledger."""
        await session.execute(sa.insert(self.steps).values({self.of: id_, **asdict(step)}))

    async def steps_of(self, session: AsyncSession, id_: str) -> list[Step]:
        """List what happened to an item, in order."""
        c = self.steps.c
        rows = await session.execute(sa.select(c.at, c.what, c.by, c.detail).where(self.of == id_).order_by(c.seq))
        return [Step(**row) for row in rows.mappings()]

    async def page(
        self, session: AsyncSession, asked: Narrowed, where: Iterable[sa.ColumnElement[bool]]
    ) -> tuple[tuple[ItemT, ...], bool]:
        """Return those asked for of which all this is true, the newest first, and whether there are more."""
        c, at = self.items.c, self.at
        query = sa.select(self.items).where(*where)
        if asked.unread:
            query = query.where(self.looked_at.is_(None), c.handled_at.is_(None))
        if asked.assigned_to is not None:
            query = query.where(c.assigned_to == asked.assigned_to)
        if asked.since is not None:
            query = query.where(at >= asked.since)
        if asked.until is not None:
            query = query.where(at < asked.until)
        if asked.before is not None:
            last = sa.select(at).where(c.id == asked.before).scalar_subquery()
            query = query.where(sa.tuple_(at, c.id) < sa.tuple_(last, sa.literal(asked.before)))
        rows = await session.execute(query.order_by(at.desc(), c.id.desc()).limit(asked.limit + 1))
        found = tuple(self.item(row) for row in rows.mappings())
        return found[: asked.limit], len(found) > asked.limit

    async def remove(self, session: AsyncSession, ids: Sequence[str]) -> None:
        """Remove items, their steps and their words."""
        await full_text.remove(session, self.full_text, ids)
        await session.execute(sa.delete(self.steps).where(self.of.in_(ids)))
        await session.execute(sa.delete(self.items).where(self.items.c.id.in_(ids)))
