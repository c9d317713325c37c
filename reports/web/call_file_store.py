"""The SQL of the list of calls as a file: rows of plain values, as fast as the database gives them.

Owns the columns of the file; which calls are in it says `call_list_store`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from reports import counting
from reports import tables as t
from reports.asking import Ask
from reports.document import Column, Unit
from reports.selection import Selection
from reports.web.call_list_store import Narrowed, conditions, starting

#: The columns of the list as a file. Departments and agents have their names of the site, in order of the call.
COLUMNS = (
    Column("call", "Call"),
    Column("at", "Time", Unit.MOMENT),
    Column("caller", "Caller"),
    Column("number", "Number"),
    Column("dialled", "Dialled"),
    Column("departments", "Departments"),
    Column("wait", "Waited", Unit.SECONDS),
    Column("talk", "Talked", Unit.SECONDS),
    Column("outcome", "Outcome"),
    Column("abandoned_in", "Abandoned in"),
    Column("agents", "Agents"),
    Column("source", "Source"),
    Column("filled", "End filled in from"),
)
#: Rows read at once: some milliseconds of the event loop, and a few megabytes.
AT_ONCE = 2_000

Row = Sequence[Any]  # Any: values of `COLUMNS`, moments as milliseconds of epoch


async def each_batch(db: Database, ask: Ask, narrowed: Narrowed, at_once: int = AT_ONCE) -> AsyncIterator[list[Row]]:
    """Yield the rows of a list, by time, each batch of one moment. Raises NoSelection and DatabaseError."""
    last: Row | None = None
    while True:
        async with db.reading() as session:
            found = await _batch(session, ask, narrowed, last, at_once)
        if found:
            yield found
        if len(found) < at_once:
            return
        last = found[-1]


async def each_batch_behind(
    db: Database, ask: Ask, selection: Selection, at_once: int = AT_ONCE
) -> AsyncIterator[list[Row]]:
    """Yield the rows of the calls behind a figure, one for each that was counted. Raises as `each_batch`."""
    after: tuple[int, str, int] | None = None
    while True:
        places = counting.places_of(
            selection, ask.period.zone, ask.definition, ask.departments, after=after, limit=at_once
        ).subquery("places")
        p = places.c
        async with db.reading() as session:
            query = (
                sa.select(p.n, *_columns(session, p.second))
                .join_from(places, t.calls, t.calls.c.call == p.call)
                .order_by(p.second, p.call, p.n)
            )
            found = [tuple(row) for row in await session.execute(query)]
        if found:
            yield [row[1:] for row in found]
        if len(found) < at_once:
            return
        n, call, at = found[-1][:3]
        after = (at // 1000, call, n)


async def _batch(session: AsyncSession, ask: Ask, narrowed: Narrowed, last: Row | None, limit: int) -> list[Row]:
    c = t.calls.c
    if last is not None:
        ask = starting(ask, last[1] // 1000)
    query = (
        sa.select(*_columns(session, c.second))
        .where(*conditions(ask, narrowed))
        .order_by(c.second, c.call)
        .limit(limit)
    )
    if last is not None:
        call, second = last[0], last[1] // 1000
        query = query.where((c.second > second) | (c.call > call))
    return [tuple(row) for row in await session.execute(query)]


def _columns(session: AsyncSession, second: sa.ColumnElement[int]) -> tuple[sa.ColumnElement[Any], ...]:
    c = t.calls.c
    return (
        c.call,
        second * 1000,
        c.ani_name,
        c.ani,
        c.did,
        _of_call(session, t.stays, "department"),
        c.waited_ms / 1000.0,
        c.talked_ms / 1000.0,
        c.outcome,
        c.abandoned_in,
        _of_call(session, t.talks, "agent"),
        c.source,
        c.filled,
    )


def _of_call(session: AsyncSession, table: sa.Table, column: str) -> sa.ColumnElement[str | None]:
    """Return what the rows of a call have in a column, in their order, with blanks between."""
    together: sa.ColumnElement[str] = sa.func.aggregate_strings(table.c[column], " ")
    if session.get_bind().dialect.name == "postgresql":
        together = together.aggregate_order_by(table.c.n)  # SQLite reads these tables by their key, which is in order
    return sa.select(together).where(table.c.call == t.calls.c.call).scalar_subquery()
