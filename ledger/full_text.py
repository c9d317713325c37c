"""Owns searching texts by the beginnings of words: FTS5 on SQLite, a GIN index over the column on PostgreSQL.

The migration of a feature makes the index; on SQLite it is a table with the columns `id` and `text`, which is kept
here, on PostgreSQL it keeps itself. Knows no feature: table names come from constants of ours, never from outside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

_MOST_WORDS, _MOST_PREFIX = 20, 40


async def put(session: AsyncSession, index: str, id_: str, text: str) -> None:
    """Put a text into SQLite's index, in place of the one of this id."""
    if session.get_bind().dialect.name != "sqlite":
        return
    await session.execute(sa.text(f"DELETE FROM {index} WHERE id = :id"), {"id": id_})  # noqa: S608 - ours
    insert = sa.text(f"INSERT INTO {index} (id, text) VALUES (:id, :text)")  # noqa: S608 - ours
    await session.execute(insert, {"id": id_, "text": text})


async def remove(session: AsyncSession, index: str, ids: Sequence[str]) -> None:
    """Take texts out of SQLite's index."""
    if session.get_bind().dialect.name == "sqlite":
        gone = sa.text(f"DELETE FROM {index} WHERE id IN :ids")  # noqa: S608 - the name is ours
        await session.execute(gone.bindparams(sa.bindparam("ids", expanding=True)), {"ids": list(ids)})


def matches(
    session: AsyncSession, index: str, id_: sa.Column[Any], text: sa.Column[Any], asked: str
) -> sa.ColumnElement[bool] | None:
    """Return the condition that a text has words that begin so, all of them; None if none are asked for."""
    beginnings = [word[:_MOST_PREFIX] for word in re.findall(r"\w+", asked)][:_MOST_WORDS]
    if not beginnings:
        return None
    if session.get_bind().dialect.name == "sqlite":
        wanted = " ".join(f'"{word}"*' for word in beginnings)
        found = sa.text(f"SELECT id FROM {index} WHERE {index} MATCH :wanted")  # noqa: S608 - the name is ours
        return id_.in_(found.bindparams(wanted=wanted).columns(id_))
    query = " & ".join(f"{word}:*" for word in beginnings)
    vector = sa.func.to_tsvector(sa.literal_column("'simple'"), text)
    return vector.op("@@")(sa.func.to_tsquery(sa.literal_column("'simple'"), query))


def contains(column: sa.Column[Any], asked: str) -> sa.ColumnElement[bool]:
    """Return the condition that a short text has this in it, as it is written."""
    return column.ilike("%" + re.sub(r"([\\%_])", r"\\\1", asked.strip())[:100] + "%", escape="\\")


def digits_of(asked: str) -> str:
    """Return the digits of what looks like a part of a telephone number; '' for what does not."""
    digits = re.sub(r"[^0-9]", "", asked)
    return digits if len(digits) >= 3 and not re.search(r"[^\W\d_]", asked) else ""
