"""Owns the SQL that lists a day's calls, newest first, a page at a time, and those that somebody sees.

Knows no page and no wording; the rule of who sees what is that of `call_sight`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import events as ev
from callrouter.events import CallOffered
from ledger.entry import StoredEntry
from ledger.tables import journal
from server.web.call_sight import Sight


async def find_offer(session: AsyncSession, call: str) -> tuple[datetime, int] | None:
    """Find when a call was offered, and the number of that entry."""
    query = (
        sa.select(journal.c.at, journal.c.seq)
        .where(journal.c.call == call, journal.c.kind == CallOffered.KIND)
        .order_by(journal.c.seq)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return (row.at, row.seq) if row is not None else None


async def list_newest(
    session: AsyncSession,
    start: datetime,
    end: datetime,
    before: tuple[datetime, int] | None,
    limit: int,
    sight: Sight | None = None,
) -> list[str]:
    """List the ids of calls offered from `start` up to `end` and before that entry, newest first.

    With `sight`, of those that are seen with it.
    """
    query = sa.select(journal.c.call).where(
        journal.c.kind == CallOffered.KIND, journal.c.at >= start, journal.c.at < end, journal.c.call.is_not(None)
    )
    if before is not None:
        at, seq = before
        query = query.where(journal.c.at <= at, (journal.c.at < at) | (journal.c.seq < seq))
    if sight is not None:
        query = query.where(_concerns(sight))
    query = query.order_by(journal.c.at.desc(), journal.c.seq.desc()).limit(limit)
    return list(dict.fromkeys((await session.scalars(query)).all()))


async def list_entries(session: AsyncSession, calls: Sequence[str], limit: int) -> list[StoredEntry]:
    """List what happened in these calls, in the order it was stored."""
    query = sa.select(journal).where(journal.c.call.in_(calls)).order_by(journal.c.seq).limit(limit)
    return [StoredEntry(**row) for row in (await session.execute(query)).mappings()]


async def list_seen(session: AsyncSession, calls: Collection[str], sight: Sight) -> list[str]:
    """List those of the calls that are seen with this sight."""
    query = sa.select(journal.c.call).where(journal.c.call.in_(calls), _concerns(sight)).distinct()
    return list((await session.scalars(query)).all())


def _concerns(sight: Sight) -> sa.ColumnElement[bool]:
    """Return that a call has entries by which it is seen, as `Sight.includes` says it: looked up call by call."""
    t = journal.alias("touching")
    kind, data = t.c.kind, t.c.data
    ways = [
        t.c.department.in_(sorted(sight.departments)),
        (kind == ev.MessageTaken.KIND) & data["mailbox"].as_string().in_(sorted(sight.mailboxes)),
        (kind == ev.FaxReceived.KIND) & data["box"].as_string().in_(sorted(sight.faxboxes)),
    ]
    if person := sight.person:
        offered = sa.cast(data["agents"], sa.Text).contains(f'"{person}"', autoescape=True)
        ways += [
            t.c.agent == person,
            (kind == ev.AgentsOffered.KIND) & offered,
            kind.in_([ev.CallTransferred.KIND, ev.ConsultationBegun.KIND]) & (data["to"].as_string() == person),
        ]
    return sa.exists().where(t.c.call == journal.c.call, sa.or_(*ways))
