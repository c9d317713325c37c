"""Owns forgetting somebody in the ledger: masking entries of the journal in place, and what jobs and deliveries said.

Number, id, time, kind, call, agent and department of an entry stay, so every reader's position stays true and what is
derived comes out as it was. Knows no kind: what is masked in which is said by whoever knows them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from ledger.entry import StoredEntry
from ledger.forgetting_words import Whom, masked_json
from ledger.tables import deliveries, delivery_attempts, jobs, journal, journal_readers, spool_files

#: Entries in one transaction: callers wait no longer than for a group of the journal.
PIECE = 200
#: How many values one statement asks for.
_AT_ONCE = 400

#: Returns what the data of an entry is to be.
Mask = Callable[[StoredEntry], Mapping[str, Any]]


class NotNow(Exception):
    """This cannot be forgotten yet: somebody works on it. The text says what goes on; trying again is of use."""


class Tally(Protocol):
    """Counts what went, in the transaction in which it goes."""

    async def add(self, session: AsyncSession, what: str, count: int) -> None:
        """Add to a count."""


def some(wanted: Iterable[str], at_once: int = _AT_ONCE) -> Iterator[list[str]]:
    """Yield texts in pieces that one statement takes."""
    everything = sorted(set(wanted))
    for begin in range(0, len(everything), at_once):
        yield everything[begin : begin + at_once]


def holds(column: sa.ColumnElement[Any], texts: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a column, of texts or of JSON, holds one of these; digits may stand apart."""
    text = sa.cast(column, sa.Text)
    plain: sa.ColumnElement[str] = text
    for between in " -.()/":
        plain = sa.func.replace(plain, between, "", type_=sa.Text)
    # SQLite keeps JSON as it was written, with what is no ASCII marked.
    forms = dict.fromkeys(form for one in texts for form in (one, json.dumps(one)[1:-1]))
    return sa.or_(sa.false(), *((plain if one.isdigit() else text).contains(one, autoescape=True) for one in forms))


async def entries_with(db: Database, kinds: Collection[str] | None, whom: Whom) -> AsyncIterator[StoredEntry]:
    """Yield entries that name a number or an address of somebody; of these kinds, or of all."""
    if not whom.searched:
        return
    where = holds(journal.c.data, whom.searched)
    if kinds is not None:
        where &= journal.c.kind.in_(kinds)
    async for piece in _pieces(db, where):
        for entry in piece:
            yield entry


async def entries_of(db: Database, kinds: Collection[str], calls: Collection[str]) -> AsyncIterator[StoredEntry]:
    """Yield the entries of these kinds in these calls."""
    for asked in some(calls):
        async for piece in _pieces(db, journal.c.call.in_(asked) & journal.c.kind.in_(kinds)):
            for entry in piece:
                yield entry


async def in_order(db: Database, calls: Collection[str]) -> list[str]:
    """Return these calls in the order in which the journal tells of them; those it does not know are left out."""
    began: list[tuple[int, str]] = []
    async with db.reading() as session:
        for asked in some(calls):
            query = sa.select(sa.func.min(journal.c.seq), journal.c.call).where(journal.c.call.in_(asked))
            began += [(seq, call) for seq, call in await session.execute(query.group_by(journal.c.call))]
    return [call for _, call in sorted(began)]


async def require_read(db: Database, readers: Collection[str], calls: Collection[str]) -> None:
    """Raise NotNow while one of these readers has not read all of these calls: it would write what it still knows."""
    newest = 0
    async with db.reading() as session:
        for asked in some(calls):
            last = await session.scalar(sa.select(sa.func.max(journal.c.seq)).where(journal.c.call.in_(asked)))
            newest = max(newest, last or 0)
        query = sa.select(sa.func.min(journal_readers.c.seq)).where(journal_readers.c.name.in_(readers))
        slowest = await session.scalar(query)
    if slowest is not None and slowest < newest:
        raise NotNow("what is derived from the calls is not written yet")


async def mask_calls(db: Database, calls: Collection[str], mask: Mask, tally: Tally) -> None:
    """Mask all entries of these calls; doing it again changes nothing more."""
    for asked in some(calls):
        await _mask(db, journal.c.call.in_(asked), mask, tally)


async def mask_mentions(db: Database, whom: Whom, tally: Tally) -> None:
    """Mask numbers and addresses wherever else entries name them."""
    if whom.searched:
        surely = whom.masked_surely
        await _mask(db, holds(journal.c.data, whom.searched), lambda e: masked_json(e.data, surely), tally)


async def _mask(db: Database, where: sa.ColumnElement[bool], mask: Mask, tally: Tally) -> None:
    write = sa.update(journal).where(journal.c.seq == sa.bindparam("its")).values(data=sa.bindparam("new"))
    async for piece in _pieces(db, where):
        masked = [(entry, dict(mask(entry))) for entry in piece]
        changed = [{"its": entry.seq, "new": data} for entry, data in masked if data != entry.data]
        if changed:
            async with db.writing() as session:
                await forget_for_good(session)
                await session.execute(write, changed)
                await tally.add(session, "journal entries masked", len(changed))


async def _pieces(db: Database, where: sa.ColumnElement[bool]) -> AsyncIterator[list[StoredEntry]]:
    after = 0
    while True:
        query = sa.select(journal).where(where, journal.c.seq > after).order_by(journal.c.seq).limit(PIECE)
        async with db.reading() as session:
            entries = [StoredEntry(**row) for row in (await session.execute(query)).mappings()]
        if entries:
            yield entries
        if len(entries) < PIECE:
            return
        after = entries[-1].seq


async def mask_said(db: Database, whom: Whom, tally: Tally) -> None:
    """Mask what jobs that are over were about and ended with, and what receivers said of deliveries."""
    over = jobs.c.state.in_(("done", "failed"))
    async with db.writing() as session:
        await forget_for_good(session)
        count = 0
        for table, key, column, where in (
            (jobs, jobs.c.key, jobs.c.payload, over),
            (jobs, jobs.c.key, jobs.c.last_error, sa.true()),
            (deliveries, deliveries.c.id, deliveries.c.last_reply, sa.true()),
            (delivery_attempts, delivery_attempts.c.delivery, delivery_attempts.c.reply, sa.true()),
        ):
            count += await _mask_column(session, table, (key, column), where, whom)
        await tally.add(session, "replies and job notes masked", count)


async def _mask_column(
    session: AsyncSession,
    table: sa.Table,
    columns: tuple[sa.Column[Any], sa.Column[Any]],
    where: sa.ColumnElement[bool],
    whom: Whom,
) -> int:
    key, column = columns
    if not whom.searched:
        return 0
    rows = (await session.execute(sa.select(key, column).where(where, holds(column, whom.searched)))).all()
    changed = 0
    for name, said in rows:
        if (new := masked_json(said, whom.masked_surely)) == said:
            continue
        changed += 1
        same = (key == name) & (sa.cast(column, sa.Text) == sa.cast(sa.literal(said, column.type), sa.Text))
        await session.execute(sa.update(table).where(same).values({column.name: new}))
    return changed


async def require_idle(session: AsyncSession, beginnings: Collection[str], about: Mapping[str, Sequence[str]]) -> None:
    """Raise NotNow while a job runs whose key begins so, or a delivery, by its kind, about one of these is tried.

    What waits is not begun before the caller's transaction ends; what runs would write down what it knows.
    """
    running = jobs.c.state == "running"
    for asked in some(beginnings, 50):
        begins = sa.or_(*(jobs.c.key.startswith(one, autoescape=True) for one in asked))
        if await session.scalar(sa.select(sa.literal(1)).where(running, begins).limit(1)) is not None:
            raise NotNow("a message or fax is being worked on")
    for kind, things in about.items():
        for asked in some(things):
            tried = sa.select(deliveries.c.job).where(deliveries.c.kind == kind, deliveries.c.about.in_(asked))
            if await session.scalar(sa.select(sa.literal(1)).where(running, jobs.c.key.in_(tried)).limit(1)):
                raise NotNow("a message or fax is being delivered")


async def forget_files(session: AsyncSession, names: Collection[str]) -> None:
    """Remove the rows of files that are gone."""
    for asked in some(names):
        await session.execute(sa.delete(spool_files).where(spool_files.c.name.in_(asked)))


async def forget_for_good(session: AsyncSession) -> None:
    """Let this connection overwrite what it removes; SQLite only marks it as free where nobody asks for more."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(sa.text("PRAGMA secure_delete = ON"))
