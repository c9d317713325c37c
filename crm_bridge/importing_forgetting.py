"""Forgetting a person in files that were brought in, and in what is written down of imports.

Owns that no import brings back whoever was forgotten: what waits and names the person is refused, what runs is waited
for, and who was brought in all the same is found. Knows no other part of the house.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.importing_model import UNDER_WAY, State
from crm_bridge.importing_tables import imported, imports
from crm_bridge.store_privacy import forget_imported
from crm_bridge.tables import customers, mails, numbers
from ledger.clock import Clock
from ledger.database import Database
from ledger.forgetting import NotNow, forget_for_good, some
from ledger.forgetting_disk import count_in_files
from ledger.forgetting_words import Whom, masked_json

#: Why an import that waited has failed.
REFUSED = "A person in this file has been forgotten. Bring it again without them."
#: How the files of imports end.
_END = ".import"
#: Rows of imports read at once: each holds the headings of its file.
_AT_ONCE = 100


class Removing(Protocol):
    """Counts files that are about to go."""

    async def removing(self, what: str, count: int) -> None:
        """Write down how many."""


class ForgetImports:
    """What imports have of a person. `data` is the folder that their files lie somewhere in."""

    def __init__(self, db: Database, clock: Clock, data: Path) -> None:
        self._db = db
        self._clock = clock
        self._data = data

    async def make_way(self, whom: Whom, tally: Removing) -> None:
        """Refuse what waits, or was never begun, whose file names the person, and remove these files.

        Raises NotNow while any other import is under way: who can tell what it brings.
        """
        found = await self._naming(whom)
        await tally.removing("files of imports", len(found))
        c = imports.c
        async with self._db.writing() as session:
            for names in some(path.name for path in found):
                waits = sa.update(imports).where(c.file.in_(names), c.state == State.WAITING.value)
                refused = {"state": State.FAILED.value, "ended": self._clock.now(), "why": REFUSED, "file": ""}
                await session.execute(waits.values(**refused))
                over = sa.update(imports).where(c.file.in_(names), c.state.not_in(UNDER_WAY))
                await session.execute(over.values(file=""))
            await self._remove(session, found)
        async with self._db.reading() as session:
            await self.require_none(session)

    async def require_none(self, session: AsyncSession) -> None:
        """Raise NotNow while an import is under way: for the transaction in which the person goes."""
        under_way = sa.select(sa.literal(1)).where(imports.c.state.in_(UNDER_WAY)).limit(1)
        if await session.scalar(under_way) is not None:
            raise NotNow("customers are being imported: this goes on when that is over")

    async def forget(self, whom: Whom, tally: Removing) -> None:
        """Forget files, rows aside that name the person, and what files and columns were called. Raises NotNow."""
        await self.make_way(whom, tally)
        async with self._db.writing() as session:
            await forget_for_good(session)
            await forget_imported(session, whom.customers, whom)
        await self._mask_words(whom)

    async def list_come(self, session: AsyncSession, whom: Whom, since: datetime) -> list[str]:
        """List whom imports have brought since a time who have a number or an address of the person's.

        What somebody else had before as well tells nothing of who they are.
        """
        c = customers.c
        brought = sa.exists().where(imported.c.customer == c.id)
        found: set[str] = set()
        for column, theirs in ((numbers.c.number, whom.numbers), (mails.c.address, whom.mails)):
            there, older = column.table.alias(), customers.alias()
            same = (there.c[column.name] == column) & there.c.customer.not_in(whom.customers)
            others = sa.exists().where(same, older.c.id == there.c.customer, older.c.since < since)
            for asked in some(theirs):
                reached = sa.exists().where(column.table.c.customer == c.id, column.in_(asked), ~others)
                query = sa.select(c.id).where(c.since >= since, c.merged_into.is_(None), brought, reached)
                found |= set((await session.execute(query)).scalars())
        return sorted(found - set(whom.customers))

    async def _naming(self, whom: Whom) -> list[Path]:
        files = await asyncio.to_thread(lambda: sorted(self._data.rglob(f"*{_END}")))
        return list(await count_in_files(files, whom.in_strange_bytes()))

    async def _remove(self, session: AsyncSession, found: list[Path]) -> None:
        """Remove files that no import is reading."""
        read: set[str] = set()
        for names in some(path.name for path in found):
            read |= set((await session.execute(sa.select(imports.c.file).where(imports.c.file.in_(names)))).scalars())
        for path in found:
            if path.name not in read:
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _mask_words(self, whom: Whom) -> None:
        after = ""
        c = imports.c
        while True:
            query = sa.select(c.id, c.file_name, c.plan, c.wishes).where(c.id > after).order_by(c.id).limit(_AT_ONCE)
            async with self._db.reading() as session:
                rows = (await session.execute(query)).all()
            changed = [
                (row.id, new)
                for row in rows
                if (new := {"file_name": whom.masked(row.file_name)[:200], "plan": _masked(row.plan, whom, "columns"),
                            "wishes": _masked(row.wishes, whom, "meanings")})
                != {"file_name": row.file_name, "plan": row.plan, "wishes": row.wishes}
            ]  # fmt: skip
            if changed:
                async with self._db.writing() as session:
                    await forget_for_good(session)
                    for id_, new in changed:
                        await session.execute(sa.update(imports).where(c.id == id_).values(**new))
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].id


def _masked(said: Any, whom: Whom, what: str) -> Any:  # whatever JSON may hold
    """Return a plan or wishes with what columns are called masked; which file it is of stays."""
    return {**said, what: masked_json(said[what], whom.masked)} if said and what in said else said
