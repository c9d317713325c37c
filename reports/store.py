"""The SQL of call records: written with all that hangs on them and the sums they are in, read back whole.

Knows no rule of what a record says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.upsert import insert_into
from reports import tables as t
from reports.model import CallRecord, Outgoing
from reports.rollup import bucket_of, sum_up, take_turn
from reports.rows import call_row, outgoing_row, part_rows, record_from, second_of
from reports.rules import Definition
from reports.shares import follow, shares_of

#: How many records are made rows while nobody else has a turn; that takes milliseconds.
_ROWS = 100
#: Names in one list of a statement; SQLite takes some more.
_NAMES = 500


async def put_records(session: AsyncSession, records: Sequence[CallRecord], definition: Definition | None) -> set[int]:
    """Write these records over what was known of their calls, and let the sums follow that they are in.

    Returns the quarters touched; without a definition their sums are left as they are, for the caller to make.
    """
    await take_turn(session)
    names = [record.call for record in records]
    before = None if definition is None else await shares_of(session, names, definition)
    buckets = await _buckets_of(session, names)
    await remove_calls(session, names)
    for begin in range(0, len(records), _ROWS):
        some = records[begin : begin + _ROWS]
        await _insert(session, t.calls, [call_row(record) for record in some])
        parts = [part_rows(record) for record in some]
        for place, table in enumerate(t.PARTS):
            await _insert(session, table, [row for part in parts for row in part[place]])
        await asyncio.sleep(0)
    buckets |= {bucket_of(second_of(record.offered_at)) for record in records}
    if definition is None:
        return buckets
    if before is not None and (after := await shares_of(session, names, definition)) is not None:
        await follow(session, before, after, definition)
    else:
        await sum_up(session, buckets, definition)
    return buckets


async def remove_calls(session: AsyncSession, names: Sequence[str]) -> None:
    """Remove these calls with all that hangs on them; the sums they were in are left."""
    for begin in range(0, len(names), _NAMES):
        some = names[begin : begin + _NAMES]
        for table in (*t.PARTS, t.calls):
            await session.execute(sa.delete(table).where(table.c.call.in_(some)))


async def put_outgoing(session: AsyncSession, placed: Sequence[Outgoing]) -> None:
    """Write calls that we placed, over what was known of them."""
    if not placed:
        return
    statement = insert_into(session, t.outgoing)
    renewed = {column.name: statement.excluded[column.name] for column in t.outgoing.c if not column.primary_key}
    statement = statement.on_conflict_do_update(index_elements=["call"], set_=renewed)
    await session.execute(statement, [outgoing_row(one) for one in placed])


async def remove_between(session: AsyncSession, start: datetime, end: datetime, definition: Definition) -> None:
    """Remove what the journal told of the calls from `start` up to but not at `end`; what was imported stays."""
    await take_turn(session)
    time = _within(t.calls, start, end)
    ours = sa.select(t.calls.c.call).where(*time, t.calls.c.source == "")
    seconds = (await session.execute(sa.select(t.calls.c.second).where(*time).distinct())).scalars()
    buckets = {bucket_of(second) for second in seconds}
    for table in t.PARTS:
        await session.execute(sa.delete(table).where(table.c.call.in_(ours)))
    await session.execute(sa.delete(t.calls).where(*time, t.calls.c.source == ""))
    await session.execute(sa.delete(t.outgoing).where(*_within(t.outgoing, start, end)))
    await sum_up(session, buckets, definition)


async def remove_source(session: AsyncSession, source: str, limit: int, definition: Definition) -> int:
    """Remove up to so many calls of one source ('' is our own journal); return how many it were."""
    await take_turn(session)
    names = await session.execute(sa.select(t.calls.c.call).where(t.calls.c.source == source).limit(limit))
    found = list(names.scalars())
    buckets = await _buckets_of(session, found)
    await remove_calls(session, found)
    await sum_up(session, buckets, definition)
    return len(found)


async def remove_outgoing(session: AsyncSession) -> None:
    """Remove all calls that we placed."""
    await session.execute(sa.delete(t.outgoing))


async def list_between(
    session: AsyncSession, start: datetime, end: datetime, *, after: tuple[datetime, str] | None = None, limit: int
) -> list[CallRecord]:
    """List a page of the calls offered from `start` up to but not at `end`, by time and call."""
    c = t.calls.c
    # One lower bound only: SQLite searches by the first of two, and would read everything before the page.
    begin = start if after is None else max(start, after[0])
    query = sa.select(t.calls).where(*_within(t.calls, begin, end), c.offered_at >= start, c.offered_at < end)
    if after is not None:
        at, call = after
        query = query.where((c.second > second_of(at)) | (c.offered_at > at) | ((c.offered_at == at) & (c.call > call)))
    return await read_records(session, query.order_by(c.second, c.offered_at, c.call).limit(limit))


async def read_records(session: AsyncSession, query: sa.Select[Any]) -> list[CallRecord]:
    """Return the records that a query of whole rows of calls finds, in its order."""
    rows = (await session.execute(query)).mappings().all()
    parts = [await _parts(session, table, [row["call"] for row in rows]) for table in t.PARTS]
    return [record_from(row, [found.get(row["call"], ()) for found in parts]) for row in rows]


async def find_record(session: AsyncSession, call: str) -> CallRecord | None:
    """Return the record of a call, or None."""
    found = await read_records(session, sa.select(t.calls).where(t.calls.c.call == call))
    return found[0] if found else None


async def known(session: AsyncSession, names: Collection[str]) -> dict[str, CallRecord]:
    """Return those of these calls that there are records of."""
    found: dict[str, CallRecord] = {}
    every = sorted(names)
    for begin in range(0, len(every), _NAMES):
        query = sa.select(t.calls).where(t.calls.c.call.in_(every[begin : begin + _NAMES]))
        found |= {record.call: record for record in await read_records(session, query)}
    return found


async def list_beginning(session: AsyncSession, beginning: str, limit: int) -> list[str]:
    """List the ids of calls that begin so, the newest first."""
    query = sa.select(t.calls.c.call).where(t.calls.c.call.startswith(beginning, autoescape=True))
    query = query.order_by(t.calls.c.second.desc(), t.calls.c.call).limit(limit)
    return list((await session.execute(query)).scalars())


def _within(table: sa.Table, start: datetime, end: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.second >= second_of(start), table.c.second < second_of(end) + (end.microsecond > 0)


async def _buckets_of(session: AsyncSession, names: Sequence[str]) -> set[int]:
    buckets: set[int] = set()
    for begin in range(0, len(names), _NAMES):
        some = names[begin : begin + _NAMES]
        found = await session.execute(sa.select(t.calls.c.second).where(t.calls.c.call.in_(some)))
        buckets |= {bucket_of(second) for second in found.scalars()}
    return buckets


async def _insert(session: AsyncSession, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(sa.insert(table), rows)


async def _parts(session: AsyncSession, table: sa.Table, names: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    found: list[Mapping[str, Any]] = []
    for begin in range(0, len(names), _NAMES):
        query = sa.select(table).where(table.c.call.in_(names[begin : begin + _NAMES]))
        found += map(dict, (await session.execute(query.order_by(table.c.call, table.c.n))).mappings())
    return {call: list(rows) for call, rows in groupby(found, key=itemgetter("call"))}
