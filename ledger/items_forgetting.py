"""Forgetting the items that somebody left, sent or got: their files, their words, and what was still owed of them.

Owns how they are found and the order in which they go; knows no feature, and not why somebody is to be forgotten.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.forgetting import Tally, forget_files, forget_for_good, holds, require_idle, some
from ledger.forgetting_disk import compact
from ledger.forgetting_words import Whom
from ledger.items import ItemT
from ledger.items_store import ItemRows
from ledger.spool import Spool

#: Items that go in one transaction.
_AT_ONCE = 20


@dataclass(frozen=True)
class ForgetItems(ABC, Generic[ItemT]):
    """Finds and removes the items of one kind. Every step may be done twice."""

    db: Database
    spool: Spool
    deliveries: Deliveries

    rows: ClassVar[ItemRows[Any]]  # Any: a class variable cannot be of a subclass's own item
    #: The column of the other side's number.
    number: ClassVar[sa.Column[str]]
    #: What the ledger calls the deliveries.
    kinds: ClassVar[tuple[str, ...]]
    #: What those are counted as that are another's and only name the number.
    of_others: ClassVar[str]

    @abstractmethod
    def files_of(self, item: ItemT) -> list[str]:
        """Return the names of its files in the spool."""

    @abstractmethod
    def work_on(self, ids: Sequence[str]) -> list[str]:
        """Return how the keys of all jobs there may be on these begin."""

    @abstractmethod
    async def forget_work(self, session: AsyncSession, ids: Sequence[str]) -> None:
        """Remove the jobs on these."""

    @abstractmethod
    def counted(self, items: Sequence[ItemT]) -> Mapping[str, int]:
        """Count what went, by what it is."""

    def require_over(self, items: Sequence[ItemT]) -> None:
        """Raise NotNow while something goes on with one of these that no job tells of."""

    async def remove(self, session: AsyncSession, ids: Sequence[str]) -> None:
        """Remove all rows of these."""
        await self.rows.remove(session, ids)

    async def find(self, whom: Whom) -> list[str]:
        """List the items of somebody's calls and numbers by id, deleted ones too; those of others are not in it."""
        c = self.rows.items.c
        found = {id_ for id_, _ in await self.naming(whom)} - set(whom.others_left)
        async with self.db.reading() as session:
            for column, wanted in ((c.call, whom.calls), (c.id, whom.left)):
                for asked in some(wanted):
                    found.update((await session.execute(sa.select(c.id).where(column.in_(asked)))).scalars())
        return sorted(found)

    async def naming(self, whom: Whom) -> list[tuple[str, str]]:
        """List the items that name one of these numbers as the other side's, whosever they are: ids and calls."""
        c, number = self.rows.items.c, self.number
        if not whom.searched:
            return []
        async with self.db.reading() as session:
            rows = await session.execute(sa.select(c.id, c.call, number).where(holds(number, whom.searched)))
            return [(id_, call) for id_, call, theirs in rows if whom.has_number(theirs)]

    async def find_of_others(self, whom: Whom) -> list[str]:
        """List those that are another's and stay, without the number."""
        c = self.rows.items.c
        found: list[str] = []
        async with self.db.reading() as session:
            for asked in some(whom.others_left):
                found += (await session.execute(sa.select(c.id).where(c.id.in_(asked)))).scalars()
        return found

    async def get(self, id_: str) -> ItemT | None:
        """Return one item, or None."""
        async with self.db.reading() as session:
            item: ItemT | None = await self.rows.find(session, id_)
        return item

    async def forget(self, whom: Whom, tally: Tally) -> None:
        """Remove items with their files and all that was owed of them. Raises NotNow, LedgerError, OSError."""
        found = await self.find(whom)
        for begin in range(0, len(found), _AT_ONCE):
            await self._remove(found[begin : begin + _AT_ONCE], tally)
        await self._mask_of_others(whom, tally)
        await compact(self.db, self.rows.full_text)

    async def _mask_of_others(self, whom: Whom, tally: Tally) -> None:
        c, number = self.rows.items.c, self.number
        for asked in some(whom.others_left):
            async with self.db.writing() as session:
                await forget_for_good(session)
                named = c.id.in_(asked) & (number != whom.pseudonym)
                masked = sa.update(self.rows.items).where(named).values({number.name: whom.pseudonym}).returning(c.id)
                await tally.add(session, self.of_others, len((await session.execute(masked)).all()))

    async def _remove(self, ids: Sequence[str], tally: Tally) -> None:
        about = dict.fromkeys(self.kinds, ids)
        async with self.db.reading() as session:
            items: list[ItemT] = [item for id_ in ids if (item := await self.rows.find(session, id_)) is not None]
            await require_idle(session, self.work_on(ids), about)
        self.require_over(items)
        files = [name for item in items for name in self.files_of(item)]
        # The files first: whoever dies in between still finds the rows, and so what is left to do.
        for name in files:
            await self.spool.remove(name)
        async with self.db.writing() as session:
            await forget_for_good(session)
            await require_idle(session, self.work_on(ids), about)
            for kind in about:
                await self.deliveries.forget(session, kind, ids)
            await self.forget_work(session, ids)
            await forget_files(session, files)
            await self.remove(session, ids)
            for what, count in self.counted(items).items():
                await tally.add(session, what, count)
