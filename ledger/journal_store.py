"""Owns the SQL of the journal and of its readers' positions. Knows no rule and no kind."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import sqlite_journal
from ledger.entry import Entry, StoredEntry
from ledger.tables import journal, journal_readers
from ledger.upsert import insert_into

_POSTGRES_LOCK = 0x5377_6974_6368_0002  # any number, if only we use it


async def insert_entries(session: AsyncSession, entries: Sequence[Entry]) -> list[StoredEntry]:
    """Insert those not stored yet, in order; return them with their numbers."""
    return await (await session.connection()).run_sync(insert_at_once, entries)


def insert_at_once(connection: sa.Connection, entries: Sequence[Entry]) -> list[StoredEntry]:
    """Do the same on a connection that may block."""
    if not entries:
        return []
    by_id = {entry.id: entry for entry in entries}
    if connection.dialect.name == "sqlite":
        inserted = sqlite_journal.insert(connection, list(by_id.values()))
    else:
        inserted = _insert_into_postgres(connection, list(by_id.values()))
    return [_stored(seq, by_id[entry_id]) for seq, entry_id in sorted(inserted)]


def _insert_into_postgres(connection: sa.Connection, entries: Sequence[Entry]) -> list[tuple[int, str]]:
    # Numbers are given at INSERT but seen at COMMIT. Without this a reader could pass number 8 before 7 is
    # visible, and never see 7. The lock is let go only after the commit can be seen.
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
    statement = (
        insert_into(connection, journal)
        .on_conflict_do_nothing(index_elements=[journal.c.id])
        .returning(journal.c.seq, journal.c.id)
    )
    rows = connection.execute(statement, [_row(entry) for entry in entries])
    return [(seq, entry_id) for seq, entry_id in rows]


async def list_after(session: AsyncSession, seq: int, limit: int) -> list[StoredEntry]:
    """List what comes after number `seq`."""
    return await _list(session, sa.select(journal).where(journal.c.seq > seq).order_by(journal.c.seq), limit)


async def list_of_call(session: AsyncSession, call: str, limit: int) -> list[StoredEntry]:
    """List what happened in one call, in the order it was stored."""
    return await _list(session, sa.select(journal).where(journal.c.call == call).order_by(journal.c.seq), limit)


async def calls_before(session: AsyncSession, calls: Collection[str], seq: int) -> set[str]:
    """List which of the calls have entries before number `seq`."""
    query = sa.select(journal.c.call).where(journal.c.call.in_(calls), journal.c.seq < seq).distinct()
    return set((await session.scalars(query)).all())


async def list_between(
    session: AsyncSession,
    start: datetime,
    end: datetime,
    kinds: Collection[str] | None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[StoredEntry]:
    """List one page of what happened from `start` up to but not at `end`, by time and number."""
    query = sa.select(journal).where(journal.c.at >= start, journal.c.at < end)
    if kinds is not None:
        query = query.where(journal.c.kind.in_(kinds))
    if after is not None:
        at, seq = after
        query = query.where(journal.c.at >= at, (journal.c.at > at) | (journal.c.seq > seq))
    return await _list(session, query.order_by(journal.c.at, journal.c.seq), limit)


async def list_last(session: AsyncSession, kinds: Collection[str], limit: int) -> list[StoredEntry]:
    """List the newest of `kinds`, newest first; of every kind when none is named."""
    query = sa.select(journal).order_by(journal.c.seq.desc())
    return await _list(session, query.where(journal.c.kind.in_(kinds)) if kinds else query, limit)


async def find_before(session: AsyncSession, at: datetime, kind: str) -> StoredEntry | None:
    """Return what of this kind happened last before a moment, or None."""
    query = sa.select(journal).where(journal.c.kind == kind, journal.c.at < at)
    found = await _list(session, query.order_by(journal.c.at.desc(), journal.c.seq.desc()), 1)
    return found[0] if found else None


async def newest_seq(session: AsyncSession) -> int:
    """Return the number of the newest entry, 0 when there is none."""
    return (await session.scalar(sa.select(sa.func.max(journal.c.seq)))) or 0


async def reader_position(session: AsyncSession, name: str) -> int:
    """Return the number up to which `name` has read, 0 when it never did."""
    query = sa.select(journal_readers.c.seq).where(journal_readers.c.name == name)
    return (await session.scalar(query)) or 0


async def move_reader(session: AsyncSession, name: str, was: int, to: int) -> bool:
    """Move `name` from number `was` to `to`; return False when it does not stand at `was`."""
    if was == 0:
        begin = insert_into(session, journal_readers).values(name=name, seq=0).on_conflict_do_nothing()
        await session.execute(begin)
    readers = journal_readers
    moved = await session.execute(
        sa.update(readers).where(readers.c.name == name, readers.c.seq == was).values(seq=to).returning(readers.c.seq)
    )
    return moved.first() is not None


async def put_reader(session: AsyncSession, name: str, seq: int) -> None:
    """Let `name` stand at `seq`, wherever it was."""
    statement = insert_into(session, journal_readers).values(name=name, seq=seq)
    await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"seq": seq}))


async def _list(session: AsyncSession, query: sa.Select[Any], limit: int) -> list[StoredEntry]:
    rows = (await session.execute(query.limit(limit))).mappings()
    return [StoredEntry(**row) for row in rows]


def _row(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "call": entry.call,
        "agent": entry.agent,
        "department": entry.department,
        "data": entry.data,
    }


def _stored(seq: int, entry: Entry) -> StoredEntry:
    return StoredEntry(
        seq=seq,
        id=entry.id,
        at=entry.at,
        kind=entry.kind,
        call=entry.call,
        agent=entry.agent,
        department=entry.department,
        data=entry.data,
    )
