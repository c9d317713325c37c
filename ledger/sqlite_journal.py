"""Owns the one INSERT that is hot, as SQLite takes it: many entries in a statement written by hand.

SQLAlchemy's way of inserting many rows takes several times the processor. Values are written by the columns' types.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from ledger.entry import Entry
from ledger.tables import journal

_AT_ONCE = 100
"""Entries in one statement: SQLite takes 32,766 values, older builds 999."""


def insert(connection: sa.Connection, entries: Sequence[Entry]) -> list[tuple[int, str]]:
    """Insert those not stored yet, in order; return their numbers and ids."""
    dialect = connection.dialect
    time_of, json_of = (c.type.dialect_impl(dialect).bind_processor(dialect) for c in (journal.c.at, journal.c.data))
    assert time_of is not None and json_of is not None, "SQLite has no type of its own for these"
    inserted: list[tuple[int, str]] = []
    for begin in range(0, len(entries), _AT_ONCE):
        values: list[object] = []
        some = entries[begin : begin + _AT_ONCE]
        for e in some:
            values += (e.id, time_of(e.at), e.kind, e.call, e.agent, e.department, json_of(e.data))
        rows = connection.exec_driver_sql(_statement(len(some)), tuple(values))
        inserted += [(seq, entry_id) for seq, entry_id in rows]
    return inserted


def _statement(entries: int) -> str:
    rows = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * entries)
    return (
        f"INSERT INTO journal (id, at, kind, call, agent, department, data) VALUES {rows}"  # noqa: S608 - only marks
        " ON CONFLICT (id) DO NOTHING RETURNING seq, id"
    )
