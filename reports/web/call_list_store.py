"""The SQL of the list of calls with filters: of a time, how they ended, who and where, how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from reports import counting, store
from reports import tables as t
from reports.asking import Ask
from reports.model import CallRecord
from reports.rows import second_of
from reports.selection import Selection

#: How a call ended, by the name of its count; '' is any.
OUTCOMES = (
    "answered", "abandoned", "voicemail", "fax", "closed", "unserved", "unknown_number", "failed", "in_progress",
)  # fmt: skip


@dataclass(frozen=True)
class Narrowed:
    """What narrows the list; '' and None do not. `number` and `did` are digits that are part of a number."""

    outcome: str = ""
    department: str = ""
    person: str = ""
    number: str = ""
    did: str = ""
    least_wait: int | None = None
    least_talk: int | None = None


async def count_calls(session: AsyncSession, ask: Ask, narrowed: Narrowed) -> int:
    """Count the calls of the list. Raises NoSelection."""
    query = sa.select(sa.func.count()).select_from(t.calls).where(*conditions(ask, narrowed))
    return int(await session.scalar(query) or 0)


async def list_calls(
    session: AsyncSession, ask: Ask, narrowed: Narrowed, after: tuple[int, str, int] | None, limit: int
) -> list[tuple[tuple[int, str, int], CallRecord]]:
    """List so many calls after a place, by time. Raises NoSelection."""
    c = t.calls.c
    if after is not None:
        ask = starting(ask, after[0])
    query = sa.select(t.calls).where(*conditions(ask, narrowed)).order_by(c.second, c.call).limit(limit)
    if after is not None:
        second, call, _ = after
        query = query.where((c.second > second) | (c.call > call))
    records = await store.read_records(session, query)
    return [((second_of(record.offered_at), record.call, 0), record) for record in records]


def starting(ask: Ask, second: int) -> Ask:
    """Return the same of the time from this second of epoch on.

    One lower bound instead of two: SQLite looks up one of them, and would pass over all pages before.
    """
    return replace(ask, period=replace(ask.period, start=datetime.fromtimestamp(second, UTC)))


def conditions(ask: Ask, narrowed: Narrowed) -> list[sa.ColumnElement[bool]]:
    """Return what the calls of the list meet. Raises NoSelection."""
    c = t.calls.c
    outcome = narrowed.outcome or "offered"
    selection = Selection(outcome, ask.period.start, ask.period.end)
    count = counting.count_of(selection, ask.definition)
    found = [c.second >= second_of(selection.start), c.second < second_of(selection.end), count.where]
    for name in ("department", "person"):
        if said := getattr(narrowed, name):
            found.append(count.narrows[name](said))
    if narrowed.number:
        found.append(_part_of(c.ani, narrowed.number))
    if narrowed.did:
        found.append(_part_of(c.did, narrowed.did))
    if narrowed.least_wait is not None:
        found.append(c.waited_ms >= narrowed.least_wait * 1000)
    if narrowed.least_talk is not None:
        found.append(c.talked_ms >= narrowed.least_talk * 1000)
    if ask.departments is not None:
        s = t.stays.c
        found.append(sa.exists().where(s.call == c.call, s.department.in_(sorted(ask.departments))))
    return found


def _part_of(column: sa.ColumnElement[Any], digits: str) -> sa.ColumnElement[bool]:
    return column.contains(digits, autoescape=True)
