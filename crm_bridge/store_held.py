"""Table and SQL of notes about contacts that are nobody's yet: kept until somebody says whose. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.store import some_at_once
from crm_bridge.tables import assigned, interactions
from ledger.tables import UtcDateTime, metadata
from ledger.upsert import insert_into

held_notes = sa.Table(
    "crm_held_notes",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("interaction", sa.String(200), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("disposition", sa.String(80), nullable=False),
    #: What is to be done next, '' for nothing.
    sa.Column("next", sa.Text, nullable=False),
    sa.Column("due", UtcDateTime),
    #: What is to be done was in somebody's file as this activity, and may be done by now.
    sa.Column("activity", sa.String(64), nullable=False),
    sa.Column("done_at", UtcDateTime),
    sa.Column("done_by", sa.String(80), nullable=False),
    sa.Index(None, "interaction"),
)


@dataclass(frozen=True)
class Held:
    """A note about an interaction of nobody's, and what is to be done next.

    `activity` is the id of what is to be done where it was in somebody's file; then `by` is whose it is to do.
    """

    id: str
    interaction: str
    at: datetime
    by: str
    text: str
    disposition: str = ""
    next: str = ""
    due: datetime | None = None
    activity: str = ""
    done_at: datetime | None = None
    done_by: str = ""


async def add(session: AsyncSession, held: Held) -> None:
    """Insert a note, if it is not there."""
    await session.execute(insert_into(session, held_notes).values(**asdict(held)).on_conflict_do_nothing())


async def list_about(session: AsyncSession, interaction: str) -> list[Held]:
    """List the notes held about an interaction, in order."""
    c = held_notes.c
    rows = await session.execute(sa.select(held_notes).where(c.interaction == interaction).order_by(c.at, c.id))
    return [Held(**row) for row in rows.mappings()]


async def whose(session: AsyncSession, limit: int) -> Mapping[str, str]:
    """Return of some interactions with notes held whose they are by now."""
    c = held_notes.c
    customer = sa.func.coalesce(assigned.c.customer, interactions.c.customer)
    there = held_notes.outerjoin(assigned, assigned.c.interaction == c.interaction)
    there = there.outerjoin(interactions, interactions.c.id == c.interaction)
    query = sa.select(c.interaction, customer).select_from(there).where(customer.is_not(None)).distinct().limit(limit)
    return {interaction: found for interaction, found in await session.execute(query)}  # noqa: C416 - rows, no pairs


async def remove(session: AsyncSession, ids: Collection[str]) -> int:
    """Remove these notes, and count them."""
    gone = 0
    for some in some_at_once(ids):
        rows = await session.execute(sa.delete(held_notes).where(held_notes.c.id.in_(some)).returning(held_notes.c.id))
        gone += len(rows.all())
    return gone


async def remove_about(session: AsyncSession, wanted: Collection[str]) -> int:
    """Remove all notes held about these interactions, and count them."""
    gone = 0
    for some in some_at_once(wanted):
        here = held_notes.c.interaction.in_(some)
        gone += len((await session.execute(sa.delete(held_notes).where(here).returning(held_notes.c.id))).all())
    return gone
