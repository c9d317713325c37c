"""Lets the stored sums follow a few changed calls: what these add after the change, less what they added before.

A busy quarter of an hour has tens of thousands of calls, of which a second changes some: to count all of them again
each time would keep the database's only writer. Owns when the difference is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.upsert import insert_into
from reports import hours, rollup
from reports import tables as t
from reports.rules import Definition
from reports.tables import LONGEST

#: More changed calls than this are counted faster with their whole quarters.
FEW: Final = 500

_Key = tuple[Any, ...]  # of the values of a table's key: the bucket first
Sums = Mapping[str, int]


@dataclass(frozen=True)
class Shares:
    """What some calls add to the stored sums, by table and key."""

    by_table: Mapping[sa.Table, Mapping[_Key, Sums]]

    def of(self, table: sa.Table) -> Mapping[_Key, Sums]:
        return self.by_table.get(table, {})


async def shares_of(session: AsyncSession, calls: Sequence[str], definition: Definition) -> Shares | None:
    """Return what these calls add to the sums as they are now; None where a difference would not be enough.

    That is so where there are too many of them, and where the stored sums were made by other thresholds.
    """
    if len(calls) > FEW or not await rollup.is_of(session, definition):
        return None
    found: dict[sa.Table, dict[_Key, Sums]] = {}
    for table, made in _sums_of(_By(definition.thresholds(), definition)):
        keys = [column.name for column in table.primary_key]
        for row in (await session.execute(made, {"calls": calls})).mappings():
            key = tuple(row[name] for name in keys)
            found.setdefault(table, {})[key] = {name: int(row[name]) for name in row if name not in keys}
    return Shares(found)


@dataclass(frozen=True)
class _By:
    thresholds: str
    definition: Definition = field(compare=False)


@lru_cache(maxsize=4)
def _sums_of(by: _By) -> tuple[tuple[sa.Table, sa.Select[Any]], ...]:
    """Return the statements; to put them together anew for each batch would cost more than to run them."""
    return rollup.sums_of(rollup.among(sa.bindparam("calls", expanding=True)), by.definition)


async def follow(session: AsyncSession, before: Shares, after: Shares, definition: Definition) -> None:
    """Change the stored sums by what the same calls add now and added before; the caller has taken its turn."""
    touched: set[int] = set()
    anew: set[int] = set()
    for table in (t.quarter_lines, t.quarter_calls):
        keys = [column.name for column in table.primary_key]
        rows = []
        for key, change, is_less in _changes(before.of(table), after.of(table)):
            touched.add(key[0])
            if is_less:  # the longest wait may be another call's now, or a row may have become empty
                anew.add(key[0])
            rows.append({**dict(zip(keys, key, strict=True)), **change})
        if rows:
            await session.execute(_adding(session, table), rows)
    await rollup.sum_up(session, anew, definition)
    await hours.follow(session, touched - anew)


def _changes(before: Mapping[_Key, Sums], after: Mapping[_Key, Sums]) -> Iterator[tuple[_Key, Sums, bool]]:
    """Yield by key what is to be added, and whether the quarter must be counted anew to be sure."""
    for key in before.keys() | after.keys():
        old, new = before.get(key, {}), after.get(key, {})
        change = {name: new.get(name, 0) - old.get(name, 0) for name in (new or old)}
        is_less = change[LONGEST] < 0 or not new
        change[LONGEST] = new.get(LONGEST, 0)
        if old != new:
            yield key, change, is_less


def _adding(session: AsyncSession, table: sa.Table) -> Any:  # an INSERT of SQLite or PostgreSQL, which share no type
    statement = insert_into(session, table)
    own, added = table.c, statement.excluded
    changed = {
        column.name: sa.case((added[column.name] > own[column.name], added[column.name]), else_=own[column.name])
        if column.name == LONGEST
        else own[column.name] + added[column.name]
        for column in table.columns
        if not column.primary_key
    }
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
