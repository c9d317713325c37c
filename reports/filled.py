"""What is said of a call whose end we did not see and a file of Asterisk's own told. Owns these words, no rule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import tzinfo
from typing import Final

import sqlalchemy as sa

from callrouter.events import Party
from ledger.database import Database
from reports import store
from reports import tables as t
from reports.model import CallRecord
from reports.text import seconds

SAID: Final = "its end was filled in from Asterisk's own file"
_FIRST: Final[dict[str, str]] = {Party.CALLER: "the caller hung up first", Party.AGENT: "the agent hung up first"}


async def filled_words(db: Database, call: str, zone: tzinfo) -> str:
    """Say how the end of a call was filled in, '' where we saw it ourselves or nobody did. Raises DatabaseError."""
    async with db.reading() as session:
        record = await store.find_record(session, call)
    return "" if record is None else words_of(record, zone)


async def filled_among(db: Database, calls: Collection[str]) -> frozenset[str]:
    """Return those of some calls, a page of them, whose end was filled in. Raises DatabaseError."""
    if not calls:
        return frozenset()
    c = t.calls.c
    async with db.reading() as session:
        return frozenset(await session.scalars(sa.select(c.call).where(c.call.in_(calls), c.filled != "")))


def words_of(record: CallRecord, zone: tzinfo) -> str:
    """Say how the end of a call was filled in, '' where it was not.

    >>> from datetime import datetime, timedelta
    >>> at = datetime.fromisoformat("2026-11-24T08:00:00+00:00")
    >>> words_of(CallRecord("c1", at, at + timedelta(seconds=75), talked=61.0, filled="cel"), at.tzinfo)[-47:]
    'It ended at 08:01:15, after 1 min 01 s of talk.'
    """
    if not record.filled or record.ended_at is None:
        return ""
    talked = f", after {seconds(record.talked)} of talk" if record.talked else ""
    first = _FIRST.get(record.hung_up_first)
    who = f"; {first}" if first else ""
    when = f"It ended at {record.ended_at.astimezone(zone):%H:%M:%S}{talked}{who}."
    return f"We did not see the end of this call: {SAID}. {when}"
