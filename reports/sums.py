"""Reads sums of calls over a period, grouped as a report needs them: by department, day, hour, weekday or interval.

Owns the site's calendar in SQL. Reads the stored sums where they were made by the thresholds asked for, else the calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from reports import rollup
from reports import tables as t
from reports.period import Period, stretches
from reports.rules import Definition, LineSums
from reports.sums_rows import counted, stored
from reports.whole_hours import HOUR

_DAY = 86_400
#: More rows than this are made into sums beside the event loop.
_FEW = 200


class By(StrEnum):
    """What sums are grouped by. Values of the keys: name, date, weekday (0 Monday), hour (0 to 23), aware moment."""

    DEPARTMENT = "department"
    DAY = "day"
    WEEKDAY = "weekday"
    HOUR = "hour"
    INTERVAL = "interval"


@dataclass(frozen=True)
class CallSums:
    """How contacts ended, by number, each counted once; durations in milliseconds."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_menu: int = 0
    abandoned_queue: int = 0
    voicemail: int = 0
    fax: int = 0
    closed: int = 0
    unserved: int = 0
    unknown_number: int = 0
    failed: int = 0
    in_progress: int = 0
    #: Contacts that are over, of a source that does not tell how they ended.
    untold: int = 0
    estimated: int = 0
    #: Contacts of ours whose end was filled in from a file of Asterisk's own.
    filled: int = 0
    #: Contacts whose source cannot tell of lines, or of menus.
    no_lines: int = 0
    no_menus: int = 0
    waits: int = 0
    wait_ms: int = 0
    longest_ms: int = 0
    talks: int = 0
    talk_ms: int = 0
    hold_ms: int = 0

    @property
    def abandoned_elsewhere(self) -> int:
        """Count the callers who gave up before the line: while a phone rang, or in a mailbox."""
        return self.abandoned - self.abandoned_menu - self.abandoned_queue

    @property
    def imbalance(self) -> int:
        """Return how many calls are missing from the outcomes: 0 when all is well."""
        return self.offered - (
            self.answered + self.abandoned + self.voicemail + self.fax + self.closed + self.unserved
            + self.unknown_number + self.failed + self.in_progress + self.untold
        )  # fmt: skip


Key = tuple[Any, ...]  # of str, int, date, datetime, as `By` says


async def line_sums(
    session: AsyncSession,
    period: Period,
    definition: Definition,
    by: Sequence[By] = (),
    *,
    departments: Collection[str] | None = None,
    all_lines: bool = False,
    minutes: int = 60,
    only: Collection[str] = (),
    quarters: bool = False,
) -> dict[Key, LineSums]:
    """Return the sums of stays by their keys; only those of `departments` where these are named.

    Where `only` names some sums, these alone are made, and the others are 0: of a year that takes a third of the time.
    With `all_lines` they are of contacts, each with its one stay in all lines together. Without keys the key is ().
    With `quarters` no hour is read, for who does not trust them.
    """
    wanted = [name for name in t.LINE_SUMS if name in only or not only]
    if await rollup.is_of(session, definition):
        source = stored(t.quarter_lines, wanted, period, _step(by, minutes, quarters))
    else:
        source = counted(period, definition, all_lines=all_lines)
    query = _grouped(source, wanted, period, by, minutes)
    everywhere = source.c.department == t.ALL_LINES
    query = query.where(everywhere if all_lines else ~everywhere)
    if departments is not None:
        query = query.where(source.c.department.in_(sorted(departments)))
    return await _read(session, query, by, LineSums, wanted)


async def call_sums(
    session: AsyncSession, period: Period, by: Sequence[By] = (), *, minutes: int = 60, quarters: bool = False
) -> dict[Key, CallSums]:
    """Return the sums of contacts by their keys. Without keys the key is (). `quarters` as of `line_sums`."""
    source = stored(t.quarter_calls, t.CALL_SUMS, period, _step(by, minutes, quarters))
    query = _grouped(source, t.CALL_SUMS, period, by, minutes)
    return await _read(session, query, by, CallSums, t.CALL_SUMS)


async def filled_sum(session: AsyncSession, period: Period) -> int:
    """Return how many contacts had their end filled in from a file of Asterisk's own: quicker than all the sums."""
    source = stored(t.quarter_calls, ("filled",), period, 0)
    return int(await session.scalar(sa.select(sa.func.sum(source.c.filled))) or 0)


def local_hour(second: sa.ColumnElement[int], period: Period) -> sa.ColumnElement[int]:
    """Return the hour of the site's clock, 0 to 23, of a second of epoch."""
    return (_local(second, period) // _plain(3600)) % _plain(24)


def local_weekday(second: sa.ColumnElement[int], period: Period) -> sa.ColumnElement[int]:
    """Return the weekday, 0 for Monday, of a second of epoch; the epoch began on a Thursday."""
    return (_local(second, period) // _plain(_DAY) + _plain(3)) % _plain(7)


def _step(by: Sequence[By], minutes: int, quarters: bool) -> int | None:
    """Return what these keys ask of the site's clock, as `sums_rows.stored` wants it."""
    if quarters:
        return None
    if By.INTERVAL in by:
        return minutes * 60
    return HOUR if set(by) - {By.DEPARTMENT} else 0


def _grouped(
    source: sa.Subquery, sums: Sequence[str], period: Period, by: Sequence[By], minutes: int
) -> sa.Select[Any]:
    keys = [_key(source, one, period, minutes) for one in by]
    added = [
        sa.func.coalesce((sa.func.max if name == t.LONGEST else sa.func.sum)(source.c[name]), 0).label(name)
        for name in sums
    ]
    return sa.select(*keys, *added).group_by(*keys).order_by(*keys)


def _key(source: sa.Subquery, by: By, period: Period, minutes: int) -> sa.ColumnElement[Any]:
    bucket = source.c.bucket
    match by:
        case By.DEPARTMENT:
            return source.c.department
        case By.DAY:
            return _local_day(bucket, period)
        case By.WEEKDAY:
            return local_weekday(bucket, period)
        case By.HOUR:
            return local_hour(bucket, period)
        case By.INTERVAL:
            return _interval(bucket, period, minutes * 60)


def _local(second: sa.ColumnElement[int], period: Period) -> sa.ColumnElement[int]:
    """Return seconds as the site's clock shows them, counted as if the clock had never been changed."""
    parts = stretches(period)
    if len(parts) == 1:
        return second + _plain(parts[0].offset)
    cases = [(second < _plain(part.end), _plain(part.offset)) for part in parts[:-1]]
    return second + sa.case(*cases, else_=_plain(parts[-1].offset))


def _local_day(second: sa.ColumnElement[int], period: Period) -> sa.ColumnElement[int]:
    """Return the day of epoch: by the site's clock, but none comes again when the clock is put back past midnight."""
    day = _local(second, period) // _plain(_DAY)
    back = [part for part in stretches(period) if (part.start + part.offset) // _DAY < part.day]
    if not back:
        return day
    again = [
        ((second >= _plain(part.start)) & (second < _plain(part.end)) & (day < _plain(part.day)), _plain(part.day))
        for part in back
    ]
    return sa.case(*again, else_=day)


def _interval(bucket: sa.ColumnElement[int], period: Period, step: int) -> sa.ColumnElement[int]:
    """Return the first second of an interval of the site's clock; one begins where the clock changes."""
    begin = bucket - _local(bucket, period) % _plain(step)
    cut = [part.start for part in stretches(period)[1:] if (part.start + part.offset) % step]
    if not cut:
        return begin
    over = [((bucket >= _plain(start)) & (begin < _plain(start)), _plain(start)) for start in cut]
    return sa.case(*over, else_=begin)


def _plain(number: int) -> sa.ColumnElement[int]:
    """Return a number of ours as text of the statement: a bound one would be another in GROUP BY than in SELECT."""
    return sa.literal_column(str(int(number)), sa.BigInteger)


async def _read(
    session: AsyncSession, query: sa.Select[Any], by: Sequence[By], kind: type[Any], names: Sequence[str]
) -> dict[Key, Any]:
    rows = (await session.execute(query)).all()
    if len(rows) <= _FEW:
        return _sums_of(rows, by, kind, names)
    return await asyncio.to_thread(_sums_of, rows, by, kind, names)


def _sums_of(rows: Sequence[Any], by: Sequence[By], kind: type[Any], names: Sequence[str]) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    values = [_VALUES[one] for one in by]
    for row in rows:
        key = tuple(value(raw) for value, raw in zip(values, row, strict=False))  # the keys come first
        found[key] = kind(**dict(zip(names, map(int, row[len(by) :]), strict=True)))
    return found


#: What the database says of a key, as we say it.
_VALUES: Final[Mapping[By, Callable[[Any], Any]]] = {
    By.DEPARTMENT: str,
    By.DAY: lambda raw: date(1970, 1, 1) + timedelta(days=int(raw)),
    By.WEEKDAY: int,
    By.HOUR: int,
    By.INTERVAL: lambda raw: datetime.fromtimestamp(int(raw), UTC),
}
