"""The SQL of call records, and their form in the database. Knows no rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.calls import Talk
from callrouter.events import Outcome
from ledger.tables import JsonValue, UtcDateTime, metadata
from ledger.upsert import insert_into
from reports.model import CallRecord, Left, Offer, Stay

calls = sa.Table(
    "reports_calls",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    sa.Column("offered_at", UtcDateTime, nullable=False, index=True),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("did", sa.Text, nullable=False),
    sa.Column("ani", sa.Text, nullable=False),
    sa.Column("ani_name", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("path", JsonValue, nullable=False),
    sa.Column("keys", JsonValue, nullable=False),
    sa.Column("facts", JsonValue, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("outcome", sa.String(20)),
    sa.Column("abandoned_in", sa.Text, nullable=False),
    sa.Column("hung_up_first", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("waited", sa.Float, nullable=False),
    sa.Column("talked", sa.Float, nullable=False),
    sa.Column("stays", JsonValue, nullable=False),
    sa.Column("offers", JsonValue, nullable=False),
    sa.Column("talks", JsonValue, nullable=False),
    sa.Column("estimated", sa.Boolean, nullable=False),
    sa.Column("odd", sa.Integer, nullable=False),
)


#: How many records are made rows while nobody else has a turn; that takes milliseconds.
_ROWS = 100


async def put_records(session: AsyncSession, records: Sequence[CallRecord]) -> None:
    """Write these records, over what was known of their calls."""
    if not records:
        return
    statement = insert_into(session, calls)
    renewed = {column.name: statement.excluded[column.name] for column in calls.c if not column.primary_key}
    statement = statement.on_conflict_do_update(index_elements=["call"], set_=renewed)
    for begin in range(0, len(records), _ROWS):
        await session.execute(statement, [_row(record) for record in records[begin : begin + _ROWS]])


async def list_between(
    session: AsyncSession, start: datetime, end: datetime, *, after: tuple[datetime, str] | None = None, limit: int
) -> list[CallRecord]:
    """List a page of the calls offered from `start` up to but not at `end`, by time and call."""
    query = sa.select(calls).where(calls.c.offered_at >= start, calls.c.offered_at < end)
    if after is not None:
        at, call = after
        query = query.where(calls.c.offered_at >= at, (calls.c.offered_at > at) | (calls.c.call > call))
    query = query.order_by(calls.c.offered_at, calls.c.call).limit(limit)
    return [_record(row) for row in (await session.execute(query)).mappings()]


async def find_record(session: AsyncSession, call: str) -> CallRecord | None:
    """Return the record of a call, or None."""
    row = (await session.execute(sa.select(calls).where(calls.c.call == call))).mappings().first()
    return None if row is None else _record(row)


async def list_beginning(session: AsyncSession, beginning: str, limit: int) -> list[str]:
    """List the ids of calls that begin so, the newest first."""
    query = sa.select(calls.c.call).where(calls.c.call.startswith(beginning, autoescape=True))
    query = query.order_by(calls.c.offered_at.desc(), calls.c.call).limit(limit)
    return list((await session.execute(query)).scalars())


async def remove_between(session: AsyncSession, start: datetime, end: datetime) -> None:
    """Remove the calls offered from `start` up to but not at `end`."""
    await session.execute(sa.delete(calls).where(calls.c.offered_at >= start, calls.c.offered_at < end))


async def remove_all(session: AsyncSession) -> None:
    """Remove every record."""
    await session.execute(sa.delete(calls))


def _row(record: CallRecord) -> dict[str, Any]:
    row = {column.name: getattr(record, column.name) for column in calls.c}
    parts = {name: [_plain(asdict(part)) for part in row[name]] for name in ("stays", "offers", "talks")}
    return {**row, **parts, "path": list(record.path), "keys": list(record.keys), "facts": dict(record.facts)}


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in part.items()}


def _record(row: sa.RowMapping) -> CallRecord:
    known = dict(row)
    known["outcome"] = None if known["outcome"] is None else Outcome(known["outcome"])
    known["path"], known["keys"] = tuple(known["path"]), tuple(known["keys"])
    known["stays"] = tuple(
        Stay(**{**stay, "joined_at": datetime.fromisoformat(stay["joined_at"]), "left": Left(stay["left"])})
        for stay in known["stays"]
    )
    known["offers"] = tuple(Offer(**{**o, "at": datetime.fromisoformat(o["at"])}) for o in known["offers"])
    known["talks"] = tuple(Talk(**{**t, "since": datetime.fromisoformat(t["since"])}) for t in known["talks"])
    return CallRecord(**known)
