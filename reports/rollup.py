"""Keeps the sums of each quarter of an hour, made of the calls that came in then, so that a year is read at once.

Owns when the sums are made anew: with the calls they are made of, in one transaction; and when a threshold changes.
The mark says by which thresholds they are made, and every writer keeps to it: one that began before a threshold was
changed, such as a long import, has other ones. How the sums follow a few changed calls is in `shares`, how whole hours
follow their quarters in `hours`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from reports import hours
from reports import tables as t
from reports.rules import Definition
from reports.sums_sql import call_conditions, longest, site_line_conditions, stay_conditions, total

#: Seconds of a bucket.
BUCKET = 900
#: So the mark begins while all sums are made anew; the name of that work and its thresholds follow.
_MAKING = "making"
#: Buckets that are made anew in one transaction when a threshold has changed: a day.
_PIECE = 96


def bucket_of(second: int) -> int:
    """Return the first second of the quarter of an hour in which this second lies."""
    return second - second % BUCKET


async def take_turn(session: AsyncSession) -> None:
    """Wait until nobody else writes calls and their sums, on databases that have several writers at once."""
    await session.execute(sa.select(t.rollup.c.id).where(t.rollup.c.id == 1).with_for_update())


async def sum_up(session: AsyncSession, buckets: Iterable[int], definition: Definition) -> None:
    """Make the sums of these quarters anew from the calls as they are now; the caller has taken its turn.

    They are made by the thresholds of the mark, if it has some that we can read, else by those of the definition. The
    hours in which they lie follow.
    """
    definition = _kept_to(await _marked(session), definition)
    quarters = sorted(set(buckets))
    for first, behind in _runs(quarters):
        await session.execute(sa.delete(t.quarter_lines).where(t.quarter_lines.c.bucket.between(first, behind - 1)))
        await session.execute(sa.delete(t.quarter_calls).where(t.quarter_calls.c.bucket.between(first, behind - 1)))
        for table, made in sums_of(between(first, behind), definition):
            await session.execute(sa.insert(table).from_select(list(made.selected_columns.keys()), made))
    await hours.follow(session, quarters)


async def is_of(session: AsyncSession, definition: Definition) -> bool:
    """Tell whether the stored sums were made by these thresholds."""
    return await _marked(session) == definition.thresholds()


async def keep_to(db: Database, definition: Definition) -> bool:
    """Make all sums anew if they were made by other thresholds; tell whether that was so.

    A killed run begins anew. A run that finds that the sums are being made by other thresholds by now leaves them so:
    whoever wants these reads the calls themselves, until his own next run.
    """
    async with db.reading() as session:
        if await is_of(session, definition):
            return False
        first, last = (
            await session.execute(sa.select(sa.func.min(t.calls.c.second), sa.func.max(t.calls.c.second)))
        ).one()
    async with db.writing() as session:
        await take_turn(session)
        making = _making(await _marked(session), definition.thresholds())
        await _mark(session, making)
    if first is not None:
        for begin in range(bucket_of(first), last + 1, BUCKET * _PIECE):
            async with db.writing() as session:
                await take_turn(session)
                if await _marked(session) != making:
                    return True
                await sum_up(session, range(begin, begin + BUCKET * _PIECE, BUCKET), definition)
            await asyncio.sleep(0)  # calls get their turn
    async with db.writing() as session:
        await take_turn(session)
        if await _marked(session) == making:
            await _mark(session, definition.thresholds())
    return True


async def forget(session: AsyncSession) -> None:
    """Have the sums made anew by the next `keep_to`: the calls were changed beside them."""
    await _mark(session, "")


async def _marked(session: AsyncSession) -> str:
    return str(await session.scalar(sa.select(t.rollup.c.rules).where(t.rollup.c.id == 1)) or "")


def _making(mark: str, thresholds: str) -> str:
    """Return the mark of a run: that of one for the same thresholds is joined, as that may have been killed."""
    if mark.startswith(f"{_MAKING} ") and mark.split(" ", 2)[2] == thresholds:
        return mark
    return f"{_MAKING} {token_hex(4)} {thresholds}"


def _kept_to(mark: str, definition: Definition) -> Definition:
    """Return the definition by which sums are made under this mark."""
    made = mark.split(" ", 2)[-1] if mark.startswith(f"{_MAKING} ") else mark
    try:
        return definition if made in ("", definition.thresholds()) else definition.by(made)
    except ValueError:
        return definition  # of another version: whoever keeps to this one makes them all anew


async def _mark(session: AsyncSession, rules: str) -> None:
    await session.execute(sa.update(t.rollup).where(t.rollup.c.id == 1).values(rules=rules))


def _runs(buckets: list[int]) -> Iterable[tuple[int, int]]:
    """Yield the stretches of buckets that follow each other, each up to the second behind it."""
    start = behind = -1
    for bucket in buckets:
        if bucket != behind:
            if behind > 0:
                yield start, behind
            start = bucket
        behind = bucket + BUCKET
    if behind > 0:
        yield start, behind


def _bucket(second: sa.Column[int]) -> sa.ColumnElement[int]:
    return second - second % sa.literal_column(str(BUCKET))  # not bound: the same text must group and be shown


#: Which rows of a table of calls, or of what hangs on them, are added up.
Which = Callable[[sa.Table], Sequence[sa.ColumnElement[bool]]]


def between(first: int, behind: int) -> Which:
    """Choose what came in during a time."""
    return lambda table: (table.c.second >= first, table.c.second < behind)


def among(calls: sa.BindParameter[Any]) -> Which:
    """Choose some calls, whose names are given when the statement is run."""
    return lambda table: (table.c.call.in_(calls),)


def sums_of(which: Which, definition: Definition) -> tuple[tuple[sa.Table, sa.Select[Any]], ...]:
    """Return all sums that are stored, each with its table."""
    return (
        (t.quarter_lines, lines_of(which, definition)),
        (t.quarter_lines, all_lines_of(which, definition)),
        (t.quarter_calls, calls_of(which)),
    )


def lines_of(which: Which, definition: Definition) -> sa.Select[Any]:
    """Return the sums of each department: of stays in its line and conversations, with or without a stay."""
    s = t.stays.c
    conditions = stay_conditions(definition)
    sums = {name: total(condition) for name, condition in conditions.items()}
    sums["wait_ms"] = total(conditions["waits"], s.waited_ms)
    sums["longest_ms"] = longest(s.waited_ms.is_not(None), s.waited_ms)
    keys: _Keys = {"bucket": _bucket(s.second), "department": s.department}
    in_line = _summed(t.stays, keys, sums, which)
    of_talks: _Keys = {"bucket": _bucket(t.talks.c.second), "department": t.talks.c.department}
    # A conversation that goes on adds nothing: it must not make a row of zeros either.
    told = (t.talks.c.department != "", t.talks.c.talked_ms.is_not(None))
    talking = _talks(of_talks, sums, which).where(*told)
    return _added(t.quarter_lines, t.LINE_SUMS, in_line, talking)


def all_lines_of(which: Which, definition: Definition) -> sa.Select[Any]:
    """Return the sums of all lines together: each contact that joined one is counted once."""
    c = t.calls.c
    conditions = site_line_conditions(definition)
    sums = {name: total(condition) for name, condition in conditions.items()}
    sums["wait_ms"] = total(conditions["waits"], c.line_wait_ms)
    sums["longest_ms"] = longest(c.line_wait_ms.is_not(None), c.line_wait_ms)
    sums |= dict.fromkeys(_TALKS, sa.literal(0))
    keys: _Keys = {"bucket": _bucket(c.second), "department": sa.literal(t.ALL_LINES)}
    joined = _summed(t.calls, keys, sums, which).where(c.line_left != "")
    return _added(t.quarter_lines, t.LINE_SUMS, joined)


def calls_of(which: Which) -> sa.Select[Any]:
    """Return the sums of all contacts, each counted once."""
    c = t.calls.c
    conditions = call_conditions()
    sums = {name: total(condition) for name, condition in conditions.items()}
    # A person who was called first, and a line in which the caller was later, have a wait each.
    wait = sa.case((c.answer_ms > sa.func.coalesce(c.line_wait_ms, 0), c.answer_ms), else_=c.line_wait_ms)
    sums["wait_ms"] = total(conditions["waits"], c.answer_ms)
    sums["longest_ms"] = longest(wait.is_not(None), wait)
    all_calls = _summed(t.calls, {"bucket": _bucket(c.second)}, sums, which)
    talking = _talks({"bucket": _bucket(t.talks.c.second)}, sums, which)
    return _added(t.quarter_calls, t.CALL_SUMS, all_calls, talking)


#: What is summed of conversations.
_TALKS = ("talks", "talk_ms", "hold_ms")
_Keys = Mapping[str, sa.ColumnElement[Any]]
_Sums = Mapping[str, sa.ColumnElement[Any]]


def _summed(table: sa.Table, keys: _Keys, sums: _Sums, which: Which) -> sa.Select[Any]:
    """Return sums of some rows, grouped; what has no sum of conversations gets 0."""
    columns = [value.label(name) for name, value in [*keys.items(), *sums.items()]]
    columns += [sa.literal(0).label(name) for name in _TALKS if name not in sums]
    return sa.select(*columns).where(*which(table)).group_by(*(key for key in keys.values() if not _is_fixed(key)))


def _talks(keys: _Keys, others: _Sums, which: Which) -> sa.Select[Any]:
    """Return the sums of some conversations, with 0 for all other sums."""
    c = t.talks.c
    over = c.talked_ms.is_not(None)
    sums: dict[str, sa.ColumnElement[Any]] = dict.fromkeys(others, sa.literal(0))
    sums |= {"talks": total(over), "talk_ms": total(over, c.talked_ms), "hold_ms": total(over, c.held_ms)}
    return _summed(t.talks, keys, sums, which)


def _added(table: sa.Table, sums: Sequence[str], *selects: sa.Select[Any]) -> sa.Select[Any]:
    """Return the selects added up by the table's keys."""
    keys = [column.name for column in table.primary_key]
    parts = [one.subquery() for one in selects]
    both = sa.union_all(*(sa.select(*(part.c[name] for name in [*keys, *sums])) for part in parts)).subquery()
    added = [
        sa.cast((sa.func.max if name == t.LONGEST else sa.func.sum)(both.c[name]), sa.BigInteger).label(name)
        for name in sums
    ]
    by = [both.c[name] for name in keys]
    return sa.select(*by, *added).group_by(*by)


def _is_fixed(key: sa.ColumnElement[Any]) -> bool:
    return isinstance(key, sa.BindParameter)
