"""Table and SQL of what programs were answered under an Idempotency-Key, so that a restart forgets none. No rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.forgetting import holds
from ledger.forgetting_words import Whom
from ledger.tables import UtcDateTime, metadata
from ledger.upsert import insert_into

#: What they are called where it is counted what went of somebody.
CALLED = "answers kept for programs"

once = sa.Table(
    "crm_once",
    metadata,
    sa.Column("program", sa.String(200), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    #: What was asked for, as a digest.
    sa.Column("asked", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    #: The process that does it, or did.
    sa.Column("holder", sa.String(64), nullable=False),
    #: None until there is an answer.
    sa.Column("status", sa.Integer),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("location", sa.Text, nullable=False),
    sa.Index(None, "at"),
)


@dataclass(frozen=True)
class Row:
    """What was asked under a key, by which process it is done, and the answer; `status` is None without one."""

    asked: str
    holder: str
    status: int | None = None
    body: str = ""
    location: str = ""


async def reserve(
    session: AsyncSession, program: str, key: str, asked: str, holder: str, at: datetime, since: datetime
) -> Row | None:
    """Take a key for a process; return what is there already, None where it was free or is older than `since`."""
    here = _here(program, key)
    await session.execute(sa.delete(once).where(here, once.c.at < since))
    values = {"program": program, "key": key, "asked": asked, "at": at, "holder": holder, "body": "", "location": ""}
    statement = insert_into(session, once).values(**values).on_conflict_do_nothing().returning(once.c.key)
    if await session.scalar(statement) is not None:
        return None
    columns = (once.c.asked, once.c.holder, once.c.status, once.c.body, once.c.location)
    row = (await session.execute(sa.select(*columns).where(here))).mappings().first()
    return None if row is None else Row(**row)


async def keep(session: AsyncSession, program: str, key: str, row: Row) -> None:
    """Write the answer down."""
    values = {"asked": row.asked, "status": row.status, "body": row.body, "location": row.location}
    await session.execute(sa.update(once).where(_here(program, key), once.c.holder == row.holder).values(**values))


async def release(session: AsyncSession, program: str, key: str, holder: str) -> None:
    """Give a key free under which this process made nothing."""
    unanswered = once.c.status.is_(None) & (once.c.holder == holder)
    await session.execute(sa.delete(once).where(_here(program, key), unanswered))


async def prune(session: AsyncSession, before: datetime, most: int, most_letters: int) -> None:
    """Forget what is older than a time, and the oldest of what is more than this."""
    c = once.c
    await session.execute(sa.delete(once).where(c.at < before))
    oldest = sa.select(c.at).order_by(c.at.desc()).offset(most).limit(1).scalar_subquery()
    await session.execute(sa.delete(once).where(c.at <= oldest))
    sizes = sa.func.sum(sa.func.length(c.body)).over(order_by=c.at.desc())
    running = sa.select(c.at, sizes.label("letters")).subquery()
    beyond = sa.select(sa.func.max(running.c.at)).where(running.c.letters > most_letters).scalar_subquery()
    await session.execute(sa.delete(once).where(c.at <= beyond))


def words_of(whom: Whom) -> list[str]:
    """Return what an answer that is about somebody holds."""
    return [*whom.customers, *whom.searched, *whom.alone]


async def forget(session: AsyncSession, texts: Collection[str]) -> int:
    """Forget answers that hold one of these texts, and count them."""
    theirs = holds(once.c.body, texts) | holds(once.c.location, texts)
    return len((await session.execute(sa.delete(once).where(theirs).returning(once.c.key))).all())


def _here(program: str, key: str) -> sa.ColumnElement[bool]:
    return (once.c.program == program) & (once.c.key == key)
