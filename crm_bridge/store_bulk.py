"""The SQL of many rows at once: written by the driver's own call, asked for by one parameter. Knows no table.

SQLAlchemy makes every value of every row ready for the driver by itself. Of an import's rows, hundreds at once, most
values of a column are the same, so that here a column is made ready at once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler

#: How many rows are handed over while nobody else has a turn; that takes milliseconds.
ROWS = 500
_SQLITE = sqlite.dialect(paramstyle="qmark")


async def insert_rows(session: AsyncSession, statement: sa.Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that have the same columns, some at once; none is no mistake. The statement has no other values."""
    if rows:
        await insert_columns(session, statement, {name: [row[name] for row in rows] for name in rows[0]})


async def insert_columns(session: AsyncSession, statement: sa.Insert, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows, given as the values of each column in the order of the rows; there is one row at least."""
    count = len(next(iter(columns.values())))
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    for begin in range(0, count, ROWS):
        some = {name: values[begin : begin + ROWS] for name, values in columns.items()}
        if is_sqlite:
            sql, rows = _for_sqlite(statement, some)
            await (await session.connection()).exec_driver_sql(sql, rows)
        else:
            await session.execute(
                statement, [dict(zip(some, row, strict=True)) for row in zip(*some.values(), strict=True)]
            )


def _for_sqlite(statement: sa.Insert, columns: Mapping[str, Sequence[Any]]) -> tuple[str, list[tuple[Any, ...]]]:
    compiled = statement.compile(dialect=_SQLITE, column_keys=list(columns))
    assert isinstance(compiled, SQLCompiler) and compiled.positiontup is not None, "it was compiled with question marks"
    ready = [_column(statement.table.c[name], columns[name]) for name in compiled.positiontup]
    return compiled.string, list(zip(*ready, strict=True))


def _column(column: sa.ColumnElement[Any], values: Sequence[Any]) -> Iterable[Any]:
    """Return a column's values as the driver takes them."""
    process = column.type.dialect_impl(_SQLITE).bind_processor(_SQLITE)
    if process is None:
        return values
    first = values[0]
    if all(value is first for value in values):
        return repeat(process(first), len(values))
    # Lists and objects of JSON, which are mostly empty.
    empty = {kind: process(kind()) for kind in (list, dict) if isinstance(first, kind)}
    return [empty[type(value)] if not value and type(value) in empty else process(value) for value in values]


def among(session: AsyncSession, column: sa.ColumnElement[Any], values: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of many texts: one parameter, however many they are."""
    if session.get_bind().dialect.name != "sqlite":
        return column.in_(values)
    one = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(one.c.value))
