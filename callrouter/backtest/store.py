"""Owns the SQL of a back-test: the few kinds of entries it needs, page by page. Knows no rule."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.database import Database
from ledger.tables import journal

#: So many numbers at once, by number and not by time: a page is read off the table as it lies there.
_PAGE = 10_000

Row = tuple[str, str, datetime, dict[str, Any]]


async def numbers_of(db: Database, since: datetime, until: datetime) -> tuple[int, int]:
    """Return the numbers of the first entry and the last in a time; (0, -1) if there are none."""
    query = sa.select(sa.func.min(journal.c.seq), sa.func.max(journal.c.seq))
    async with db.reading() as session:
        first, last = (await session.execute(query.where(journal.c.at >= since, journal.c.at < until))).one()
    return (first, last) if first is not None else (0, -1)


async def pages(
    db: Database, first: int, last: int, kinds: Collection[str]
) -> AsyncIterator[tuple[int, Sequence[Row]]]:
    """Yield (number read up to, rows) of these kinds, in the order they were told; a short session for each page."""
    columns = (journal.c.call, journal.c.kind, journal.c.at, journal.c.data)
    # Without the blank SQLite would take the index of kinds, and sort all that is left of the journal for each page.
    kind = journal.c.kind.op("||")("")
    query = sa.select(*columns).where(kind.in_(kinds), journal.c.call.is_not(None)).order_by(journal.c.seq)
    for begin in range(first, last + 1, _PAGE):
        end = min(begin + _PAGE - 1, last)
        async with db.reading() as session:
            rows = (await session.execute(query.where(journal.c.seq.between(begin, end)))).all()
        yield end, [tuple(row) for row in rows]
