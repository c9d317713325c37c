"""Reads from the journal the whole stories of the calls of a time, many in one query. Owns that SQL, and no rule."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, cast

import sqlalchemy as sa

from callrouter.archive import events_of
from callrouter.events import Event
from ledger.database import Database
from ledger.entry import Entry
from ledger.tables import journal

#: Calls whose stories are read at once: some thousand entries.
CALLS: Final = 250
_COLUMNS: Final = ("call", "at", "kind", "agent", "department", "data")


async def stories_of(db: Database, start: datetime, end: datetime, position: int) -> AsyncIterator[list[Event]]:
    """Yield the story of each call of which anything happened from `start` up to `end`.

    Each is whole, also what happened before and after; entries behind `position` are left out of everything.
    """
    j = journal.c
    known = j.seq <= position
    async with db.reading() as session:
        time = (j.at >= start, j.at < end)
        calls = await session.scalars(sa.select(j.call).where(*time, j.call.is_not(None), j.call != "", known))
        names = list(dict.fromkeys(calls))
    query = sa.select(*(j[name] for name in _COLUMNS)).order_by(j.call, j.seq)
    for begin in range(0, len(names), CALLS):
        async with db.reading() as session:
            rows = (await session.execute(query.where(j.call.in_(names[begin : begin + CALLS]), known))).all()
        for _, story in groupby(rows, attrgetter("call")):
            yield events_of(cast(Iterable[Entry], story))  # a row has what is asked of an entry
